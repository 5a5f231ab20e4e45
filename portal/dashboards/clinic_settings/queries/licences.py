"""Whose licence ends, and what is booked with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from booking.appointments.models import Appointment, AppointmentQuerySet
from booking.appointments.permissions import visible_at_work
from clinic.credentials.queries import Licensed, clinic_today, ending_licences
from clinic.doctors.models import Doctor
from clinic.identity.queries import current
from foundation.formats import as_zone


@dataclass(frozen=True)
class LicenceRow:
    """One doctor. `booked` is how many visits lie after the licence's last day, and
    `visits` those of them that the reader may know."""

    licensed: Licensed
    booked: int
    visits: Sequence[Appointment]


def licensed(user: Any, *, at: datetime) -> list[LicenceRow]:
    """Every doctor whose licence is over or ends soon, with the visits behind its end.
    For who may not see visits there is their number alone."""
    found = []
    for one in ending_licences(today=clinic_today(at)):
        booked = booked_after(one.doctor, one.until, at=at)
        known = booked & visible_at_work(user)
        visits = known.select_related(
            "patient", "visit_type", "location", "doctor"
        ).order_by("starts_at", "pk")
        found.append(LicenceRow(one, booked.count(), list(visits)))
    return found


def booked_after(doctor: Doctor, last: date, *, at: datetime) -> AppointmentQuerySet:
    """The coming visits with `doctor` after the day `last` of the clinic's clock."""
    zone = as_zone(current().time_zone)
    begins = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    return Appointment.objects.upcoming(at).filter(doctor=doctor, starts_at__gte=begins)
