from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from clinic.identity.services import set_identity
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.services import (
    Message,
    NotRetryable,
    notify,
    notify_many,
    retry_delivery,
    settle_failure,
)
from notifications.preferences.models import Channel
from notifications.preferences.queries import (
    Recipient,
    recipient_for_patient,
    recipient_for_user,
)
from notifications.preferences.services import set_preference
from tests.factories.accounts import PatientFactory
from tests.factories.notifications import DeliveryFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
DELIVER = "notifications.dispatch.tasks.deliver"
SWEEP = "notifications.dispatch.tasks.deliver_due"


def tell(person, at, **fields):
    message = {
        "event": "visit_booked",
        "recipient": person,
        "context": {"day": "Monday"},
        "dedupe_key": "visit:1",
        "link": "/portal/appointments/1/",
    }
    return notify(at=at, **(message | fields))


def states(deliveries):
    return {(delivery.channel, delivery.status) for delivery in deliveries}


def test_notify_makes_a_delivery_for_every_channel_with_words(ann, noon, visit_booked):
    made = tell(recipient_for_patient(ann.patient), noon)
    assert states(made) == {
        (Channel.EMAIL, "QUEUED"),
        (Channel.SMS, "QUEUED"),
        (Channel.IN_APP, "DELIVERED"),
    }
    assert {d.to_address for d in made} == {
        ann.email,
        ann.patient.phone,
        "portal",
    }


def test_notify_leaves_out_channels_without_words(ann, noon, words):
    words("visit_booked", sms__txt=None, in_app__txt=None)
    made = tell(recipient_for_patient(ann.patient), noon)
    assert states(made) == {(Channel.EMAIL, "QUEUED")}


def test_notify_uses_only_the_channels_asked_for(ann, noon, visit_booked):
    made = tell(recipient_for_patient(ann.patient), noon, channels=[Channel.SMS])
    assert states(made) == {(Channel.SMS, "QUEUED")}


def test_a_guest_without_an_account_gets_no_note_in_the_portal(noon, visit_booked):
    made = tell(recipient_for_patient(PatientFactory()), noon)
    assert {d.channel for d in made} == {Channel.EMAIL, Channel.SMS}


def test_notify_queues_one_job_a_message_in_the_same_transaction(
    ann, noon, visit_booked
):
    with transaction.atomic():
        tell(recipient_for_patient(ann.patient), noon)
        transaction.set_rollback(True)
    assert queued_jobs() == []
    assert not Delivery.objects.exists()
    made = tell(recipient_for_patient(ann.patient), noon)
    outside = [d for d in made if d.channel != Channel.IN_APP]
    assert queued_jobs() == [(DELIVER, {"delivery_id": d.pk}) for d in outside]


def test_the_same_key_is_told_once(ann, noon, visit_booked):
    person = recipient_for_patient(ann.patient)
    assert len(tell(person, noon)) == 3
    assert tell(person, noon + timedelta(minutes=1)) == []
    assert Delivery.objects.count() == 3


