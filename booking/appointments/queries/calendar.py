"""Everything that decides on a doctor's free time, brought by one statement."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from accounts.patients.models import Patient
from booking.appointments.models import Appointment
from booking.appointments.queries.fits import Facts, Fit, Fits
from booking.appointments.queries.resources import ROOM
from booking.appointments.queries.statements import (
    BUSY,
    CALENDAR,
    CALENDAR_WITH_PATIENT,
    DOCTORS,
    DOCTORS_WITH_PATIENT,
    FULL,
    OFFERING,
    PATIENT_BUSY,
)
from booking.availability.queries import Sources
from clinic.visit_types.models import Offering
from foundation import periods
from foundation.periods import DAY, MINUTE, Period, seconds
from foundation.sql import fetch

# How long one moment is, to the second.
INSTANT = timedelta(seconds=1)
# Loaded beyond what is asked, either side: a start inside the window belongs to a
# period that may begin and end outside of it.
MARGIN = timedelta(days=2)


class Calendar:
    """What one statement brought, ready to be asked for one offering after another."""

    def __init__(self, rows: list[tuple[Any, ...]], first: int, last: int) -> None:
        self.facts: list[Facts] = []
        self._doctors: dict[int, list[Period]] = defaultdict(list)
        self.patient: list[Period] = []
        self._full: dict[int, list[Period]] = defaultdict(list)
        self._busy: dict[tuple[int, int | None], list[Period]] = {}
        self._fits = Fits((first, last))
        sources = Sources()
        for row in rows:
            if row[0] < OFFERING:
                sources.add(row)
            elif row[0] > FULL:
                self._fits.add(row)
            else:
                self._add(row)
        self.facts = [one for one in self.facts if self._fits.suits(one)]
        if limits := sources.limits():
            self.facts = [_within(one, limits) for one in self.facts]
        self._open = sources.expand(first, last)

    def _add(self, row: tuple[Any, ...]) -> None:
        """Take in what is neither hours nor about rooms and equipment."""
        kind, subject, room, starts, ends, zone, _ = row
        if kind == BUSY:
            if subject is not None:
                self._doctors[subject].append((starts, ends))
            if room is not None:
                self._fits.take((ROOM, room), (starts, ends))
        elif kind == OFFERING:
            self.facts.append(_facts(row))
        elif kind == PATIENT_BUSY:
            self.patient.append((starts, ends))
        else:
            begins = periods.day_start(zone, starts)
            whole = (begins, periods.day_start(zone, starts + 1))
            self._full[subject].append(whole)

    def open_for(self, facts: Facts) -> list[Period]:
        """When the doctor sees patients there, not clipped to what was asked."""
        return self._open.get((facts.doctor, facts.location), [])

    def busy_for(self, facts: Facts) -> list[Period]:
        """When the doctor or, where the offering has only one, the room is taken,
        buffers included. Where there is a choice, `fit` says the rest."""
        only = facts.room if facts.only_room else None
        key = (facts.doctor, only)
        if key not in self._busy:
            taken = self._doctors.get(facts.doctor, [])
            if only is not None:
                taken = taken + self._fits.busy((ROOM, only))
            self._busy[key] = periods.union(taken)
        return self._busy[key]

    def busy_doctor(self, facts: Facts) -> list[Period]:
        """When the doctor is taken, as it comes."""
        return self._doctors.get(facts.doctor, [])

    def fit(
        self, facts: Facts, start: int, own: Collection[Appointment] = ()
    ) -> Fit | None:
        """The room and equipment for a visit from the second `start` on; None where
        there are none. What the visits `own` have counts as free."""
        return self._fits.find(facts, start, own)

    def fit_in(self, facts: Facts, start: int, room_id: int | None) -> Fit | None:
        """The equipment for a visit in this room, which is not asked for anything."""
        room = self._fits.resources.rooms.get(room_id or 0)
        period = (start - facts.before, start + facts.length + facts.after)
        return self._fits.find_in(room, facts.visit_type, facts.location, period=period)

    def full_for(self, facts: Facts) -> list[Period]:
        """The local days on which no more visits of this offering begin."""
        return self._full.get(facts.offering, [])


def _within(facts: Facts, limits: dict[int, tuple[int, int]]) -> Facts:
    """The longer notice and the nearer horizon: the visit type's or the location's."""
    if facts.location not in limits:
        return facts
    notice, horizon = limits[facts.location]
    return facts._replace(
        notice=max(facts.notice, notice * MINUTE),
        horizon=min(facts.horizon, horizon * DAY),
    )


def _facts(row: tuple[Any, ...]) -> Facts:
    _, offering, doctor, location, room, _, numbers = row
    length, before, after, notice, horizon, by_phone_only, visit_type = numbers[:7]
    only_room, needs_room, needs_equipment = numbers[7:]
    return Facts(
        offering,
        doctor,
        location,
        room,
        length * MINUTE,
        before * MINUTE,
        after * MINUTE,
        notice * MINUTE,
        horizon * DAY,
        bool(by_phone_only),
        visit_type,
        bool(only_room),
        bool(needs_room),
        bool(needs_equipment),
    )


def load_calendar(
    offering_ids: list[int],
    *,
    after: datetime,
    until: datetime,
    at: datetime,
    patient: Patient | None,
    besides: int | None = None,
    rooms: Collection[int] = (),
    needs_nothing: bool = False,
) -> Calendar:
    """The calendar of these offerings from `after` until `until`, as of `at`. The visit
    with the key `besides` does not count for how many there are on a day. `rooms` are
    looked at besides those that the offerings may have. With `needs_nothing` none of
    the offerings has a room or needs one, nor equipment; of one that does, nothing is
    found.

    Offerings that are not on offer (any more) have no facts in it.
    """
    parameters: dict[str, Any] = {
        "offerings": offering_ids,
        "first": after - MARGIN,
        "last": until + MARGIN,
        "at": at,
        "besides": besides,
        "rooms": list(rooms),
    }
    statement = DOCTORS if needs_nothing else CALENDAR
    if patient is not None:
        statement = DOCTORS_WITH_PATIENT if needs_nothing else CALENDAR_WITH_PATIENT
        parameters["patient"] = patient.pk
    rows = fetch(statement, parameters)
    calendar = Calendar(rows, seconds(after - MARGIN), seconds(until + MARGIN))
    if needs_nothing:
        # What one of them needs since it was read, is not known here.
        calendar.facts = [one for one in calendar.facts if not one.needs_anything]
    return calendar


def calendar_of(
    offering: Offering,
    *,
    after: datetime,
    until: datetime | None = None,
    at: datetime,
    patient: Patient | None = None,
    besides: int | None = None,
    rooms: Collection[int] = (),
) -> Calendar:
    """`load_calendar` of one offering, which comes with its visit type; from `after`
    for a second, unless `until` is given. One query, of its doctor alone where a visit
    has neither room nor equipment."""
    kind = offering.visit_type
    has_any = offering.room_id or kind.needs_room or kind.needs_equipment
    return load_calendar(
        [offering.pk],
        after=after,
        until=until or after + INSTANT,
        at=at,
        patient=patient,
        besides=besides,
        rooms=rooms,
        needs_nothing=not (has_any or rooms),
    )
