"""Follow-ups: which finished visit one would follow, and what it costs then."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from accounts.patients.models import Patient
from booking.appointments.models import (
    LIVE,
    Appointment,
    AppointmentQuerySet,
    Status,
)
from clinic.doctors.models import Doctor
from clinic.visit_types.models import VisitType
from clinic.visit_types.queries import follow_up_price
from foundation.formats import as_zone, local, money

# In these a follow-up uses its visit up; one that ended before gives it back.
USING = (*LIVE, Status.COMPLETED, Status.MISSED)


class FollowUp(NamedTuple):
    """A finished visit that may still be followed, and until when (aware UTC,
    exclusive) the follow-up may begin."""

    visit: Appointment
    until: datetime


def last_day_of(visit: Appointment, kind: VisitType) -> date:
    """The last day on which a follow-up of the kind counts: so many days after the
    visit's own, by the clock of where it took place."""
    day = local(visit.starts_at, visit.location.time_zone).date()
    return day + timedelta(days=kind.follow_up_days or 0)


def until_of(visit: Appointment, kind: VisitType) -> datetime:
    """The end of that day there."""
    after = last_day_of(visit, kind) + timedelta(days=1)
    return datetime.combine(after, time(), tzinfo=as_zone(visit.location.time_zone))


def follow_ups_open(
    patient: Patient | None,
    *,
    kind: VisitType,
    doctors: Iterable[Doctor],
    at: datetime,
    besides: int | None = None,
) -> dict[int, FollowUp]:
    """The visit of `patient` that a visit of this kind would follow, by the id of the
    doctor whom they would see: the one that leaves most time.

    It is finished, with that doctor or in a specialty of theirs as the kind says, is no
    follow-up itself, and no other one uses it; `besides` is the key of one that does
    not count. Two queries at most, none where the kind knows no follow-ups.
    """
    if patient is None or kind.follow_up_days is None:
        return {}
    by_specialty = kind.follow_up_of == VisitType.FollowUpOf.SPECIALTY
    rows = _finished(patient, kind, at=at, besides=besides)
    if by_specialty:
        rows = rows.prefetch_related("doctor__specialties")
    visits = list(rows)
    found = {}
    for doctor in doctors if visits else ():
        mine = {one.pk for one in doctor.specialties.all()} if by_specialty else set()
        fitting = [
            FollowUp(visit, until_of(visit, kind))
            for visit in visits
            if visit.doctor_id == doctor.pk
            or (by_specialty and mine & {s.pk for s in visit.doctor.specialties.all()})
        ]
        if fitting:
            found[doctor.pk] = max(fitting, key=lambda one: (one.until, one.visit.pk))
    return found


def _finished(
    patient: Patient, kind: VisitType, *, at: datetime, besides: int | None
) -> AppointmentQuerySet:
    users = Appointment.objects.filter(patient=patient, status__in=USING)
    users = users.exclude(status=Status.HELD, hold_expires_at__lte=at)
    if besides is not None:
        users = users.exclude(pk=besides)
    used = users.filter(follows__isnull=False).values("follows")
    since = at - timedelta(days=(kind.follow_up_days or 0) + 2)
    rows = Appointment.objects.filter(
        ~Q(pk__in=used),
        patient=patient,
        status=Status.COMPLETED,
        is_follow_up=False,
        starts_at__gte=since,
        starts_at__lte=at,
    )
    return rows.select_related("location", "doctor", "visit_type")


def followed_by(
    appointment: Appointment, patient: Patient | None, *, at: datetime
) -> FollowUp | None:
    """What `appointment` would follow if it were this patient's; None where it begins
    too late."""
    found = follow_ups_open(
        patient,
        kind=appointment.visit_type,
        doctors=[appointment.doctor],
        at=at,
        besides=appointment.pk,
    ).get(appointment.doctor_id)
    return found if found and appointment.starts_at < found.until else None


def full_price_of(appointment: Appointment) -> Decimal:
    """What it costs, or would if it were no follow-up."""
    full = appointment.full_price
    return appointment.price if full is None else full


def priced_for(
    appointment: Appointment, patient: Patient | None, *, at: datetime
) -> dict[str, object]:
    """What the price of a visit that is not booked yet becomes if it is this patient's,
    by field: less where it follows another one, or where the desk granted that."""
    full, kind = full_price_of(appointment), appointment.visit_type
    found = followed_by(appointment, patient, at=at)
    granted = appointment.is_follow_up and appointment.follows_id is None
    is_one = bool(full) and (found is not None or granted)
    return {
        "is_follow_up": is_one,
        "follows": found.visit if found and is_one else None,
        "full_price": full if is_one else None,
        "price": follow_up_price(kind, full) if is_one else full,
    }


def show_price(
    appointment: Appointment, patient: Patient | None, *, at: datetime
) -> None:
    """Let a time that is held show what it costs this patient. Nothing is written: the
    booking itself decides."""
    for name, value in priced_for(appointment, patient, at=at).items():
        setattr(appointment, name, value)


def leaves_window(appointment: Appointment, starts_at: datetime) -> bool:
    """Whether a follow-up would be none any more if it began then. What the desk
    granted is one at any time."""
    visit = appointment.follows
    if visit is None:
        return False
    return starts_at >= until_of(visit, appointment.visit_type)


def why_stays(appointment: Appointment, starts_at: datetime) -> str:
    """Why a patient cannot move a follow-up beyond its last day: they have paid a part
    of the price, and would owe the rest. "" where they can."""
    prepaid = appointment.payment_policy == VisitType.PaymentPolicy.BEFORE
    is_paid = appointment.status == Status.CONFIRMED and prepaid and appointment.price
    if not (is_paid and leaves_window(appointment, starts_at)):
        return ""
    full, currency = full_price_of(appointment), appointment.currency
    rest = money(full - appointment.price, currency, exact=True)
    return (
        f"Then it would be no follow-up any more and cost {rest} more than you paid."
        " Choose an earlier time, or call us."
    )
