"""Who may see, join and leave the waiting list, and answer an offer."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.permissions import TREATING_ROLES, acted_on_by, acts_on
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role, places_of
from booking.appointments.permissions import DESK_ROLES
from booking.waitlist.models import EntryQuerySet, Offer, WaitlistEntry
from clinic.locations.models import Location
from foundation.permissions import predicate


def _at_the_desk(user: Any, entry: WaitlistEntry) -> bool:
    """Whoever would take any place is on the list of every desk."""
    place_id = entry.location.place_id if entry.location else None
    return has_role(user, *DESK_ROLES, place_id=place_id)


def _waits_for(user: Any, entry: WaitlistEntry) -> bool:
    return (
        has_role(user, *TREATING_ROLES)
        and entry.doctor is not None
        and entry.doctor.user_id == user.pk
    )


@predicate("booking.view_waitlist_entry")
def can_view(user: Any, entry: WaitlistEntry) -> bool:
    """The patient and who books for them; the desk there; the doctor waited for."""
    return (
        acts_on(user, entry.patient, Scope.BOOK)
        or _at_the_desk(user, entry)
        or _waits_for(user, entry)
    )


def visible_to(user: Any) -> EntryQuerySet:
    """The entries that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return WaitlistEntry.objects.none()
    own = Q(patient__in=acted_on_by(user, Scope.BOOK))
    return WaitlistEntry.objects.filter(own | _at_work(user))


def visible_at_work(user: Any) -> EntryQuerySet:
    """Those of them that `user` sees by what they do here."""
    if not user.is_authenticated or not user.is_active:
        return WaitlistEntry.objects.none()
    return WaitlistEntry.objects.filter(_at_work(user))


def _at_work(user: Any) -> Q:
    seen = Q(pk__in=[])
    if has_role(user, *DESK_ROLES):
        places = places_of(user, *DESK_ROLES)
        if places is None:
            return Q()
        seen |= Q(location=None) | Q(
            location__in=Location.objects.filter(place__in=places)
        )
    if has_role(user, *TREATING_ROLES):
        seen |= Q(doctor__user=user)
    return seen


@predicate("booking.leave_waitlist")
def can_leave(user: Any, entry: WaitlistEntry) -> bool:
    """Take it off the list: the patient, who books for them, the desk."""
    # The desk's answer costs no query.
    return _at_the_desk(user, entry) or acts_on(user, entry.patient, Scope.BOOK)


@predicate("booking.view_waitlist")
def can_view_list(user: Any, subject: object) -> bool:
    """The page at work. Each line in it is asked for by `visible_at_work`."""
    return has_role(user, *DESK_ROLES, *TREATING_ROLES)


@predicate("booking.add_to_waitlist")
def can_add(user: Any, subject: object) -> bool:
    """Put a patient on the list."""
    return has_role(user, *DESK_ROLES)


@predicate("booking.set_waitlist_rules")
def can_set_rules(user: Any, subject: object) -> bool:
    """How long an offer lasts, and to how many at once."""
    return has_role(user, Role.MEDICAL_ADMIN)


@predicate("booking.view_offer")
def can_view_offer(user: Any, offer: Offer) -> bool:
    """Whoever sees the entry that it was made to."""
    return can_view(user, offer.entry)


def visible_offers(user: Any) -> QuerySet[Offer]:
    """The offers that `user` may see; the list form of `can_view_offer`."""
    return Offer.objects.filter(entry__in=visible_to(user))


@predicate("booking.answer_offer")
def can_answer(user: Any, offer: Offer) -> bool:
    """Accept or decline, signed in: the patient and who books for them."""
    return acts_on(user, offer.entry.patient, Scope.BOOK)