def test_the_database_refuses_a_second_delivery_of_a_key(ann):
    DeliveryFactory(dedupe_key="visit:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        DeliveryFactory(dedupe_key="visit:1")


def test_a_batch_takes_few_queries_and_one_job(
    noon, visit_booked, django_assert_num_queries
):
    people = [recipient_for_patient(PatientFactory()) for _ in range(40)]
    batch = [
        Message("visit_booked", person, {"day": "Monday"}, f"visit:{number}")
        for number, person in enumerate(people)
    ]
    # Savepoint and its end, identity, preferences, who is told for them, insert, read
    # back; the job's three.
    with django_assert_num_queries(10):
        made = notify_many(batch, at=noon)
    assert len(made) == 80
    assert queued_jobs() == [(SWEEP, {})]


def test_words_carry_the_clinic_and_the_link(ann, noon, visit_booked, settings):
    set_identity(name="Larkfield Clinic", brand_colour="#7a2e6b")
    settings.SITE_URL = "https://larkfield.example"
    made = {d.channel: d for d in tell(recipient_for_patient(ann.patient), noon)}
    mail = made[Channel.EMAIL]
    assert mail.subject == "Booked: Monday"
    assert "https://larkfield.example/portal/appointments/1/" in mail.body_text
    assert "Larkfield Clinic" in mail.body_html
    assert "#7a2e6b" in mail.body_html
    text = made[Channel.SMS]
    short = f"https://larkfield.example/t/{text.short_code}/"
    assert text.body_text == f"Larkfield Clinic: Monday. {short}"


def test_values_are_escaped_in_html_and_nowhere_else(ann, noon, visit_booked):
    made = tell(
        recipient_for_patient(ann.patient), noon, context={"day": "<b>O'Hara</b>"}
    )
    mail = next(d for d in made if d.channel == Channel.EMAIL)
    assert "<b>O'Hara</b>" in mail.body_text
    assert mail.subject == "Booked: <b>O'Hara</b>"
    assert "<b>O'Hara" not in mail.body_html
    assert "&lt;b&gt;O&#x27;Hara&lt;/b&gt;" in mail.body_html


def test_a_line_break_in_a_value_cannot_end_the_subject(ann, noon, visit_booked):
    made = tell(
        recipient_for_patient(ann.patient),
        noon,
        context={"day": "Monday\r\nBcc: zoe@example.org"},
    )
    assert made[0].subject == "Booked: Monday Bcc: zoe@example.org"


def test_an_event_with_text_alone_still_has_the_clinics_look(ann, noon, words):
    words("visit_booked", body__html=None)
    mail = tell(recipient_for_patient(ann.patient), noon)[0]
    assert "<p>See you on Monday" in mail.body_html
    assert mail.body_html.count("In an emergency call") == 1


def test_reminders_keep_away_from_channels_turned_off(ann, noon, visit_booked):
    for channel in (Channel.SMS, Channel.EMAIL):
        set_preference(
            actor=ann, patient=ann.patient, channel=channel, is_enabled=False
        )
    made = tell(recipient_for_patient(ann.patient), noon, kind=Kind.REMINDER)
    assert states(made) == {
        (Channel.EMAIL, "SUPPRESSED"),
        (Channel.SMS, "SUPPRESSED"),
        (Channel.IN_APP, "DELIVERED"),
    }
    assert queued_jobs() == []


def test_a_note_in_the_portal_can_be_turned_off_for_reminders(ann, noon, visit_booked):
    set_preference(
        actor=ann, patient=ann.patient, channel=Channel.IN_APP, is_enabled=False
    )
    made = tell(recipient_for_patient(ann.patient), noon, kind=Kind.REMINDER)
    assert (Channel.IN_APP, "SUPPRESSED") in states(made)


def test_news_come_by_email_whatever_is_turned_off(ann, noon, visit_booked):
    for channel in Channel.values:
        set_preference(
            actor=ann, patient=ann.patient, channel=channel, is_enabled=False
        )
    made = tell(recipient_for_patient(ann.patient), noon)
    assert states(made) == {
        (Channel.EMAIL, "QUEUED"),
        (Channel.SMS, "SUPPRESSED"),
        (Channel.IN_APP, "DELIVERED"),
    }


def test_news_come_by_text_to_those_without_email(noon, visit_booked):
    patient = PatientFactory(email="")
    set_preference(actor=None, patient=patient, channel=Channel.SMS, is_enabled=False)
    made = tell(recipient_for_patient(patient), noon)
    assert states(made) == {(Channel.SMS, "QUEUED")}


def test_a_doctors_preferences_are_their_own(dr_lee, dr_roy, noon, visit_booked):
    set_preference(actor=dr_lee, user=dr_lee, channel=Channel.EMAIL, is_enabled=False)
    kept = tell(recipient_for_user(dr_roy), noon, kind=Kind.REMINDER)
    stopped = tell(
        recipient_for_user(dr_lee), noon, kind=Kind.REMINDER, dedupe_key="visit:2"
    )
    assert (Channel.EMAIL, "QUEUED") in states(kept)
    assert (Channel.EMAIL, "SUPPRESSED") in states(stopped)


def test_whom_nothing_reaches_stands_on_the_desks_list(noon, visit_booked):
    patient = PatientFactory(email="", phone="")
    (made,) = tell(recipient_for_patient(patient), noon)
    assert made.status == Delivery.Status.FAILED
    assert made.error == "No e-mail address and no phone number is known."


def test_texts_wait_for_the_morning_where_the_person_is(ann, night, visit_booked):
    ann.patient.time_zone = "Europe/Athens"
    made = {d.channel: d for d in tell(recipient_for_patient(ann.patient), night)}
    assert made[Channel.SMS].send_after == datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert made[Channel.EMAIL].send_after == night
    jobs = [kwargs["delivery_id"] for _, kwargs in queued_jobs()]
    assert jobs == [made[Channel.EMAIL].pk]


def test_urgent_texts_go_at_night_too(ann, night, visit_booked):
    person = recipient_for_patient(ann.patient)
    made = tell(person, night, kind=Kind.URGENT, channels=[Channel.SMS])
    assert made[0].send_after == night


def test_a_text_that_would_come_too_late_stays_away(ann, night, visit_booked):
    made = tell(
        recipient_for_patient(ann.patient),
        night,
        kind=Kind.REMINDER,
        expires_at=night + timedelta(hours=4),
    )
    assert (Channel.SMS, "SUPPRESSED") in states(made)
    assert (Channel.EMAIL, "QUEUED") in states(made)


def test_only_emails_carry_the_files(ann, noon, visit_booked):
    entry = {"name": "visit.ics", "content_type": "text/calendar", "content": "BEGIN"}
    made = tell(recipient_for_patient(ann.patient), noon, attachments=[entry])
    assert {d.channel: d.attachments for d in made} == {
        Channel.EMAIL: [entry],
        Channel.SMS: [],
        Channel.IN_APP: [],
    }


def test_only_reminders_offer_to_stop(ann, noon, visit_booked):
    person = recipient_for_patient(ann.patient)
    reminder = tell(person, noon, kind=Kind.REMINDER)[0]
    news = tell(person, noon, dedupe_key="visit:2")[0]
    for body in (reminder.body_text, reminder.body_html):
        assert "/account/messages/off/" in body
    for body in (news.body_text, news.body_html):
        assert "/account/messages/off/" not in body


def test_a_stranger_with_an_address_can_be_told(noon, visit_booked):
    made = tell(Recipient(name="", email="new@example.org"), noon)
    assert states(made) == {(Channel.EMAIL, "QUEUED")}


def test_retry_sends_a_failure_again_with_all_attempts(desk, noon):
    delivery = DeliveryFactory(failed=True, expires_at=noon)
    retry_delivery(actor=desk, delivery=delivery, at=noon)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.error) == ("QUEUED", 0, "")
    assert delivery.expires_at is None
    assert queued_jobs() == [(DELIVER, {"delivery_id": delivery.pk})]
    assert Entry.objects.filter(verb="delivery.retried", actor=desk).count() == 1


@pytest.mark.parametrize("status", ["QUEUED", "SENDING", "SENT", "DELIVERED"])
def test_retry_refuses_what_has_not_failed(desk, noon, status):
    delivery = DeliveryFactory(status=status)
    with pytest.raises(NotRetryable):
        retry_delivery(actor=desk, delivery=delivery, at=noon)
    assert queued_jobs() == []


def test_a_settled_failure_is_done_with(desk, noon):
    delivery = DeliveryFactory(failed=True)
    settle_failure(actor=desk, delivery=delivery, at=noon)
    settle_failure(actor=desk, delivery=delivery, at=noon + timedelta(hours=1))
    delivery.refresh_from_db()
    assert delivery.settled_at == noon
    assert Entry.objects.filter(verb="delivery.settled").count() == 1
    with pytest.raises(NotRetryable):
        retry_delivery(actor=desk, delivery=delivery, at=noon)
