"""Sending over real sockets: an SMTP server and a stand-in for Twilio."""

import pytest

from notifications.deliveries.models import Delivery, Kind
from notifications.dispatch.tasks import deliver, deliver_due
from notifications.models import Preference
from notifications.preferences.models import Channel
from tests.factories.mail_server import free_port
from tests.factories.notifications import DeliveryFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
ICS = {
    "name": "visit.ics",
    "content_type": "text/calendar; method=REQUEST; charset=utf-8",
    "content": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
}


def state(delivery):
    delivery.refresh_from_db()
    return delivery.status, delivery.error


def test_an_email_arrives_whole(smtp, settings):
    settings.SITE_URL = "https://larkfield.example"
    settings.DEFAULT_FROM_EMAIL = "hello@larkfield.example"
    delivery = DeliveryFactory(
        to_name="Zoë O'Hara", to_address="zoe@example.org", attachments=[ICS]
    )
    deliver(delivery_id=delivery.pk)
    assert state(delivery) == ("SENT", "")
    (mail,) = smtp.mails
    assert mail["To"].addresses[0].display_name == "Zoë O'Hara"
    assert mail["To"].addresses[0].addr_spec == "zoe@example.org"
    assert mail["From"].addresses[0].display_name == "Our clinic"
    assert mail["From"].addresses[0].addr_spec == "hello@larkfield.example"
    assert mail["Subject"] == delivery.subject
    assert mail["Message-ID"] == f"<{delivery.public_id}@larkfield.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain = mail.get_body(("plain",)).get_content()
    assert plain.strip() == delivery.body_text
    assert mail.get_body(("html",)).get_content().strip() == delivery.body_html
    (entry,) = mail.iter_attachments()
    assert entry.get_content_type() == "text/calendar"
    assert entry["Content-Type"].params["method"] == "REQUEST"
    assert entry.get_filename() == "visit.ics"
    assert entry.get_content().encode() == ICS["content"].encode()


def test_only_reminders_carry_the_one_click_header(smtp):
    deliver(delivery_id=DeliveryFactory(kind=Kind.REMINDER).pk)
    deliver(delivery_id=DeliveryFactory(kind=Kind.NEWS).pk)
    reminder, news = smtp.mails
    assert "/account/messages/off/" in reminder["List-Unsubscribe"]
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert news["List-Unsubscribe"] is None


def test_running_the_job_again_sends_nothing(smtp):
    delivery = DeliveryFactory()
    deliver(delivery_id=delivery.pk)
    deliver(delivery_id=delivery.pk)
    deliver_due()
    assert len(smtp.mails) == 1


def test_a_job_whose_row_is_gone_does_nothing(smtp):
    deliver(delivery_id=123456)
    assert smtp.mails == []


def test_an_address_that_does_not_exist_fails_for_good(smtp):
    delivery = DeliveryFactory(to_address="gone@example.org")
    smtp.answers["gone@example.org"] = "550 No such user"
    deliver(delivery_id=delivery.pk)
    assert state(delivery) == ("FAILED", "The mail server says: no such address.")


def test_a_full_mailbox_is_tried_again(smtp):
    delivery = DeliveryFactory(to_address="full@example.org")
    smtp.answers["full@example.org"] = "452 Mailbox full"
    deliver(delivery_id=delivery.pk)
    assert state(delivery) == ("QUEUED", "The address takes no mail at the moment.")
    smtp.answers.clear()
    Delivery.objects.update(send_after="2026-01-01T00:00Z")
    deliver_due()
    assert state(delivery) == ("SENT", "")


def test_a_server_that_is_down_is_tried_again(smtp, settings):
    settings.EMAIL_PORT = free_port()
    delivery = DeliveryFactory()
    deliver(delivery_id=delivery.pk)
    assert state(delivery) == ("QUEUED", "The mail server does not answer.")
    assert delivery.attempts == 1


@pytest.mark.parametrize("address", ["no at sign", "a@b\nBcc: zoe@example.org", "@"])
def test_an_address_that_is_none_fails_for_good(smtp, address):
    delivery = DeliveryFactory(to_address=address)
    deliver(delivery_id=delivery.pk)
    assert delivery.to_address == address
    assert state(delivery)[0] == "FAILED"
    assert smtp.mails == []


