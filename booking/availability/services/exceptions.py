"""Time off and extra hours, beside the week."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from audit.services import record
from booking.availability.models import AvailabilityException
from booking.availability.services.locking import lock_calendars
from booking.availability.services.refusals import EndsBeforeStart, ExtraHoursTooLong
from clinic.doctors.models import Doctor
from clinic.locations.models import Location


@transaction.atomic
def add_time_off(
    *,
    actor: Any,
    doctor: Doctor,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    location: Location | None = None,
) -> AvailabilityException:
    """Close the doctor's calendar between two instants, everywhere or at `location`.

    Appointments in that time stay; ask `conflicts_of` for them, before and after.
    """
    return _add_exception(
        actor=actor,
        doctor=doctor,
        kind=AvailabilityException.Kind.CLOSED,
        location=location,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
    )


@transaction.atomic
def add_extra_hours(
    *,
    actor: Any,
    doctor: Doctor,
    location: Location,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> AvailabilityException:
    """Open the doctor's calendar at `location` between two instants, beyond the week.

    At most 24 hours. Time off and the clinic's closures win over it.
    """
    if ends_at - starts_at > timedelta(hours=24):
        raise ExtraHoursTooLong
    return _add_exception(
        actor=actor,
        doctor=doctor,
        kind=AvailabilityException.Kind.EXTRA,
        location=location,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
    )


def _add_exception(
    *,
    actor: Any,
    doctor: Doctor,
    kind: str,
    location: Location | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> AvailabilityException:
    if ends_at <= starts_at:
        raise EndsBeforeStart
    # Behind this lock no booking is half made: it sees the time off, or is listed.
    lock_calendars(doctor_ids=[doctor.pk])
    made = AvailabilityException.objects.create(
        doctor=doctor,
        kind=kind,
        location=location,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        created_by=actor,
    )
    record(
        actor=actor,
        verb="availability.exception_added",
        subject=made,
        detail={"doctor": doctor.pk, "kind": str(kind)},
    )
    return made


@transaction.atomic
def remove_exception(*, actor: Any, exception: AvailabilityException) -> None:
    """Take time off or extra hours back. What was booked in extra hours stays."""
    lock_calendars(doctor_ids=[exception.doctor_id])
    record(
        actor=actor,
        verb="availability.exception_removed",
        subject=exception,
        detail={"doctor": exception.doctor_id, "kind": exception.kind},
    )
    exception.delete()
