"""The provider's books held against ours, with differences planted."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing.management.commands import reconcile_payments as command
from billing.models import Finding, Payment, ProviderEvent
from billing.reconciliation import tasks
from billing.reconciliation.services import settle_finding
from billing.reconciliation.tasks import reconcile_payments
from booking.appointments.models import Status
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db
Kind = Finding.Kind


@pytest.fixture(autouse=True)
def _books(settings, monkeypatch):
    settings.EVENT_SUBSCRIPTIONS = {event: [] for event in settings.EVENT_SUBSCRIPTIONS}
    # The events of these tests are seconds old.
    monkeypatch.setattr(tasks, "GRACE", timedelta(0))


def found():
    return set(Finding.objects.values_list("kind", "object_id"))


def test_books_that_agree_give_no_findings(held, begin, provider, deliver_all):
    provider.pay(begin(held).session_id)
    deliver_all()
    run_jobs()
    reconcile_payments()
    assert found() == set()


def test_dropped_events_are_found_taken_in_and_settled(held, begin, provider):
    payment = begin(held)
    intent = provider.pay(payment.session_id)
    reconcile_payments()
    run_jobs()
    payment.refresh_from_db()
    held.refresh_from_db()
    assert payment.status == "SUCCEEDED"
    assert held.status == Status.CONFIRMED
    events = provider.ask("state")["event"]
    ids = {event["type"]: event["id"] for event in events}
    assert found() == {
        (Kind.DROPPED_EVENT, intent["id"]),
        (Kind.DROPPED_EVENT, ids["payment_intent.succeeded"]),
        (Kind.DROPPED_EVENT, ids["checkout.session.completed"]),
    }
    assert set(ProviderEvent.objects.values_list("provider_event_id", flat=True)) == (
        set(ids.values())
    )


def test_a_foreign_charge_is_found(provider):
    intent = provider.ask("charge", amount=2000, metadata={"order": "17"})
    reconcile_payments()
    assert found() == {(Kind.FOREIGN, intent["id"])}
    assert Finding.objects.get().detail == "£20.00"


def test_a_second_charge_for_one_payment_is_found(held, begin, provider, deliver_all):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    second = provider.ask(
        "charge", amount=6500, metadata={"payment": str(payment.public_id)}
    )
    reconcile_payments()
    run_jobs()
    assert (Kind.DOUBLE, second["id"]) in found()
    payment.refresh_from_db()
    assert payment.status == "SUCCEEDED"


def test_a_visit_paid_on_two_pages_is_found(held, begin, provider, deliver_all):
    first = begin(held, return_path="/a/")
    second = begin(held, return_path="/b/")
    provider.pay(first.session_id)
    provider.pay(second.session_id)
    deliver_all()
    run_jobs()
    # The refund that followed by itself has events of its own.
    deliver_all()
    run_jobs()
    reconcile_payments()
    returned = Payment.objects.get(status="RETURNED")
    assert found() == {(Kind.DOUBLE, returned.intent_id)}


def test_sums_that_differ_are_found(held, begin, provider, deliver_all):
    payment = begin(held)
    intent = provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    provider.ask("change", id=intent["id"], fields={"amount_received": 6000})
    reconcile_payments()
    assert found() == {(Kind.AMOUNT, intent["id"])}
    assert Finding.objects.get().payment == payment


def test_looking_twice_finds_once(held, begin, provider):
    provider.ask("charge", amount=2000)
    provider.pay(begin(held).session_id)
    reconcile_payments()
    run_jobs()
    before = found()
    reconcile_payments()
    run_jobs()
    assert found() == before
    assert len(before) == 4


def test_younger_events_are_left_alone(held, begin, provider, monkeypatch):
    monkeypatch.setattr(tasks, "GRACE", timedelta(minutes=10))
    provider.pay(begin(held).session_id)
    reconcile_payments()
    assert found() == set()
    assert ProviderEvent.objects.count() == 0


def test_an_absent_provider_is_tried_next_time(provider):
    provider.ask("faults", mode="unavailable", count=9)
    reconcile_payments()
    assert found() == set()


def test_a_finding_is_dealt_with_once(biller, provider):
    provider.ask("charge", amount=2000)
    reconcile_payments()
    finding = Finding.objects.get()
    at = timezone.now()
    settle_finding(actor=biller, finding=finding, at=at)
    settle_finding(actor=biller, finding=finding, at=at + timedelta(hours=1))
    finding.refresh_from_db()
    assert (finding.settled_at, finding.settled_by) == (at, biller)
    assert finding.payment is None
    assert Decimal(finding.detail[1:]) == Decimal("20.00")


# --- Now, by hand -------------------------------------------------------------------


def test_the_command_compares_now_and_says_what_it_found(held, begin, provider):
    payment = begin(held)
    provider.pay(payment.session_id)
    charge = provider.ask("charge", amount=2000, metadata={"order": "17"})
    said = compare("--to-the-minute")
    assert f"A charge that is not ours: {charge['id']}\n" in said
    assert f"{Finding.objects.count()} new" in said
    run_jobs()
    payment.refresh_from_db()
    assert payment.status == Payment.Status.SUCCEEDED
    assert "0 new" in compare("--to-the-minute")


def test_what_may_still_be_told_of_waits_unless_one_asks(provider, monkeypatch):
    monkeypatch.setattr(command, "GRACE", timedelta(minutes=10))
    provider.ask("charge", amount=2000, metadata={"order": "17"})
    assert "0 compared, 0 new" in compare()
    assert "1 new, 1 wait for somebody" in compare("--to-the-minute")


def test_books_that_cannot_be_read_are_an_error_and_change_nothing(provider):
    provider.ask("charge", amount=2000, metadata={"order": "17"})
    provider.ask("faults", mode="unavailable", count=9)
    with pytest.raises(CommandError, match="Nothing was changed"):
        compare("--to-the-minute")
    assert found() == set()


def compare(*options):
    out = StringIO()
    call_command("reconcile_payments", *options, stdout=out)
    return out.getvalue()
