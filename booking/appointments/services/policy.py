"""What the visit type's policies make of a booking with all its details."""

from datetime import datetime, timedelta
from typing import Any

from accounts.patients.models import CareRelation, Patient
from accounts.patients.queries import patient_of
from accounts.patients.services import open_care_relation
from accounts.users.models import User
from booking.appointments.models import HOLD, Appointment, Status
from booking.appointments.queries import doctors_seen, has_first_visit, priced_for
from booking.appointments.services.refusals import NewPatientsOnly, NotTakingPatients
from booking.appointments.services.state import expire_using
from clinic.visit_types.models import Offering, VisitType
from clinic.visit_types.queries import notice_of

EVENTS: dict[str, str] = {
    Status.CONFIRMED: "appointment_confirmed",
    Status.REQUESTED: "appointment_requested",
}


def check_acquaintance(
    offering: Offering, *, actor: Any, patient: Patient | None = None
) -> None:
    """Refuse a hold by somebody whom the offering is not for: a known patient what is
    only for new ones, a new one a doctor who takes none. Visitors who are not signed in
    count as new. With `patient` it is for them, not for the actor. Raises
    NewPatientsOnly or NotTakingPatients."""
    for_new, takes_new = (
        offering.visit_type.new_patients_only,
        offering.doctor.takes_new_patients,
    )
    if takes_new and not for_new:
        return
    if patient is None:
        patient = patient_of(actor) if isinstance(actor, User) else None
    seen = doctors_seen(patient)
    if for_new and seen:
        raise NewPatientsOnly
    if not takes_new and offering.doctor_id not in seen:
        raise NotTakingPatients


def check_first_visit(
    kind: VisitType, patient: Patient, *, besides: Appointment, at: datetime
) -> None:
    """Raise NewPatientsOnly if `kind` is for first visits and the patient has one,
    besides this one, behind or before them. The caller has locked the calendar of the
    patient, so that two first visits cannot be made at once."""
    if kind.new_patients_only and has_first_visit(patient, besides=besides, at=at):
        raise NewPatientsOnly


def set_price(appointment: Appointment, patient: Patient, *, at: datetime) -> list[str]:
    """Give a visit that is not booked yet the price that it has for this patient: less
    where it follows another one. Returns the names of the fields that it set. The
    caller has locked the patient's calendar; a hold that used the same visit and has
    lapsed makes room."""
    fields = priced_for(appointment, patient, at=at)
    for name, value in fields.items():
        setattr(appointment, name, value)
    if appointment.follows_id is not None:
        expire_using(appointment, at=at)
    return list(fields)


def status_by_policy(appointment: Appointment, kind: VisitType) -> Status:
    """Where a booking with all its details goes: the doctor, the till, or done."""
    if kind.booking_policy == VisitType.BookingPolicy.REQUEST:
        return Status.REQUESTED
    return Status.HELD if awaits_payment(appointment) else Status.CONFIRMED


def awaits_payment(appointment: Appointment) -> bool:
    """Whether it is confirmed by a payment only."""
    before = VisitType.PaymentPolicy.BEFORE
    return appointment.payment_policy == before and appointment.price > 0


def payment_deadline(appointment: Appointment, *, at: datetime) -> datetime:
    """Until when an unpaid visit is held.

    The visit type's hours, but not into the notice, its own or the location's, nor past
    the start; whatever these say, as long as an ordinary hold.
    """
    kind = appointment.visit_type
    latest = appointment.starts_at - notice_of(appointment)
    wanted = at + timedelta(hours=kind.payment_deadline_hours)
    return max(min(wanted, latest, appointment.starts_at), at + HOLD)


def open_to_doctor(appointment: Appointment, *, at: datetime) -> None:
    """Let the doctor reach the patient's data, once it is more than a hold."""
    if appointment.status == Status.HELD or appointment.patient is None:
        return
    user = appointment.doctor.user
    if user is not None:
        open_care_relation(
            patient=appointment.patient,
            user=user,
            source=CareRelation.Source.VISIT,
            at=at,
        )
