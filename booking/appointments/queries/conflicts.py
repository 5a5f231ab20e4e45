"""Which appointments would a change of the calendar leave hanging?

The functions ending in `_ids` load nobody's visit, for those who may know how many
there are and not whose.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment, AppointmentQuerySet
from booking.appointments.queries.clocks import is_off_clock
from booking.availability.queries import open_periods
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.resources.models import Room
from foundation import periods
from foundation.periods import seconds


def conflicts_of(
    *, doctor: Doctor, starts_at: datetime, ends_at: datetime, at: datetime
) -> list[Appointment]:
    """The doctor's coming visits that touch the period, in order: what time off there
    would hit. Patient, visit type and location come with them."""
    rows = _touching(doctor, starts_at, ends_at, at)
    return list(
        rows.select_related("patient", "visit_type", "location", "doctor").order_by(
            "starts_at", "pk"
        )
    )


def conflict_ids(
    *,
    doctor: Doctor,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
    location: Location | None = None,
) -> list[int]:
    """The keys of what `conflicts_of` gives, of those at `location` where it is one."""
    rows = _touching(doctor, starts_at, ends_at, at)
    if location is not None:
        rows = rows.filter(location=location)
    return list(rows.values_list("pk", flat=True))


def _touching(
    doctor: Doctor, starts_at: datetime, ends_at: datetime, at: datetime
) -> AppointmentQuerySet:
    return Appointment.objects.upcoming(at).filter(
        doctor=doctor, starts_at__lt=ends_at, ends_at__gt=starts_at
    )


def outside_hours(*, doctors: Iterable[Doctor], at: datetime) -> list[Appointment]:
    """The coming visits of `doctors` that lie outside their open periods, or at another
    hour of the clock than was agreed, in order.

    Hours, breaks, time off and closures may have changed after they were booked, and so
    may the rules of the clock (`clocks`). Two queries, whatever the number of doctors,
    and a third where there are any: a visit that is as it should be is not looked at.
    """
    ids = outside_ids(doctors=doctors, at=at)
    if not ids:
        return []
    return list(
        Appointment.objects.filter(pk__in=ids)
        .select_related("patient", "visit_type", "location", "doctor")
        .order_by("starts_at", "pk")
    )


def outside_ids(*, doctors: Iterable[Doctor], at: datetime) -> list[int]:
    """The keys of what `outside_hours` gives."""
    rows: Any = Appointment.objects.upcoming(at).filter(doctor__in=doctors)
    names = (
        "pk", "doctor_id", "location_id", "starts_at", "ends_at", "clock_offset",
        "location__time_zone",
    )  # fmt: skip
    rows = rows.order_by("starts_at", "pk")
    visits = list(rows.values_list(*names, named=True))
    if not visits:
        return []
    opened = open_periods(
        {(visit.doctor_id, visit.location_id) for visit in visits},
        starts_at=min(visit.starts_at for visit in visits),
        ends_at=max(visit.ends_at for visit in visits),
    )
    return [
        visit.pk
        for visit in visits
        if not periods.holds(
            opened.get((visit.doctor_id, visit.location_id), []),
            (seconds(visit.starts_at), seconds(visit.ends_at)),
        )
        or is_off_clock(visit.starts_at, visit.clock_offset, visit.location__time_zone)
    ]


def booked_in(room: Room, *, at: datetime) -> AppointmentQuerySet:
    """The coming visits in a room, and times held there."""
    return Appointment.objects.upcoming(at).filter(room=room)


def booked_at(location: Location, *, at: datetime) -> AppointmentQuerySet:
    """The coming visits at a location, in person or from there, and times held there
    by somebody who is just booking."""
    return Appointment.objects.upcoming(at).filter(location=location)
