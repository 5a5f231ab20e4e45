from datetime import timedelta

import pytest

from notifications.deliveries.models import Delivery, Kind
from notifications.dispatch.services import (
    BACK_OFF,
    claim_delivery,
    fail_delivery,
    give_up_lapsed,
    mark_sent,
    postpone_delivery,
    record_report,
    stop_texting,
)
from notifications.models import Preference
from notifications.preferences.models import Channel
from tests.factories.accounts import PatientFactory
from tests.factories.notifications import DeliveryFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_a_claim_takes_a_due_message_once(noon):
    delivery = DeliveryFactory()
    claimed = claim_delivery(at=noon, delivery_id=delivery.pk)
    assert (claimed.pk, claimed.status, claimed.attempts) == (delivery.pk, "SENDING", 1)
    assert claim_delivery(at=noon, delivery_id=delivery.pk) is None
    assert claim_delivery(at=noon) is None


def test_the_longest_waiting_message_is_taken_first(noon):
    late = DeliveryFactory(send_after=noon - MINUTE)
    early = DeliveryFactory(send_after=noon - 2 * MINUTE)
    DeliveryFactory(send_after=noon + MINUTE)
    taken = [claim_delivery(at=noon), claim_delivery(at=noon), claim_delivery(at=noon)]
    assert taken == [early, late, None]


@pytest.mark.parametrize(
    "status", ["SENT", "DELIVERED", "FAILED", "NOT_CONFIGURED", "SUPPRESSED"]
)
def test_what_is_settled_is_never_taken(noon, status):
    DeliveryFactory(status=status, claimed_at=noon - timedelta(days=1))
    assert claim_delivery(at=noon) is None


def test_a_dead_claim_is_taken_over_after_the_queues_retry_time(noon, settings):
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"retry": 120}
    delivery = DeliveryFactory(status="SENDING", claimed_at=noon, attempts=1)
    assert claim_delivery(at=noon + timedelta(seconds=119)) is None
    taken = claim_delivery(at=noon + timedelta(seconds=120))
    assert (taken, taken.attempts) == (delivery, 2)


def test_the_first_worker_cannot_settle_what_the_second_took_over(noon):
    DeliveryFactory()
    first = claim_delivery(at=noon)
    second = claim_delivery(at=noon + timedelta(minutes=5))
    fail_delivery(delivery=first, reason="Too slow", at=noon)
    assert Delivery.objects.get().status == "SENDING"
    mark_sent(delivery=second, provider_id="x", at=noon)
    assert Delivery.objects.get().status == "SENT"


def test_postponing_goes_further_apart_and_ends_in_failure(noon):
    delivery = DeliveryFactory()
    at = noon
    waits = []
    while (claimed := claim_delivery(at=at)) is not None:
        postpone_delivery(delivery=claimed, reason="No answer", at=at)
        delivery.refresh_from_db()
        if delivery.status == "FAILED":
            break
        waits.append(delivery.send_after - at)
        at = delivery.send_after
    assert waits == [timedelta(minutes=minutes) for minutes in BACK_OFF.values()]
    assert (delivery.status, delivery.attempts) == ("FAILED", 5)
    assert delivery.error == "No answer"


def test_a_retry_that_would_come_too_late_fails_at_once(noon):
    DeliveryFactory(expires_at=noon + timedelta(seconds=30))
    claimed = claim_delivery(at=noon)
    postpone_delivery(delivery=claimed, reason="No answer", at=noon)
    assert Delivery.objects.get().status == "FAILED"


def test_what_is_past_its_time_is_given_up_and_never_sent(noon):
    delivery = DeliveryFactory(expires_at=noon)
    DeliveryFactory(expires_at=noon + MINUTE)
    assert give_up_lapsed(at=noon) == 1
    delivery.refresh_from_db()
    assert delivery.status == "FAILED"
    assert delivery.error == "It could no longer arrive in time."
    assert claim_delivery(at=noon, delivery_id=delivery.pk) is None


def test_an_expired_message_is_not_taken_even_before_the_sweep(noon):
    delivery = DeliveryFactory(expires_at=noon)
    assert claim_delivery(at=noon, delivery_id=delivery.pk) is None


def test_a_message_that_kills_its_workers_is_given_up(noon):
    DeliveryFactory(status="SENDING", attempts=5, claimed_at=noon, error="No answer")
    later = noon + timedelta(hours=1)
    assert claim_delivery(at=later) is None
    assert give_up_lapsed(at=later) == 1
    assert Delivery.objects.get().error == "No answer"


def test_an_arrival_is_never_taken_back(noon):
    delivery = DeliveryFactory(text=True, status="SENT")
    record_report(delivery=delivery, provider_id="SM1", reason="", at=noon)
    record_report(delivery=delivery, provider_id="SM1", reason="Lost", at=noon)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.delivered_at) == ("DELIVERED", noon)
    assert delivery.error == ""


def test_a_report_that_is_quicker_than_we_stays(noon):
    DeliveryFactory(text=True)
    claimed = claim_delivery(at=noon)
    record_report(delivery=claimed, provider_id="SM1", reason="", at=noon)
    mark_sent(delivery=claimed, provider_id="SM1", at=noon)
    assert Delivery.objects.get().status == "DELIVERED"


@pytest.mark.parametrize("ending", [mark_sent, fail_delivery])
def test_a_codes_words_are_erased_once_it_is_settled(noon, settings, ending):
    settings.DEV_OUTBOX = False
    DeliveryFactory(kind=Kind.CODE, body_text="ABC-DEF", body_html="ABC-DEF")
    claimed = claim_delivery(at=noon)
    extra = {"provider_id": "x"} if ending is mark_sent else {"reason": "x"}
    ending(delivery=claimed, at=noon, **extra)
    delivery = Delivery.objects.get()
    assert (delivery.body_text, delivery.body_html) == ("", "")


def test_the_development_outbox_keeps_codes_readable(noon):
    DeliveryFactory(kind=Kind.CODE, body_text="ABC-DEF")
    claimed = claim_delivery(at=noon)
    mark_sent(delivery=claimed, provider_id="x", at=noon)
    assert Delivery.objects.get().body_text == "ABC-DEF"


def test_stop_ends_texts_to_everybody_with_that_number(db):
    first = PatientFactory(phone="+447700900001")
    second = PatientFactory(phone="+447700900001")
    PatientFactory(phone="+447700900002")
    PatientFactory(phone="")
    stop_texting(phone="+447700900001")
    stop_texting(phone="")
    assert {(p.patient, p.channel, p.is_enabled) for p in Preference.objects.all()} == {
        (first, Channel.SMS, False),
        (second, Channel.SMS, False),
    }
