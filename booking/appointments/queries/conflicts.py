"""Which appointments would a change of the calendar leave hanging?"""

from collections.abc import Iterable
from datetime import datetime

from booking.appointments.models import Appointment
from booking.availability.queries import open_periods
from clinic.doctors.models import Doctor
from foundation import periods
from foundation.periods import seconds


def conflicts_of(
    *, doctor: Doctor, starts_at: datetime, ends_at: datetime, at: datetime
) -> list[Appointment]:
    """The doctor's coming visits that touch the period, in order: what time off there
    would hit. Patient, visit type and location come with them."""
    return list(
        Appointment.objects.upcoming(at)
        .filter(doctor=doctor, starts_at__lt=ends_at, ends_at__gt=starts_at)
        .select_related("patient", "visit_type", "location", "doctor")
        .order_by("starts_at", "pk")
    )


def outside_hours(*, doctors: Iterable[Doctor], at: datetime) -> list[Appointment]:
    """The coming visits of `doctors` that lie outside their open periods, in order.

    Hours, breaks, time off and closures may have changed after they were booked. Two
    queries, whatever the number of doctors.
    """
    visits = list(
        Appointment.objects.upcoming(at)
        .filter(doctor__in=doctors)
        .select_related("patient", "visit_type", "location", "doctor")
        .order_by("starts_at", "pk")
    )
    if not visits:
        return []
    opened = open_periods(
        {(visit.doctor_id, visit.location_id) for visit in visits},
        starts_at=min(visit.starts_at for visit in visits),
        ends_at=max(visit.ends_at for visit in visits),
    )
    return [
        visit
        for visit in visits
        if not periods.covers(
            opened.get((visit.doctor_id, visit.location_id), []),
            (seconds(visit.starts_at), seconds(visit.ends_at)),
        )
    ]
