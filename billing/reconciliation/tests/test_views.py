"""The clinic's payments: who sees what, and what each may do."""

import re
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.users.models import Role
from accounts.users.services import assign_role
from billing.models import Finding, Payment, Refund
from billing.payments.permissions import visible_to as payments
from billing.reconciliation.permissions import visible_to as findings
from billing.refunds.permissions import visible_to as refunds
from billing.settlements.permissions import visible_to as events
from tests.factories.accounts import UserFactory
from tests.factories.billing import (
    FindingFactory,
    PaymentFactory,
    ProviderEventFactory,
    RefundFactory,
)
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
LIST = "/clinic/payments/"
STUCK = "/clinic/payments/follow-up/"


def page_of(payment):
    return reverse("billing:payment", args=[payment.public_id])


def shown(response):
    return set(re.findall(r'href="/clinic/payments/([0-9a-f-]{36})/"', response.text))


def ids(*rows):
    return {str(row.public_id) for row in rows}


@pytest.fixture
def stuck():
    """One of everything that needs a look."""
    flagged = PaymentFactory(status="FLAGGED", flag="amount is 64.00, not 65.00")
    refund = RefundFactory(status="FAILED", error="expired_or_canceled_card")
    event = ProviderEventFactory(status="DEAD", attempts=5, error="IntegrityError")
    return flagged, refund, event, FindingFactory(object_id="pi_foreign")


def test_the_list_shows_payments_newest_first(client, biller):
    rows = [PaymentFactory(paid=True) for _ in range(3)]
    PaymentFactory(status="EXPIRED")
    client.force_login(biller)
    answer = client.get(LIST)
    order = re.findall(r'href="/clinic/payments/([0-9a-f-]{36})/"', answer.text)
    assert order == [str(payment.public_id) for payment in rows[::-1]]


