"""Who may say what a visit was like, and who decides what is shown."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.permissions import acted_on_by, acts_on
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role, places_of
from booking.appointments.models import Appointment, Status
from booking.reviews.models import Review
from foundation.permissions import predicate


@predicate("booking.write_review")
def can_write(user: Any, appointment: Appointment) -> bool:
    """Who had the visit, once it is done, or acts for them."""
    return appointment.status == Status.COMPLETED and acts_on(
        user, appointment.patient, Scope.BOOK
    )


@predicate("booking.moderate_reviews")
def can_moderate(user: Any, subject: object) -> bool:
    """Medical administration, which is not reviewed itself and may read what people
    write about their health; neither the desk nor editors. Asked about a review: of
    its places, and nobody what is said about themselves, or what is theirs to write."""
    if not isinstance(subject, Review):
        return has_role(user, Role.MEDICAL_ADMIN)
    place_id = subject.appointment.location.place_id
    is_about = subject.doctor.user_id == getattr(user, "pk", None)
    if is_about or acts_on(user, subject.appointment.patient, Scope.BOOK):
        return False
    return has_role(user, Role.MEDICAL_ADMIN, place_id=place_id)


@predicate("booking.view_review")
def can_view(user: Any, review: Review) -> bool:
    """Its author, who acts for them, and who decides about it. What is shown everybody
    reads, without its author."""
    return can_moderate(user, review) or acts_on(
        user, review.appointment.patient, Scope.BOOK
    )


def visible_to(user: Any) -> QuerySet[Review]:
    """The reviews that `user` may see with their visit; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Review.objects.none()
    own = Q(appointment__patient__in=acted_on_by(user, Scope.BOOK))
    return Review.objects.filter(own | _moderated(user))


def moderated_by(user: Any) -> QuerySet[Review]:
    """The reviews that `user` decides about."""
    return Review.objects.filter(_moderated(user))


def _moderated(user: Any) -> Q:
    if not can_moderate(user, None):
        return Q(pk__in=[])
    theirs = ~Q(doctor__user=user) | Q(doctor__user=None)
    theirs &= ~Q(appointment__patient__in=acted_on_by(user, Scope.BOOK))
    places = places_of(user, Role.MEDICAL_ADMIN)
    if places is None:
        return theirs
    return theirs & Q(appointment__location__place__in=places)