def test_without_a_mail_server_the_state_says_so(db):
    delivery = DeliveryFactory()
    deliver(delivery_id=delivery.pk)
    assert state(delivery) == ("NOT_CONFIGURED", "No mail server is set up.")


def test_the_sweep_sends_all_over_one_connection(smtp):
    wanted = {DeliveryFactory().to_address for _ in range(7)}
    bad = DeliveryFactory(to_address="gone@example.org")
    smtp.answers["gone@example.org"] = "550 No such user"
    wanted |= {DeliveryFactory().to_address for _ in range(3)}
    deliver_due()
    arrived = {mail["To"].addresses[0].addr_spec for mail in smtp.mails}
    assert arrived == wanted
    # One from the start, and a fresh one after the refusal.
    assert len(smtp.conversations) == 2
    assert state(bad)[0] == "FAILED"
    assert queued_jobs() == []


def test_a_sweep_out_of_time_queues_itself_again(smtp, monkeypatch):
    monkeypatch.setattr("notifications.dispatch.tasks.SWEEP_SECONDS", 0)
    DeliveryFactory()
    deliver_due()
    assert queued_jobs() == [("notifications.dispatch.tasks.deliver_due", {})]


def test_a_text_goes_out_with_a_place_to_report_to(twilio, settings):
    delivery = DeliveryFactory(text=True)
    deliver(delivery_id=delivery.pk)
    (sent,) = twilio.sent
    assert sent["To"] == delivery.to_address
    assert sent["From"] == settings.TWILIO_FROM
    assert sent["Body"] == delivery.body_text
    report = f"{settings.SITE_URL}/webhooks/twilio/{delivery.public_id}/"
    assert sent["StatusCallback"] == report
    assert state(delivery) == ("SENT", "")
    assert delivery.provider_id == sent["sid"]


def test_a_first_attempt_does_not_ask_what_was_sent(twilio):
    deliver(delivery_id=DeliveryFactory(text=True).pk)
    assert twilio.asked == []


def test_a_text_that_got_through_unnoticed_is_not_sent_twice(twilio):
    delivery = DeliveryFactory(text=True)
    deliver(delivery_id=delivery.pk)
    # As if the worker had died before it could write down the answer.
    Delivery.objects.update(status="QUEUED", provider_id="")
    deliver(delivery_id=delivery.pk)
    assert len(twilio.sent) == 1
    assert state(delivery) == ("SENT", "")
    assert delivery.provider_id == twilio.sent[0]["sid"]


def test_a_text_that_never_got_out_is_sent_at_the_next_attempt(twilio):
    delivery = DeliveryFactory(text=True, attempts=1)
    deliver(delivery_id=delivery.pk)
    assert len(twilio.sent) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((400, 21211), "FAILED"),
        ((400, 21614), "FAILED"),
        ((429, 20429), "QUEUED"),
        ((503, 0), "QUEUED"),
        ((401, 20003), "QUEUED"),
        ((400, 21610), "SUPPRESSED"),
    ],
)
def test_twilios_refusals_end_as_they_should(twilio, answer, outcome):
    delivery = DeliveryFactory(text=True)
    twilio.refusals[delivery.to_address] = answer
    deliver(delivery_id=delivery.pk)
    assert state(delivery)[0] == outcome
    assert state(delivery)[1] != ""


def test_who_replied_stop_gets_no_more_reminders(twilio):
    delivery = DeliveryFactory(text=True)
    twilio.refusals[delivery.to_address] = (400, 21610)
    deliver(delivery_id=delivery.pk)
    preference = Preference.objects.get()
    assert (preference.patient, preference.channel) == (delivery.patient, Channel.SMS)
    assert preference.is_enabled is False


def test_texts_that_are_not_set_up_say_so(db):
    delivery = DeliveryFactory(text=True)
    deliver(delivery_id=delivery.pk)
    assert state(delivery) == ("NOT_CONFIGURED", "Text messages are not set up.")
