"""What can be waited for."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.patients.models import Patient
from booking.appointments.queries import doctors_seen
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.specialties.models import Specialty
from clinic.visit_types.models import Offering, VisitType
from clinic.visit_types.queries import on_offer


@dataclass(frozen=True)
class Open:
    """Whom a patient can wait for, for one visit type, and where."""

    visit_type: VisitType
    doctors: list[Doctor]
    specialties: list[Specialty]
    locations: list[Location]


def waited_for(at: datetime) -> QuerySet[Offering]:
    """What is on offer at locations that keep a waiting list."""
    return on_offer(at.date()).filter(location__has_waitlist=True)


def kinds_on_list(at: datetime) -> list[VisitType]:
    """The visit types that can be waited for, by name."""
    rows = VisitType.objects.filter(offerings__in=waited_for(at)).distinct()
    return list(
        rows.exclude(booking_policy=VisitType.BookingPolicy.CALL).order_by("name")
    )


def open_to(patient: Patient, *, service: str, at: datetime) -> Open | None:
    """The doctors, specialties and places of the visit type with this slug, as far as
    they see this patient; None where there are none. Five queries at most."""
    rows = waited_for(at).filter(visit_type__slug=service)
    rows = rows.exclude(visit_type__booking_policy=VisitType.BookingPolicy.CALL)
    seen = doctors_seen(patient)
    found = [
        one
        for one in rows.prefetch_related(
            "doctor__specialties", "visit_type__specialties"
        )
        if one.doctor.takes_new_patients or one.doctor_id in seen
    ]
    if not found or (found[0].visit_type.new_patients_only and seen):
        return None
    kind = found[0].visit_type
    doctors = {one.doctor_id: one.doctor for one in found}
    own = {one.pk for one in kind.specialties.all()}
    fields = {
        specialty.pk: specialty
        for doctor in doctors.values()
        for specialty in doctor.specialties.all()
        if not own or specialty.pk in own
    }
    places = {one.location_id: one.location for one in found}
    return Open(
        kind,
        sorted(doctors.values(), key=lambda one: (one.last_name, one.first_name)),
        sorted(fields.values(), key=lambda one: one.plain_name),
        sorted(places.values(), key=lambda one: one.name),
    )
