"""What the desk sees: every visit at its places, and where times are free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Patient
from accounts.users.models import Role
from accounts.users.permissions import places_of
from billing.payments.queries import PaymentState, payment_states
from booking.appointments.models import Appointment, Status
from booking.appointments.permissions import DESK_ROLES, visible_to
from booking.appointments.queries import Slot, free_slots, next_free, shared_ids
from booking.disruptions.models import Disruption
from booking.disruptions.queries import delay_among, delays_of
from booking.queue.queries import rule_book
from clinic.locations.models import Location
from clinic.visit_types.models import Offering
from foundation.formats import local
from portal.dashboards.my_day.queries import bounds
from portal.dashboards.visits.queries import Step, moves

SHOWN = tuple(status for status in Status if status != Status.EXPIRED)
DAYS_SHOWN = 7


@dataclass(frozen=True)
class Row:
    """One visit in the desk's list."""

    appointment: Appointment
    moves: list[Step]
    payment: PaymentState
    is_shared: bool = False
    delay: Disruption | None = None


def locations_with(user: Any, *roles: str) -> QuerySet[Location]:
    """The open locations at which `user` has one of `roles`, by name."""
    rows = Location.objects.filter(is_active=True).order_by("name")
    places = places_of(user, *roles)
    return rows if places is None else rows.filter(place__in=places)


def locations_of(user: Any) -> QuerySet[Location]:
    """The locations whose visits `user` lists: those of the desk, and who nurses or
    sees to the money there."""
    return locations_with(user, *DESK_ROLES, Role.NURSE, Role.BILLING)


def locations_of_desk(user: Any) -> QuerySet[Location]:
    """The locations whose desk `user` works at."""
    return locations_with(user, *DESK_ROLES)


def visits_on(
    user: Any,
    *,
    day: date,
    zone: str,
    locations: QuerySet[Location],
    doctor_id: int | None = None,
    status: str = "",
    words: str = "",
) -> QuerySet[Appointment]:
    """The visits of one day in the IANA zone, in order of time.

    With `words` any day counts: a reference, or the beginning of a patient's name.
    """
    rows = visible_to(user).filter(location__in=locations, patient__isnull=False)
    if words:
        rows = rows.filter(_about(words))
    else:
        first, after = bounds(day, zone)
        rows = rows.filter(starts_at__gte=first, starts_at__lt=after)
    rows = rows.filter(status__in=[status] if status in SHOWN else SHOWN)
    if doctor_id is not None:
        rows = rows.filter(doctor=doctor_id)
    return rows.select_related(
        "patient", "doctor", "visit_type", "location", "room", "turn"
    ).order_by("-starts_at" if words else "starts_at", "pk")


def _about(words: str) -> Q:
    meaning = Q(reference__iexact=words.strip())
    named = Q()
    for word in words.split():
        named &= Q(patient__last_name__istartswith=word) | Q(
            patient__first_name__istartswith=word
        )
    return meaning | named


def rows_of(user: Any, visits: Sequence[Appointment], *, at: datetime) -> list[Row]:
    """The visits with their money, by how much they are later, and what can be done
    now. Five queries at most."""
    states, shared, book = payment_states(visits), shared_ids(visits), rule_book()
    delays = delays_of({visit.doctor_id for visit in visits}, at=at)
    return [
        Row(
            appointment=visit,
            moves=moves(visit, at=at, book=book)
            if user.has_perm("booking.move_appointment", visit)
            else [],
            payment=states[visit.pk],
            is_shared=visit.pk in shared,
            delay=delay_among(delays, visit),
        )
        for visit in visits
    ]


def offerings_at(
    locations: QuerySet[Location],
    *,
    visit_type_id: int | None,
    doctor_id: int | None,
    on: date,
) -> list[Offering]:
    """What can be booked at these locations; the desk also books what is "by phone"."""
    rows = Offering.objects.filter(
        is_active=True, visit_type__is_active=True, location__in=locations
    ).filter(Q(doctor__left_date=None) | Q(doctor__left_date__gt=on))
    if visit_type_id is not None:
        rows = rows.filter(visit_type=visit_type_id)
    if doctor_id is not None:
        rows = rows.filter(doctor=doctor_id)
    return list(
        rows.select_related("doctor", "visit_type", "location").order_by(
            "doctor__last_name", "visit_type__name", "pk"
        )
    )


def soonest(
    offerings: Sequence[Offering], *, patient: Patient, at: datetime
) -> list[tuple[Offering, Slot]]:
    """For each doctor the first free time, the soonest first. At most two queries."""
    found = next_free(offerings, at=at, patient=patient, for_desk=True)
    by_id = {offering.pk: offering for offering in offerings}
    pairs = [(by_id[slot.offering_id], slot) for slot in found.values()]
    return sorted(pairs, key=lambda pair: pair[1].starts_at)


def times_by_day(
    offering: Offering,
    *,
    patient: Patient,
    first: date,
    at: datetime,
    besides: int | None = None,
) -> list[tuple[date, list[Slot]]]:
    """The free times of a week from `first` on, by the location's days; for a visit
    that moves its key is `besides`. One query."""
    zone = offering.location.time_zone
    after, _ = bounds(first, zone)
    _, until = bounds(first + timedelta(days=DAYS_SHOWN - 1), zone)
    slots = free_slots(
        [offering],
        after=after,
        until=until,
        at=at,
        patient=patient,
        for_desk=True,
        besides=besides,
    )[offering.pk]
    days: dict[date, list[Slot]] = {
        first + timedelta(days=number): [] for number in range(DAYS_SHOWN)
    }
    for slot in slots:
        days[local(slot.starts_at, zone).date()].append(slot)
    return list(days.items())


def namesakes(first_name: str, last_name: str, birth_date: date) -> list[Patient]:
    """Patients who may be the same person: born that day, with that family name."""
    return list(
        Patient.objects.filter(birth_date=birth_date, merged_into=None)
        .filter(
            Q(last_name__iexact=last_name)
            | Q(first_name__iexact=first_name, last_name__istartswith=last_name[:2])
        )
        .order_by("last_name", "first_name")[:5]
    )
