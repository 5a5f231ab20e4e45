"""Which times are offered for a visit that the clinic had to cancel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from booking.alternatives.models import Alternative
from booking.appointments.models import Appointment, Party, Status
from booking.appointments.queries import Slot, doctors_seen, free_slots
from booking.openings.queries import Opening, as_opening
from clinic.visit_types.models import Offering
from clinic.visit_types.queries import on_offer

# How far around the cancelled time is looked, and how many are shown of each kind.
BEFORE, AFTER = timedelta(days=14), timedelta(days=28)
SHOWN = 5


@dataclass(frozen=True)
class Offered:
    """Free times near the one that was cancelled, in order of time: with the same
    doctor, and with others of the specialty, those at the same place first."""

    same: list[Opening]
    others: list[Opening]


def may_choose(visit: Appointment) -> bool:
    """Whether times are offered for it: the clinic cancelled it, and it had a patient.
    Whether somebody has answered, `answer_to` says."""
    by_clinic = visit.cancelled_by == Party.CLINIC
    return visit.status == Status.CANCELLED and by_clinic and bool(visit.patient_id)


def answer_to(visit: Appointment) -> Alternative | None:
    """What was chosen instead of a cancelled visit; None while nobody has."""
    rows = Alternative.objects.filter(appointment=visit).select_related(
        "chosen__location"
    )
    return rows.first()


def substitutes_for(visit: Appointment, *, at: datetime) -> list[Offering]:
    """Where the same kind of visit can be had: with the same doctor anywhere, then with
    doctors of a specialty of theirs who take this patient. The visit's own place comes
    first. Three queries."""
    specialties = list(visit.doctor.specialties.values_list("pk", flat=True))
    known = doctors_seen(visit.patient) | {visit.doctor_id}
    rows = (
        on_offer(at.date())
        .filter(visit_type=visit.visit_type_id)
        .filter(Q(doctor=visit.doctor_id) | Q(doctor__specialties__in=specialties))
        .filter(Q(doctor__takes_new_patients=True) | Q(doctor__in=known))
        .distinct()
    )
    return sorted(
        rows,
        key=lambda one: (
            one.doctor_id != visit.doctor_id,
            one.location_id != visit.location_id,
            one.pk,
        ),
    )


def alternatives(visit: Appointment, *, at: datetime) -> Offered:
    """The nearest free times for a cancelled visit, as of `at`: as anybody may book
    them, within notice and horizon. Four queries."""
    offerings = substitutes_for(visit, at=at)
    found = free_slots(
        offerings,
        after=max(at, visit.starts_at - BEFORE),
        until=max(at, visit.starts_at) + AFTER,
        at=at,
        patient=visit.patient,
    )
    by_id = {one.pk: one for one in offerings}
    same, near, far = [], [], []
    for offering in offerings:
        if offering.doctor_id == visit.doctor_id:
            same += found[offering.pk]
        elif offering.location_id == visit.location_id:
            near += found[offering.pk]
        else:
            far += found[offering.pk]
    others = _nearest(near, visit)
    others += _nearest(far, visit)[: SHOWN - len(others)]
    return Offered(_shown(_nearest(same, visit), by_id), _shown(others, by_id))


def _nearest(slots: list[Slot], visit: Appointment) -> list[Slot]:
    return sorted(slots, key=lambda slot: abs(slot.starts_at - visit.starts_at))[:SHOWN]


def _shown(slots: list[Slot], offerings: Mapping[int, Offering]) -> list[Opening]:
    return [as_opening(slot, offerings) for slot in sorted(slots)]
