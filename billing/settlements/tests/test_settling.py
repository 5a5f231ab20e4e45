"""From the provider's word to a paid visit, or the money's way back."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.models import Entry
from billing.models import Payment, ProviderEvent, Refund
from billing.payments.queries import payment_state
from billing.refunds.services import refund_payment
from billing.settlements.services import MAX_ATTEMPTS, begin_event, retry_event
from billing.settlements.tasks import chase_unfinished, close_checkout, settle_event
from booking.appointments.models import Status
from booking.appointments.services import cancel_appointment, expire_lapsed
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.jobs import queued_jobs, run_jobs
from tests.money import page_of

pytestmark = pytest.mark.django_db
DECLINED = "4000000000000002"


@pytest.fixture(autouse=True)
def _no_messages(settings):
    """Whom the house tells is not the matter here."""
    settings.EVENT_SUBSCRIPTIONS = {
        event: [
            job for job in jobs if job.startswith("billing.") and "send_" not in job
        ]
        for event, jobs in settings.EVENT_SUBSCRIPTIONS.items()
    }


def fresh(row):
    row.refresh_from_db()
    return row


def lapse(visit):
    """Let the hold end, and the sweep find it."""
    visit.hold_expires_at = timezone.now() - timedelta(seconds=1)
    visit.save()


def test_money_in_time_confirms_the_visit(held, begin, provider, deliver_all):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    assert fresh(held).status == Status.CONFIRMED
    payment = fresh(payment)
    assert (payment.status, payment.received) == ("SUCCEEDED", Decimal("65.00"))
    assert payment.intent_id.startswith("pi_")
    assert payment_state(held).status == "PAID"
    assert set(ProviderEvent.objects.values_list("status", flat=True)) <= {
        "HANDLED",
        "IGNORED",
    }
    assert Entry.objects.filter(verb="payment.succeeded").count() == 1


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_events_does_not_matter(held, begin, provider, deliver_all, seed):
    payment = begin(held)
    provider.pay(payment.session_id, DECLINED)
    provider.pay(payment.session_id)
    shuffled = random.Random(seed)  # noqa: S311 no secret
    deliver_all(lambda events: shuffled.sample(events, len(events)))
    run_jobs()
    assert fresh(payment).status == "SUCCEEDED"
    assert fresh(held).status == Status.CONFIRMED


def test_a_failure_that_arrives_after_success_changes_nothing(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    provider.pay(payment.session_id, DECLINED)
    provider.pay(payment.session_id)

    def failure_last(events):
        return sorted(events, key=lambda event: event["type"].endswith("failed"))

    deliver_all(failure_last)
    run_jobs()
    assert fresh(payment).status == "SUCCEEDED"
    assert payment.error_code == ""


def test_a_refund_that_is_told_before_the_payment_ends_right(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    intent = provider.pay(payment.session_id)
    gateway = provider.gateway()
    gateway._client.v1.refunds.create({"payment_intent": intent["id"], "amount": 2000})
    deliver_all(lambda events: events[::-1])
    run_jobs()
    refunds = Refund.objects.filter(payment=payment)
    assert [(row.amount, row.status) for row in refunds] == [
        (Decimal("20.00"), "SUCCEEDED")
    ]
    assert fresh(payment).status == "SUCCEEDED"
    assert payment_state(held).status == "PARTLY_REFUNDED"


def test_a_decline_leaves_the_visit_held(held, begin, provider, deliver_all):
    payment = begin(held)
    provider.pay(payment.session_id, DECLINED)
    deliver_all()
    run_jobs()
    assert fresh(payment).status == "OPEN"
    assert payment.error_code == "generic_decline"
    assert fresh(held).status == Status.HELD


def test_a_payment_that_takes_long_is_processing_and_then_paid(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    provider.ask("webhooks", drop=0)
    provider.pay(payment.session_id, "4000000000004202")
    deliver_all()
    run_jobs()
    assert fresh(payment).status in {"PROCESSING", "SUCCEEDED"}
    provider.ask("clock", advance=10)
    deliver_all()
    run_jobs()
    assert fresh(payment).status == "SUCCEEDED"


def test_a_payment_that_fails_in_the_end_is_failed(held, begin, provider, deliver_all):
    payment = begin(held)
    provider.pay(payment.session_id, "4000000000004210")
    provider.ask("clock", advance=10)
    deliver_all()
    run_jobs()
    assert fresh(payment).status == "FAILED"
    assert payment_state(held).status == "DUE"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": 6400}, "amount is 64.00, not 65.00"),
        ({"amount_received": 100}, "amount received is 1.00, not 65.00"),
        ({"currency": "eur"}, "currency is EUR, not GBP"),
        ({"livemode": True}, "live mode is True, not False"),
        (
            {"metadata": {"payment": "2f2bd3a7-0000-4000-8000-000000000000"}},
            "metadata of the charge",
        ),
    ],
)
def test_money_that_does_not_match_is_flagged_and_never_paid(
    held, begin, provider, deliver_all, fields, words
):
    payment = begin(held)
    intent = provider.pay(payment.session_id)
    provider.ask("change", id=intent["id"], fields=fields)
    deliver_all()
    run_jobs()
    payment = fresh(payment)
    assert payment.status == "FLAGGED"
    assert words in payment.flag
    assert fresh(held).status == Status.HELD
    assert Refund.objects.count() == 0


def test_an_event_about_another_page_that_names_our_payment_is_ignored(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    gateway = provider.gateway()
    copy = gateway._client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://other.example/",
            "metadata": {"payment": str(payment.public_id)},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "gbp",
                        "unit_amount": 30,
                        "product_data": {"name": "Cheap"},
                    },
                }
            ],
        }
    )
    provider.pay(copy.id)
    deliver_all()
    run_jobs()
    assert fresh(payment).status == "OPEN"
    assert fresh(held).status == Status.HELD
    about = ProviderEvent.objects.filter(object_id=copy.id)
    said = "It names our payment, but is about another page."
    assert {(one.status, one.error) for one in about} == {("IGNORED", said)}


def test_late_money_takes_a_free_time_back(held, begin, provider, deliver_all):
    payment = begin(held)
    lapse(held)
    expire_lapsed(at=timezone.now())
    assert fresh(held).status == Status.EXPIRED
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    assert fresh(held).status == Status.CONFIRMED
    assert fresh(payment).status == "SUCCEEDED"
    assert Refund.objects.count() == 0


def test_late_money_for_a_taken_time_goes_back_by_itself(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    lapse(held)
    expire_lapsed(at=timezone.now())
    AppointmentFactory(
        doctor=held.doctor, location=held.location, starts_at=held.starts_at
    )
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    assert fresh(held).status == Status.EXPIRED
    payment = fresh(payment)
    assert (payment.status, payment.returned) == ("RETURNED", "TAKEN")
    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (Decimal("65.00"), "SUCCEEDED")
    assert provider.gateway().find_intent(payment.intent_id).amount_refunded == 65
    assert payment_state(held).status == "REFUNDED"


def test_money_for_a_visit_that_was_cancelled_meanwhile_goes_back(
    held, ann, begin, provider, deliver_all
):
    payment = begin(held)
    cancel_appointment(
        actor=ann, appointment=held, reason="", by="PATIENT", at=timezone.now()
    )
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    assert fresh(payment).returned == "CANCELLED"
    assert Refund.objects.get().status == "SUCCEEDED"


@pytest.mark.parametrize("changed", ["price", "patient"])
def test_a_page_of_before_does_not_pay_for_what_the_visit_is_now(
    held, begin, provider, deliver_all, changed
):
    """Who has a follow-up due could open the page at its price, give another patient's
    details, and pay there."""
    payment = begin(held)
    if changed == "price":
        held.price += 35
    else:
        held.patient = PatientFactory()
    held.save()
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    assert fresh(held).status == Status.HELD
    assert (fresh(payment).status, payment.returned) == ("RETURNED", "CHANGED")
    assert (Refund.objects.get().amount, Refund.objects.get().status) == (
        Decimal("65.00"),
        "SUCCEEDED",
    )
    # What it costs now can be paid.
    again = begin(held, return_path="/again/")
    provider.pay(again.session_id)
    deliver_all()
    run_jobs()
    assert fresh(held).status == Status.CONFIRMED
    assert (fresh(again).amount, again.patient) == (held.price, held.patient)


def test_other_details_get_a_page_of_their_own(held, begin):
    first = begin(held)
    held.patient = PatientFactory()
    held.save()
    second = begin(held)
    assert (fresh(first).status, second.patient) == ("EXPIRED", held.patient)


def test_a_visit_paid_on_two_pages_keeps_one_and_sends_the_other_back(
    held, begin, provider, deliver_all
):
    first = begin(held, return_path="/a/")
    second = begin(held, return_path="/b/")
    assert fresh(first).status == "EXPIRED"
    provider.pay(first.session_id)
    provider.pay(second.session_id)
    deliver_all()
    run_jobs()
    statuses = {fresh(first).status, fresh(second).status}
    assert statuses == {"SUCCEEDED", "RETURNED"}
    assert Refund.objects.get().payment.returned == "DOUBLE"
    assert fresh(held).status == Status.CONFIRMED


def test_the_end_of_a_hold_closes_the_page(held, begin, provider):
    payment = begin(held)
    lapse(held)
    expire_lapsed(at=timezone.now())
    run_jobs()
    assert fresh(payment).status == "EXPIRED"
    assert provider.gateway().find_checkout(payment.session_id).status == "expired"


def test_an_unswept_lapsed_hold_is_found_by_the_chase(held, begin, provider):
    payment = begin(held)
    lapse(held)
    chase_unfinished()
    run_jobs()
    assert fresh(payment).status == "EXPIRED"
    assert provider.gateway().find_checkout(payment.session_id).status == "expired"


def test_closing_a_page_that_was_just_paid_takes_the_money(held, begin, provider):
    payment = begin(held)
    provider.pay(payment.session_id)
    close_checkout(payment_id=payment.pk)
    assert fresh(payment).status == "SUCCEEDED"
    assert fresh(held).status == Status.CONFIRMED


def test_a_dropped_event_is_made_good_by_asking(held, begin, provider):
    payment = begin(held)
    provider.pay(payment.session_id)
    Payment.objects.filter(pk=payment.pk).update(
        created_at=timezone.now() - timedelta(minutes=6)
    )
    chase_unfinished()
    run_jobs()
    assert fresh(payment).status == "SUCCEEDED"


def test_an_absent_provider_puts_an_event_off_and_does_not_kill_it(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    for _ in range(MAX_ATTEMPTS + 1):
        provider.ask("faults", mode="unavailable", count=9)
        for event in ProviderEvent.objects.filter(status="RECEIVED"):
            settle_event(event_id=event.pk)
        provider.ask("faults")
    waiting = ProviderEvent.objects.filter(status="RECEIVED")
    assert {row.attempts for row in waiting} == {0}
    ProviderEvent.objects.update(updated_at=timezone.now() - timedelta(minutes=2))
    chase_unfinished()
    run_jobs()
    assert fresh(payment).status == "SUCCEEDED"


def test_a_poison_event_becomes_a_dead_letter_and_can_be_revived(
    held, begin, provider, deliver_all, biller
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    event = ProviderEvent.objects.get(kind="checkout.session.completed")
    for _ in range(MAX_ATTEMPTS):
        # A worker that dies counts its try and leaves nothing else.
        assert begin_event(event_id=event.pk) is not None
    assert begin_event(event_id=event.pk) is None
    assert fresh(event).status == "DEAD"
    settle_event(event_id=event.pk)
    assert fresh(payment).status == "OPEN"
    retry_event(actor=biller, event=event)
    run_jobs()
    assert fresh(event).status == "HANDLED"
    assert fresh(payment).status == "SUCCEEDED"


def test_an_error_of_ours_is_noted_without_its_message(
    held, begin, provider, deliver_all, monkeypatch
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    event = ProviderEvent.objects.get(kind="checkout.session.completed")
    Payment.objects.filter(pk=payment.pk).update(session_id="cs_test_gone")
    with pytest.raises(Exception, match="No such"):
        settle_event(event_id=event.pk)
    assert fresh(event).error == "GatewayRefused"
    assert fresh(event).attempts == 1


def test_an_event_that_comes_before_we_noted_the_page_finds_it(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    provider.pay(payment.session_id)
    Payment.objects.filter(pk=payment.pk).update(session_id="", session_url="")
    deliver_all(
        lambda events: [e for e in events if e["type"] == "payment_intent.succeeded"]
    )
    run_jobs()
    assert fresh(payment).status == "SUCCEEDED"
    assert page_of(payment).id == payment.session_id


def test_a_cancelled_visit_gives_back_what_the_terms_said(
    held, ann, begin, provider, deliver_all
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    late = held.starts_at - timedelta(hours=2)
    cancel_appointment(
        actor=ann, appointment=fresh(held), reason="", by="PATIENT", at=late
    )
    run_jobs()
    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (Decimal("32.50"), "SUCCEEDED")
    assert provider.gateway().find_intent(fresh(payment).intent_id).amount_refunded == (
        Decimal("32.50")
    )
    assert payment_state(fresh(held)).status == "PARTLY_REFUNDED"


def test_events_after_a_refund_of_ours_adopt_it_once(
    held, biller, begin, provider, deliver_all
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    refund_payment(
        actor=biller,
        payment=fresh(payment),
        amount=Decimal("10.00"),
        reason="Goodwill",
        dedupe_key="goodwill",
        at=timezone.now(),
    )
    run_jobs()
    deliver_all()
    run_jobs()
    assert [(row.amount, row.status) for row in Refund.objects.all()] == [
        (Decimal("10.00"), "SUCCEEDED")
    ]
    assert queued_jobs() == []
