"""The clinic's payments: for billing with everything, for the desk with the state."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.users.queries import signed_in_user
from billing.payments.models import Payment
from billing.payments.permissions import visible_to as payments_seen
from billing.payments.queries import status_of
from billing.payments.services import close_flagged
from billing.reconciliation.forms import STATES, LedgerForm, RefundForm
from billing.reconciliation.permissions import visible_to as findings_seen
from billing.reconciliation.queries import follow_up_for, ledger
from billing.reconciliation.services import settle_finding
from billing.refunds.permissions import visible_to as refunds_seen
from billing.refunds.queries import refundable
from billing.refunds.services import refund_payment, retry_refund
from billing.settlements.permissions import visible_to as events_seen
from billing.settlements.services import retry_event
from foundation import doors
from foundation.errors import Refused
from foundation.jobs import enqueue
from foundation.permissions import require

PAGE_SIZE = 25


@doors.permitted("billing.view_ledger", "payments", "list")
@never_cache
def payments(request: HttpRequest) -> HttpResponse:
    """All payments, searched and filtered by what stands in the address."""
    form = LedgerForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    words, state = asked.get("q", ""), asked.get("state", "")
    rows = ledger(request.user, words=words, state=state)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, status_of(row)) for row in page],
        "words": words,
        "state": state,
        "states": STATES,
        "waiting": follow_up_for(request.user).count,
    }
    return render(request, "billing/reconciliation/payments.html", context)


@doors.permitted("billing.view_ledger", "payments", "follow up")
@never_cache
def follow_up(request: HttpRequest) -> HttpResponse:
    """What is stuck: flagged payments, failed refunds, dead letters, findings."""
    context = {
        "follow_up": follow_up_for(request.user),
        "can_manage": request.user.has_perm("billing.manage_ledger"),
    }
    return render(request, "billing/reconciliation/follow_up.html", context)


@doors.permitted("billing.view_ledger", "payments", "read, refund", doors.FORM)
@never_cache
def payment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One payment with its refunds; billing gives money back here."""
    row = get_object_or_404(_payments(request), public_id=public_id)
    if request.method == "POST":
        require(request.user, "billing.refund_payment", row)
    left = refundable(row)
    form = RefundForm(request.POST or None, left=left, currency=row.currency)
    if request.method == "POST" and form.is_valid() and _refund(request, row, form):
        return redirect("billing:payment", public_id)
    context = {
        "payment": row,
        "visit": row.appointment,
        "status": status_of(row),
        "refunds": row.refunds.order_by("pk"),
        "form": form if left else None,
        "can_manage": request.user.has_perm("billing.manage_ledger", row),
    }
    return render(
        request,
        "billing/reconciliation/payment.html",
        context,
        status=422 if form.errors else 200,
    )


def _refund(request: HttpRequest, row: Payment, form: RefundForm) -> bool:
    """Give back what the form says, once however often it is sent."""
    said = form.cleaned_data
    try:
        refund_payment(
            actor=request.user,
            payment=row,
            amount=said["amount"],
            reason=said["reason"],
            dedupe_key=f"desk-{said['key']}",
            at=timezone.now(),
        )
    except Refused as refused:
        form.add_error("amount", str(refused))
        return False
    words = "The refund is on its way. The patient is told by e-mail."
    messages.success(request, words)
    return True


@doors.permitted(
    "billing.manage_ledger", "payments", "check with the provider", doors.POST
)
def check_payment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask the provider anew, in the background."""
    row = get_object_or_404(_payments(request), public_id=public_id)
    require(request.user, "billing.manage_ledger", row)
    enqueue("billing.settlements.tasks.ask_provider", payment_id=row.pk)
    messages.info(request, "We ask the provider now. Load the page again in a moment.")
    return redirect("billing:payment", public_id)


@doors.permitted("billing.manage_ledger", "payments", "close", doors.POST)
def close_payment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A flagged payment was looked at and put right elsewhere."""
    row = get_object_or_404(_payments(request), public_id=public_id)
    require(request.user, "billing.manage_ledger", row)
    try:
        close_flagged(actor=signed_in_user(request), payment=row)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("billing:payment", public_id)


@doors.permitted("billing.manage_ledger", "refunds", "try again", doors.POST)
def retry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Try a failed refund again."""
    row = get_object_or_404(
        refunds_seen(request.user).select_related("payment__appointment__location"),
        public_id=public_id,
    )
    require(request.user, "billing.refund_payment", row.payment)
    try:
        retry_refund(actor=request.user, refund=row, at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The refund is on its way again.")
    return redirect("billing:payment", row.payment.public_id)


@doors.permitted("billing.manage_ledger", "provider events", "try again", doors.POST)
def revive(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give a dead letter all its tries again."""
    row = get_object_or_404(events_seen(request.user), public_id=public_id)
    require(request.user, "billing.manage_ledger", row.payment)
    try:
        retry_event(actor=request.user, event=row)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The event is tried again.")
    return redirect("billing:follow_up")


@doors.permitted("billing.manage_ledger", "findings", "settle", doors.POST)
def settle(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A finding was dealt with."""
    row = get_object_or_404(findings_seen(request.user), public_id=public_id)
    require(request.user, "billing.manage_ledger", row.payment)
    settle_finding(actor=request.user, finding=row, at=timezone.now())
    return redirect("billing:follow_up")


def _payments(request: HttpRequest) -> QuerySet[Payment]:
    return payments_seen(request.user).select_related(
        "appointment__location", "appointment__doctor", "patient"
    )
