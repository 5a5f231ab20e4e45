"""Whose licence ends, and what is booked with them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q

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
    For who may not see visits there is their number alone. The queries are as many for
    one doctor as for all."""
    found = ending_licences(today=clinic_today(at))
    zone, behind = current().time_zone, Q(pk__in=[])
    for one in found:
        behind |= _behind(one.doctor, one.until, zone)
    booked = Appointment.objects.upcoming(at).filter(behind)
    numbers = Counter(booked.values_list("doctor_id", flat=True))
    visits: dict[int, list[Appointment]] = defaultdict(list)
    known = (booked & visible_at_work(user)).select_related(
        "patient", "visit_type", "location", "doctor"
    )
    for visit in known.order_by("starts_at", "pk"):
        visits[visit.doctor_id].append(visit)
    return [
        LicenceRow(one, numbers[one.doctor.pk], visits[one.doctor.pk]) for one in found
    ]


def booked_after(doctor: Doctor, last: date, *, at: datetime) -> AppointmentQuerySet:
    """The coming visits with `doctor` after the day `last` of the clinic's clock."""
    return Appointment.objects.upcoming(at).filter(
        _behind(doctor, last, current().time_zone)
    )


def _behind(doctor: Doctor, last: date, zone: str) -> Q:
    begins = datetime.combine(last + timedelta(days=1), time(), tzinfo=as_zone(zone))
    return Q(doctor=doctor, starts_at__gte=begins)
