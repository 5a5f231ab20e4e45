"""Who may see payments, pay, and look after the money."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.permissions import acted_on_by, acts_on
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role, places_of
from billing.payments.models import Payment
from booking.models import Appointment
from foundation.permissions import predicate

# They see whether a visit is paid, at their places.
STAFF_ROLES = (Role.BILLING, Role.RECEPTIONIST)


@predicate("billing.view_payment")
def can_view(user: Any, payment: Payment) -> bool:
    """The patient who pays, who acts for them, billing, and the desk of the place."""
    place_id = payment.appointment.location.place_id
    return has_role(user, *STAFF_ROLES, place_id=place_id) or acts_on(
        user, payment.patient, Scope.MONEY
    )


def visible_to(user: Any) -> QuerySet[Payment]:
    """The payments that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Payment.objects.none()
    seen = Q(patient__in=acted_on_by(user, Scope.MONEY))
    if has_role(user, *STAFF_ROLES):
        places = places_of(user, *STAFF_ROLES)
        if places is None:
            return Payment.objects.all()
        seen |= Q(appointment__location__place__in=places)
    return Payment.objects.filter(seen)


@predicate("billing.pay_appointment")
def can_pay(user: Any, appointment: Appointment) -> bool:
    """A patient pays for their own visits, and who acts for them in money."""
    return user.is_authenticated and acts_on(user, appointment.patient, Scope.MONEY)


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
