"""Whose calendar is shown, and what of it this person may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from booking.appointments.models import Appointment, Status
from booking.appointments.permissions import visible_at_work
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.resources.models import Room
from portal.dashboards.schedule.queries import Calendar, calendars_of

# These take no time any more, and are on no calendar.
GONE = (Status.EXPIRED, Status.DECLINED, Status.CANCELLED)


@dataclass(frozen=True)
class Scope:
    """What a calendar shows, in the IANA `zone`: everybody at `locations`, or one
    doctor or room of it. With `own` the doctor looks at it, wherever they work."""

    user: Any
    zone: str
    locations: Sequence[Location] = ()
    doctor: Doctor | None = None
    room: Room | None = None
    own: bool = False

    @property
    def places(self) -> list[int] | None:
        """The keys of the locations shown; None where all of a doctor's are."""
        return None if self.own else [location.pk for location in self.locations]

    def visits(
        self, first: datetime, after: datetime, *, at: datetime
    ) -> QuerySet[Appointment]:
        """The visits that begin in a span and are on a calendar, in order of time, and
        times that are just being booked, which have no patient yet."""
        rows = visible_at_work(self.user).filter(
            starts_at__gte=first, starts_at__lt=after
        )
        if not self.own:
            rows = rows.filter(location__in=self.locations)
        if self.doctor is not None:
            rows = rows.filter(doctor=self.doctor)
        if self.room is not None:
            rows = rows.filter(room=self.room)
        return (
            rows.exclude(status__in=GONE)
            .exclude(status=Status.HELD, hold_expires_at__lte=at)
            .select_related("patient", "visit_type", "location", "room", "doctor")
            .order_by("starts_at", "pk")
        )

    def doctors(self, visits: Sequence[Appointment]) -> list[Doctor]:
        """Whose columns there could be: who offers something here, and whoever has a
        visit here. One query at most."""
        if self.doctor is not None:
            return [self.doctor]
        here = Q(offerings__is_active=True, offerings__location__in=self.locations)
        busy = Q(pk__in={visit.doctor_id for visit in visits})
        rows = Doctor.objects.filter(here | busy).distinct()
        return list(rows.order_by("last_name", "first_name", "pk"))

    def calendars(
        self, doctors: Sequence[Doctor], first: datetime, after: datetime
    ) -> dict[int, Calendar]:
        """When they are open here, by their keys. Seven queries at most."""
        return calendars_of(doctors, first, after, zone=self.zone, shown=self.places)