def queries_of(client, url):
    """How many queries a page costs once it is warm."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_list_costs_the_same_for_any_length(client, biller):
    client.force_login(biller)
    RefundFactory()
    one = queries_of(client, LIST)
    for _ in range(2):
        RefundFactory()
    assert queries_of(client, LIST) == one
    # The last of them log whose payments were shown, and find whose they are.
    assert one <= 15


def test_the_stuck_things_cost_the_same_for_any_number(client, biller):
    def add(name):
        PaymentFactory(status="FLAGGED")
        RefundFactory(status="FAILED")
        ProviderEventFactory(status="DEAD")
        FindingFactory(object_id=name, payment=PaymentFactory(paid=True))

    client.force_login(biller)
    add("a")
    one = queries_of(client, STUCK)
    add("b")
    add("c")
    assert queries_of(client, STUCK) == one
    assert one <= 14


def test_the_list_is_searched_and_filtered(client, biller):
    paid = PaymentFactory(paid=True)
    due = PaymentFactory()
    refunded = RefundFactory(status="SUCCEEDED").payment
    client.force_login(biller)
    assert shown(client.get(LIST)) == ids(paid, due, refunded)
    assert shown(client.get(f"{LIST}?state=due")) == ids(due)
    assert shown(client.get(f"{LIST}?state=refunded")) == ids(refunded)
    assert shown(client.get(f"{LIST}?state=paid")) == ids(paid, refunded)
    assert shown(client.get(f"{LIST}?q={due.appointment.reference.lower()}")) == (
        ids(due)
    )
    assert shown(client.get(f"{LIST}?q={paid.patient.last_name}")) == ids(paid)
    assert shown(client.get(f"{LIST}?q={paid.patient.number}")) == ids(paid)
    nothing = client.get(f"{LIST}?q=nobody")
    assert shown(nothing) == set()
    assert "No payment fits" in nothing.text
    assert client.get(f"{LIST}?state=nonsense&page=x").status_code == 200


@pytest.mark.parametrize(
    "who", ["ann", "dr_lee", "nurse", "editor", "medical_admin", "admin"]
)
def test_others_have_no_business_here(client, who, request):
    payment = PaymentFactory(paid=True)
    client.force_login(request.getfixturevalue(who))
    for url in (LIST, STUCK, page_of(payment)):
        assert client.get(url).status_code in {403, 404}
    assert client.post(page_of(payment)).status_code in {403, 404}


def test_visitors_are_asked_to_sign_in(client):
    for url in (LIST, STUCK, page_of(PaymentFactory())):
        assert client.get(url).status_code == 302


def test_the_desk_sees_the_state_but_neither_ids_nor_buttons(client, desk, stuck):
    flagged, refund, event, finding = stuck
    client.force_login(desk)
    text = client.get(STUCK).text
    assert flagged.patient.full_name in text
    assert refund.payment.patient.full_name in text
    assert event.kind not in text
    assert finding.object_id not in text
    assert flagged.flag.capitalize() not in text
    detail = client.get(page_of(refund.payment)).text
    assert "Refund failed" in detail
    assert refund.payment.intent_id not in detail
    assert refund.error not in detail
    assert "Give money back" not in detail
    assert client.post(page_of(refund.payment), {"amount": "1"}).status_code == 403
    for url in acts(stuck):
        assert client.post(url).status_code in {403, 404}
    refund.refresh_from_db()
    assert refund.status == "FAILED"


def acts(stuck):
    flagged, refund, event, finding = stuck
    return [
        reverse("billing:payment_check", args=[flagged.public_id]),
        reverse("billing:payment_close", args=[flagged.public_id]),
        reverse("billing:refund_retry", args=[refund.public_id]),
        reverse("billing:event_retry", args=[event.public_id]),
        reverse("billing:finding_settle", args=[finding.public_id]),
    ]


def test_billing_deals_with_everything_that_is_stuck(client, biller, stuck):
    flagged, refund, event, finding = stuck
    client.force_login(biller)
    text = client.get(STUCK).text
    assert "Amount is 64.00, not 65.00" in text
    assert event.kind in text
    assert "pi_foreign" in text
    for url in acts(stuck):
        assert client.get(url).status_code == 405
        assert client.post(url).status_code == 302
    for row in (flagged, refund, event, finding):
        row.refresh_from_db()
    assert (flagged.status, refund.status, event.status) == (
        "FAILED",
        "PENDING",
        "RECEIVED",
    )
    assert finding.settled_by == biller
    assert {job for job, _ in queued_jobs()} == {
        "billing.settlements.tasks.ask_provider",
        "billing.refunds.tasks.send_refund",
        "billing.settlements.tasks.settle_event",
    }
    assert "Nothing is stuck" in client.get(STUCK).text
    for url in acts(stuck)[1:4]:
        assert client.post(url).status_code == 302


def test_billing_gives_money_back_once_however_often_it_is_sent(client, biller):
    payment = PaymentFactory(paid=True)
    client.force_login(biller)
    form = {"key": str(uuid.uuid4()), "amount": "20.00", "reason": "Cut short"}
    for _ in range(2):
        assert client.post(page_of(payment), form).status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.created_by) == (
        Decimal("20.00"),
        "Cut short",
        biller,
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": ""}, "Enter an amount, for example 32.50"),
        ({"amount": "lots"}, "Enter an amount with numbers"),
        ({"amount": "-5"}, "Enter an amount above zero"),
        ({"amount": "1.005"}, "Enter an amount with 2 decimals"),
        ({"amount": "65.01"}, "Enter at most £65.00"),
        ({"reason": ""}, "Enter a reason"),
    ],
)
def test_a_wrong_refund_is_explained_and_nothing_typed_is_lost(
    client, biller, fields, words
):
    payment = PaymentFactory(paid=True)
    client.force_login(biller)
    form = {"key": str(uuid.uuid4()), "amount": "20.00", "reason": "Cut short"} | fields
    answer = client.post(page_of(payment), form)
    assert answer.status_code == 422
    assert words in answer.text
    for value in form.values():
        assert value in answer.text
    assert Refund.objects.count() == 0


def test_a_desk_of_one_place_sees_the_payments_there(client):
    here, elsewhere = PaymentFactory(paid=True), PaymentFactory(paid=True)
    place = here.appointment.location.place
    for role in (Role.RECEPTIONIST, Role.BILLING):
        user = UserFactory()
        assign_role(actor=None, user=user, role=role, place=place)
        client.force_login(user)
        assert shown(client.get(LIST)) == ids(here)
        assert client.get(page_of(elsewhere)).status_code == 404


def test_lists_and_single_objects_agree(
    ann, zoe, gus, dr_lee, nurse, desk, biller, editor, medical_admin, admin, held
):
    mine = PaymentFactory(paid=True, appointment=held)
    RefundFactory(payment=mine)
    other = PaymentFactory(paid=True)
    RefundFactory(payment=other)
    ProviderEventFactory(payment=mine)
    ProviderEventFactory(payment=None, status="IGNORED")
    FindingFactory(object_id="a")
    FindingFactory(object_id="b", payment=other)
    placed = UserFactory()
    assign_role(actor=None, user=placed, role=Role.BILLING, place=held.location.place)
    for user in (
        ann, zoe, gus, dr_lee, nurse, desk, biller, editor, medical_admin, admin, placed
    ):  # fmt: skip
        for name, visible_to in (
            ("billing.view_payment", payments),
            ("billing.view_refund", refunds),
            ("billing.view_event", events),
            ("billing.view_finding", findings),
        ):
            seen = visible_to(user)
            model = seen.model
            assert set(seen) == {
                row for row in model.objects.all() if user.has_perm(name, row)
            }, (user, name)
    assert set(payments(ann)) == {mine}
    assert set(payments(zoe)) == set()
    assert set(payments(biller)) == {mine, other}


def test_closing_what_is_not_flagged_says_so(client, biller):
    payment = PaymentFactory(paid=True, paid_at=timezone.now())
    client.force_login(biller)
    url = reverse("billing:payment_close", args=[payment.public_id])
    answer = client.post(url, follow=True)
    assert "has changed in the meantime" in answer.text
    assert Payment.objects.get().status == "SUCCEEDED"
    assert Finding.objects.count() == 0
