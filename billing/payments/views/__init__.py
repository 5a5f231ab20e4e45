"""Paying for a visit: from the booking, from the portal, or from a link in a message.

Each of the three has a pay page and, beside it under return/, the page that the
provider sends the payer back to. Cards are typed at the provider only.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from accounts.proxies.queries import show_as
from billing.payments.permissions import visible_to
from billing.payments.queries import status_of
from billing.payments.views.paying import pay_at, return_to
from billing.payments.views.tills import till_of_draft, till_of_link, till_of_portal
from foundation import doors


@doors.everybody("payments", "pay", doors.FORM)
@never_cache
def pay(request: HttpRequest, token: UUID) -> HttpResponse:
    """The last step of a booking. Before the details are given, leads back to them."""
    till = till_of_draft(request, token)
    if till is None:
        return redirect("booking:draft_check", token)
    return pay_at(request, till)


@doors.everybody("payments", "pay")
@never_cache
def pay_return(request: HttpRequest, token: UUID) -> HttpResponse:
    till = till_of_draft(request, token)
    if till is None:
        return redirect("booking:draft_check", token)
    return return_to(request, till)


@doors.signed_in("payments", "pay", doors.FORM)
@never_cache
def pay_appointment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pay for one's visit from the portal, say after a request was approved."""
    return pay_at(request, till_of_portal(request, public_id))


@doors.signed_in("payments", "pay")
@never_cache
def pay_appointment_return(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return return_to(request, till_of_portal(request, public_id))


@doors.everybody("payments", "pay", doors.FORM)
@never_cache
def pay_managed(request: HttpRequest, signed: str) -> HttpResponse:
    """Pay from the signed link of a message, without signing in."""
    return pay_at(request, till_of_link(signed))


@doors.everybody("payments", "pay")
@never_cache
def pay_managed_return(request: HttpRequest, signed: str) -> HttpResponse:
    return return_to(request, till_of_link(signed))


@doors.signed_in("payments", "read the receipt")
@never_cache
def receipt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was paid and what went back, on one page that prints."""
    rows = visible_to(request.user).select_related(
        "appointment__doctor", "appointment__location", "patient"
    )
    payment = get_object_or_404(
        rows.filter(paid_at__isnull=False).prefetch_related("refunds"),
        public_id=public_id,
    )
    show_as(request, payment.patient)
    context = {
        "payment": payment,
        "visit": payment.appointment,
        "refunds": [row for row in payment.refunds.all() if row.status != "FAILED"],
        "status": status_of(payment),
    }
    return render(request, "billing/payments/receipt.html", context)
