"""Pressing the button, and waiting for what became of it."""

import logging
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone

from billing.gateways.base import GatewayError, GatewayUnavailable
from billing.gateways.stripe import hurried_gateway
from billing.payments.forms import PayForm
from billing.payments.models import Payment
from billing.payments.queries import (
    Step,
    checkout_request,
    decline_words,
    hold_words,
    progress_of,
)
from billing.payments.services import (
    NotPayable,
    attach_session,
    fail_payment,
    open_payment,
)
from billing.payments.views.tills import Till
from booking.appointments.queries import cancellation_terms, late_fee
from foundation.errors import Refused
from foundation.outages import Away, asking

log = logging.getLogger(__name__)

PROVIDER = "the payment provider"

# The waiting page asks every other second; it says so when that takes long, and
# leaves the rest to the message that we send.
SLOW_AFTER, MAX_POLLS = 15, 150


def pay_at(request: HttpRequest, till: Till) -> HttpResponse:
    progress = progress_of(till.visit, at=timezone.now())
    if progress.step is Step.LOST:
        messages.warning(request, NotPayable.sentence)
        return redirect(till.again)
    if progress.step is not Step.PAYABLE:
        return redirect(f"{till.path}return/")
    form = PayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _to_provider(request, till, form.cleaned_data["key"])
    return _page(request, till, PayForm(), progress.payment)


def _to_provider(request: HttpRequest, till: Till, key: UUID) -> HttpResponse:
    """Store the payment, then ask for its page. Nothing is locked while we wait; if we
    die in between, the same form asks again under the same key."""
    provider = hurried_gateway()
    try:
        payment = open_payment(
            actor=request.user if request.user.is_authenticated else None,
            appointment=till.visit,
            return_path=till.path,
            is_live=provider.live,
            at=timezone.now(),
            idempotency_key=key,
        )
        if payment.status == Payment.Status.OPEN and not payment.session_id:
            site = f"{request.scheme}://{request.get_host()}"
            wanted = checkout_request(payment, site=site)
            with asking(PROVIDER, silence=(GatewayUnavailable,)):
                session = provider.open_checkout(wanted)
            payment = attach_session(payment=payment, session=session)
    except Away as away:
        return _provider_trouble(request, till, payment, _unavailable(away))
    except GatewayError as error:
        return _provider_trouble(request, till, payment, error)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect(till.path)
    if payment.status != Payment.Status.OPEN:
        return redirect(f"{till.path}return/")
    return HttpResponseRedirect(payment.session_url)


def _unavailable(away: Away) -> GatewayUnavailable:
    """What the provider did, or that it was spared this time."""
    cause = away.__cause__
    if isinstance(cause, GatewayUnavailable):
        return cause
    return GatewayUnavailable(str(away), code="silent")


def _provider_trouble(
    request: HttpRequest, till: Till, payment: Payment, error: GatewayError
) -> HttpResponse:
    """Nobody was charged: say so, keep the time, offer to try again.

    As long as the provider may yet answer, the next try carries the same key.
    """
    log.warning("payment %s has no page: %s", payment.pk, error.code)
    may_answer = isinstance(error, GatewayUnavailable) and not error.is_final
    if not may_answer:
        fail_payment(payment=payment, error_code=error.code)
    form = (
        PayForm(initial={"key": payment.idempotency_key}) if may_answer else PayForm()
    )
    return _page(request, till, form, payment, is_provider_away=True)


def _page(
    request: HttpRequest,
    till: Till,
    form: PayForm,
    payment: Payment | None,
    *,
    is_provider_away: bool = False,
) -> HttpResponse:
    at = timezone.now()
    terms = cancellation_terms(till.visit, at=at)
    context = {
        "till": till,
        "visit": till.visit,
        "draft": till.draft,
        "theirs": theirs(request, till),
        "form": form,
        "free_until": terms.free_until if terms.free_until > at else None,
        "late_fee": late_fee(till.visit),
        "is_provider_away": is_provider_away,
        "is_back": "back" in request.GET,
        "declined": decline_words(payment) if payment and "back" in request.GET else "",
        "until": hold_words(till.visit, theirs=theirs(request, till), at=at),
    }
    status = 503 if is_provider_away else 200
    return render(request, "billing/payments/pay.html", context, status=status)


def return_to(request: HttpRequest, till: Till) -> HttpResponse:
    """Where the provider sends the payer. Only our own books say what is true, so this
    page waits for them, asking every few seconds; without scripts it reloads."""
    progress = progress_of(till.visit, at=timezone.now())
    if progress.step is Step.PAID:
        return _onward(request, till.done)
    if progress.step is Step.PAYABLE and progress.has_failed:
        return _onward(request, f"{till.path}?back=1")
    try:
        count = min(int(request.GET.get("n", 0)), MAX_POLLS) + 1
    except ValueError:
        count = 1
    context = {
        "till": till,
        "visit": till.visit,
        "step": progress.step.value,
        "payment": progress.payment,
        "count": count,
        "is_slow": count > SLOW_AFTER,
        "is_polling": progress.is_moving and count < MAX_POLLS,
    }
    if request.headers.get("HX-Request") and context["is_polling"]:
        if count != SLOW_AFTER + 1:
            return render(request, "billing/payments/_poll.html", context)
        return _onward(request, f"{till.path}return/?n={count - 1}")
    return render(request, "billing/payments/return.html", context)


def _onward(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect that a polling fragment follows as a whole page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def theirs(request: HttpRequest, till: Till) -> str:
    """The payer's own time zone, where we know it."""
    said = till.draft.time_zone if till.draft else ""
    return said or getattr(request.user, "time_zone", "")
