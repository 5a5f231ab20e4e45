"""Who knows whom: what decides on first visits."""

from datetime import datetime

from accounts.patients.models import Patient
from booking.appointments.models import Appointment, Status

# A visit that took place, or will: whoever has one is no new patient.
_BEEN = (
    Status.CONFIRMED,
    Status.ARRIVED,
    Status.IN_CONSULTATION,
    Status.COMPLETED,
)


def doctors_seen(patient: Patient | None) -> set[int]:
    """The ids of the doctors whom the patient has seen or is booked with; nobody for
    nobody. Empty for a new patient. One query."""
    if patient is None:
        return set()
    visits = Appointment.objects.filter(patient=patient, status__in=_BEEN)
    return set(visits.values_list("doctor_id", flat=True))


def has_first_visit(patient: Patient, *, besides: Appointment, at: datetime) -> bool:
    """Whether the patient has a visit other than this one (told by its key): one that
    took place or will, or one that waits for the doctor or the payment. One query."""
    others = Appointment.objects.filter(patient=patient).exclude(
        idempotency_key=besides.idempotency_key
    )
    return (others.filter(status__in=_BEEN) | others.live(at)).exists()
