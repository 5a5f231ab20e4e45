"""Which visits lie outside the hours, what was decided on each, and what could be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from booking.appointments.models import Appointment, Status
from booking.appointments.queries import free_instead, outside_ids
from booking.strays.models import StrayDecision
from clinic.doctors.models import Doctor
from clinic.visit_types.models import Offering, VisitType
from clinic.visit_types.queries import on_offer

KEPT, OFFERED = StrayDecision.Kind.KEPT, StrayDecision.Kind.OFFERED


@dataclass(frozen=True)
class Strays:
    """The keys of visits outside the hours: those on which nobody has decided, those
    whose patient was asked to choose another time and has not, and those that stay."""

    open: list[int]
    offered: list[int]
    kept: list[int]

    @property
    def unsettled(self) -> int:
        """How many somebody still has to see to."""
        return len(self.open) + len(self.offered)


def strays_of(doctors: Iterable[Doctor], *, at: datetime) -> Strays:
    """The coming visits of `doctors` outside their hours. Three queries at most; loads
    nobody's visit, for those who may know how many there are and not whose."""
    ids = outside_ids(doctors=doctors, at=at)
    kinds = {found.appointment_id: found.kind for found in decisions_on(ids).values()}
    return Strays(
        open=[pk for pk in ids if pk not in kinds],
        offered=[pk for pk in ids if kinds.get(pk) == OFFERED],
        kept=[pk for pk in ids if kinds.get(pk) == KEPT],
    )


def decisions_on(ids: Sequence[int]) -> dict[int, StrayDecision]:
    """What was decided on these visits, by their keys. A decision on another time than
    the visit's is none."""
    if not ids:
        return {}
    rows = StrayDecision.objects.filter(
        appointment__in=ids, starts_at=F("appointment__starts_at")
    )
    return {row.appointment_id: row for row in rows}


def asked_to_choose(visit: Appointment) -> StrayDecision | None:
    """The clinic's wish that a booked visit be moved, for the visit's own page; None
    where there is none."""
    if visit.status != Status.CONFIRMED:
        return None
    rows = visit.stray_decisions.filter(kind=OFFERED, starts_at=visit.starts_at)
    return rows.first()


def can_choose(visit: Appointment) -> bool:
    """Whether its patient could choose another time online, if they were asked. With
    its visit type."""
    by_phone = visit.visit_type.booking_policy == VisitType.BookingPolicy.CALL
    is_booked = visit.status == Status.CONFIRMED and visit.patient_id is not None
    return is_booked and not by_phone and visit.most_moves > 0


def substitutes(
    visits: Sequence[Appointment], *, at: datetime
) -> dict[int, list[Offering]]:
    """Who could see each visit instead, at its own time: a doctor of a specialty of
    its doctor's, free then, who takes new patients. By the visit's key. Three queries,
    whatever the number."""
    booked = [
        visit
        for visit in visits
        if visit.status == Status.CONFIRMED and visit.starts_at > at
    ]
    doctors = {visit.doctor_id for visit in booked}
    kinds = {visit.visit_type_id for visit in booked}
    rows = Doctor.specialties.through.objects.values_list("doctor_id", "specialty_id")
    of_doctor: dict[int, set[int]] = {}
    for doctor, specialty in rows:
        of_doctor.setdefault(doctor, set()).add(specialty)
    offerings = on_offer(at.date()).filter(
        visit_type__in=kinds, doctor__takes_new_patients=True
    )
    wanted = set().union(*(of_doctor.get(pk, set()) for pk in doctors))
    near = [one for one in offerings if of_doctor.get(one.doctor_id, set()) & wanted]
    free = free_instead(near, booked, at=at)
    return {
        visit.pk: [
            one
            for one in free.get(visit.pk, [])
            if of_doctor.get(one.doctor_id, set())
            & of_doctor.get(visit.doctor_id, set())
        ]
        for visit in visits
    }
