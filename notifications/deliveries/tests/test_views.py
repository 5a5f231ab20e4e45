import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.preferences.models import Channel
from tests.factories.accounts import PatientFactory
from tests.factories.notifications import DeliveryFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
FAILED = "/clinic/messages/failed/"
OUTBOX = "/dev/outbox/"


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_desk_sees_who_why_and_the_phone(client, desk):
    patient = PatientFactory(phone="+442079460999")
    DeliveryFactory(failed=True, patient=patient, to_name="Maya Thornbury")
    client.force_login(desk)
    page = text_of(client.get(FAILED))
    for words in ("Maya Thornbury", "no such address", "020 7946 0999", "Send again"):
        assert words in page


def test_nobody_but_the_desk_opens_the_list(client, ann, dr_lee, editor, admin):
    assert client.get(FAILED).status_code == 302
    delivery = DeliveryFactory(failed=True, patient=ann.patient)
    for user in (ann, dr_lee, editor, admin):
        client.force_login(user)
        assert client.get(FAILED).status_code == 403
        for name in ("retry", "settle"):
            path = reverse(f"notifications:{name}", args=[delivery.public_id])
            assert client.post(path).status_code == 403
    assert queued_jobs() == []


def test_the_list_asks_as_often_for_three_failures_as_for_one(
    client, desk, django_assert_num_queries
):
    client.force_login(desk)
    DeliveryFactory(failed=True)
    client.get(FAILED)
    with CaptureQueriesContext(connection) as for_one:
        client.get(FAILED)
    DeliveryFactory(failed=True)
    DeliveryFactory(failed=True)
    with django_assert_num_queries(len(for_one)):
        client.get(FAILED)


def test_send_again_queues_the_message(client, desk):
    delivery = DeliveryFactory(failed=True)
    client.force_login(desk)
    path = reverse("notifications:retry", args=[delivery.public_id])
    assert client.get(path).status_code == 405
    assert client.post(path).url == FAILED
    assert [kwargs for _, kwargs in queued_jobs()] == [{"delivery_id": delivery.pk}]
    # A second click finds it on its way, and says so.
    assert "on its way" in text_of(client.post(path, follow=True))
    assert len(queued_jobs()) == 1


def test_dealt_with_takes_it_off_the_list(client, desk):
    delivery = DeliveryFactory(failed=True, to_name="Maya Thornbury")
    client.force_login(desk)
    client.post(reverse("notifications:settle", args=[delivery.public_id]))
    delivery.refresh_from_db()
    assert delivery.settled_at is not None
    assert "Everybody was reached" in text_of(client.get(FAILED))


def test_the_list_says_which_channels_are_not_set_up(client, desk, twilio, settings):
    client.force_login(desk)
    assert "Not set up yet: E-mail" in text_of(client.get(FAILED))
    settings.USE_SMS = False
    assert "Not set up yet: E-mail and Text message" in text_of(client.get(FAILED))


def test_a_short_link_leads_on_and_changes_nothing(client, ann):
    delivery = DeliveryFactory(text=True, patient=ann.patient, link="/portal/")
    answer = client.get(f"/t/{delivery.short_code}/")
    assert (answer.status_code, answer.url) == (302, "/portal/")
    assert client.get("/t/wrong/").status_code == 404
    assert client.post(f"/t/{delivery.short_code}/").status_code == 405


def test_a_short_link_ends_texts_through_the_signed_page(client, ann):
    delivery = DeliveryFactory(text=True, patient=ann.patient)
    answer = client.get(f"/t/{delivery.short_code}/off/")
    assert "/account/messages/off/" in answer.url
    assert Channel.SMS.value in answer.url
    nobody = DeliveryFactory(text=True, patient=None)
    assert client.get(f"/t/{nobody.short_code}/off/").status_code == 404


def test_the_outbox_shows_mails_and_texts(client):
    DeliveryFactory(to_name="Maya", subject="Booked: Monday")
    DeliveryFactory(text=True, to_name="Leo", body_text="Larkfield: see you")
    DeliveryFactory(note=True, subject="Only in the portal")
    page = text_of(client.get(OUTBOX))
    assert "Booked: Monday" in page
    assert "Larkfield: see you" in page
    assert "18 characters, 1 message" in page
    assert "Only in the portal" not in page
    assert "Booked: Monday" not in text_of(client.get(OUTBOX, {"person": "Leo"}))


def test_a_mail_in_the_outbox_is_shut_into_a_sandbox(client):
    delivery = DeliveryFactory(body_html="<p style='color:red'>Hello</p>")
    page = client.get(
        reverse("notifications:outbox_message", args=[delivery.public_id])
    )
    assert 'sandbox="allow-popups' in text_of(page)
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    mail = client.get(reverse("notifications:outbox_html", args=[delivery.public_id]))
    policy = mail["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert mail["X-Frame-Options"] == "SAMEORIGIN"


def test_a_file_of_a_mail_can_be_saved(client):
    entry = {"name": 'vis"it.ics', "content_type": "text/calendar", "content": "BEGIN"}
    delivery = DeliveryFactory(attachments=[entry])
    path = reverse("notifications:outbox_file", args=[delivery.public_id, 0])
    answer = client.get(path)
    assert answer.content == b"BEGIN"
    assert answer["Content-Disposition"] == 'attachment; filename="visit.ics"'
    missing = reverse("notifications:outbox_file", args=[delivery.public_id, 1])
    assert client.get(missing).status_code == 404


def test_there_is_no_outbox_outside_development(client, settings, desk):
    settings.DEV_OUTBOX = False
    client.force_login(desk)
    delivery = DeliveryFactory(attachments=[{"name": "a", "content": "b"}])
    for path in (
        OUTBOX,
        reverse("notifications:outbox_message", args=[delivery.public_id]),
        reverse("notifications:outbox_html", args=[delivery.public_id]),
        reverse("notifications:outbox_file", args=[delivery.public_id, 0]),
    ):
        assert client.get(path).status_code == 404
