"""Who may see payments, pay, and look after the money."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role, places_of
from billing.payments.models import Payment
from booking.models import Appointment
from foundation.permissions import predicate

# They see whether a visit is paid, at their places.
STAFF_ROLES = (Role.BILLING, Role.RECEPTIONIST)


def _is_own(user: Any, payment: Payment) -> bool:
    return payment.patient.user_id is not None and payment.patient.user_id == user.pk


@predicate("billing.view_payment")
def can_view(user: Any, payment: Payment) -> bool:
    """The patient who pays, billing, and the desk of the place."""
    place_id = payment.appointment.location.place_id
    return _is_own(user, payment) or has_role(user, *STAFF_ROLES, place_id=place_id)


def visible_to(user: Any) -> QuerySet[Payment]:
    """The payments that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Payment.objects.none()
    seen = Q(patient__user=user)
    if has_role(user, *STAFF_ROLES):
        places = places_of(user, *STAFF_ROLES)
        if places is None:
            return Payment.objects.all()
        seen |= Q(appointment__location__place__in=places)
    return Payment.objects.filter(seen)


@predicate("billing.pay_appointment")
def can_pay(user: Any, appointment: Appointment) -> bool:
    """A patient pays for their own visits."""
    patient = appointment.patient
    return patient is not None and user.is_authenticated and patient.user_id == user.pk


@predicate("billing.view_ledger")
def can_view_ledger(user: Any, subject: object) -> bool:
    """The list of payments at the clinic: who works with money or at the desk."""
    return has_role(user, *STAFF_ROLES)


@predicate("billing.manage_ledger")
def can_manage_ledger(user: Any, subject: Payment | None) -> bool:
    """The provider's words and ids, dead letters, findings: billing alone."""
    if subject is None:
        return has_role(user, Role.BILLING)
    place_id = subject.appointment.location.place_id
    return has_role(user, Role.BILLING, place_id=place_id)
