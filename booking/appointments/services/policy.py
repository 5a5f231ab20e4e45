"""What the visit type's policies make of a booking with all its details."""

from datetime import datetime, timedelta

from accounts.patients.models import CareRelation
from accounts.patients.services import open_care_relation
from booking.appointments.models import HOLD, Appointment, Status
from clinic.visit_types.models import VisitType

EVENTS: dict[str, str] = {
    Status.CONFIRMED: "appointment_confirmed",
    Status.REQUESTED: "appointment_requested",
}


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

    The visit type's hours, but not into its notice, nor past the start; whatever these
    say, as long as an ordinary hold.
    """
    kind = appointment.visit_type
    latest = appointment.starts_at - kind.minimum_notice_minutes * timedelta(minutes=1)
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
