"""What this visitor may ask for."""

from dataclasses import dataclass
from datetime import datetime

from accounts.patients.models import Patient
from booking.appointments.queries import doctors_seen
from clinic.doctors.models import Doctor
from clinic.specialties.models import Specialty
from clinic.visit_types.models import Offering
from clinic.visit_types.queries import on_offer


@dataclass(frozen=True)
class Offers:
    """What is open to this visitor, and the doctors who are not."""

    offerings: list[Offering]
    closed: list[Doctor]


def specialties_on_offer(at: datetime) -> list[Specialty]:
    """The specialties in which somebody can be booked, by the word patients use."""
    doctors = on_offer(at.date()).values("doctor_id")
    found = Specialty.objects.filter(doctors__in=doctors).distinct()
    return list(found.order_by("plain_name"))


def offers(
    *,
    patient: Patient | None,
    at: datetime,
    service: str = "",
    specialty: str = "",
    doctor: str = "",
    language: str = "",
    mode: str = "",
) -> Offers:
    """What this visitor may ask for, narrowed down by slugs, by the code of a language
    that the doctor speaks, and by the mode of the visit.

    Doctors who take no new patients are for those they know, and so the other way
    round for first visits. Visitors who are not signed in count as new.
    """
    found = on_offer(at.date()).prefetch_related(
        "doctor__specialties", "visit_type__specialties"
    )
    if service:
        found = found.filter(visit_type__slug=service)
    if doctor:
        found = found.filter(doctor__slug=doctor)
    if specialty:
        found = found.filter(doctor__specialties__slug=specialty)
    if language:
        found = found.filter(doctor__languages__contains=[language])
    if mode:
        found = found.filter(visit_type__mode=mode)
    asked = [one for one in found if _is_of(one, specialty)]
    seen = doctors_seen(patient)
    opened = [one for one in asked if _is_open(one, seen)]
    names = {one.doctor_id: one.doctor for one in asked if not _takes(one.doctor, seen)}
    return Offers(opened, list(names.values()))


def _is_of(offering: Offering, specialty: str) -> bool:
    """A doctor of two specialties sees people for a visit in its own one only."""
    kinds = [kind.slug for kind in offering.visit_type.specialties.all()]
    return not specialty or not kinds or specialty in kinds


def _takes(doctor: Doctor, seen: set[int]) -> bool:
    return doctor.takes_new_patients or doctor.pk in seen


def _is_open(offering: Offering, seen: set[int]) -> bool:
    if offering.visit_type.new_patients_only and seen:
        return False
    return _takes(offering.doctor, seen)
