"""One moment, on the grid of what is offered or not: is it free, and with what?"""

from collections.abc import Iterable
from datetime import datetime

from booking.appointments.models import Appointment
from booking.appointments.queries.calendar import (
    Calendar,
    calendar_of,
    load_calendar,
)
from booking.appointments.queries.fits import Facts, Fit
from booking.appointments.queries.slots import whole_seconds
from clinic.resources.models import Room
from clinic.visit_types.models import Offering
from foundation import periods
from foundation.periods import seconds


def fit_exactly(offering: Offering, starts_at: datetime, *, at: datetime) -> Fit | None:
    """The room and the equipment for a visit of `offering` from exactly `starts_at` on,
    whether that lies on the grid of what is offered or not: within hours, notice and
    horizon, with buffers, nothing in its way. None where it cannot be. One query."""
    calendar = calendar_of(offering, after=starts_at, at=at)
    start, now = seconds(starts_at), whole_seconds(at)
    for facts in calendar.facts:
        if _is_offered(facts, start, now):
            return _fit(calendar, facts, start)
    return None


def is_free_at(offering: Offering, starts_at: datetime, *, at: datetime) -> bool:
    """Whether `fit_exactly` has anything."""
    return fit_exactly(offering, starts_at, at=at) is not None


def fit_beside(
    visit: Appointment, offering: Offering, starts_at: datetime, *, at: datetime
) -> Fit | None:
    """The room and the equipment for a visit that the clinic gives another time, where
    nothing else is in the way (`obstacles`): what it has now counts as free. One
    query."""
    calendar = calendar_of(offering, after=starts_at, at=at)
    for facts in calendar.facts:
        return calendar.fit(facts, seconds(starts_at), [visit])
    return None


def fit_instead(offering: Offering, visit: Appointment, *, at: datetime) -> Fit | None:
    """The room and the equipment with which the doctor of `offering` takes the visit
    over at its own time (`free_instead`); None where they cannot. One query."""
    calendar = calendar_of(offering, after=visit.starts_at, until=visit.ends_at, at=at)
    for facts in calendar.facts:
        if _is_other(offering, visit):
            return _fit(calendar, facts, seconds(visit.starts_at), visit)
    return None


def fit_in(
    room: Room | None,
    offering: Offering,
    starts_at: datetime,
    *,
    at: datetime,
) -> Fit | None:
    """The equipment for a visit of `offering` in this room, whatever else is in the
    way; None where it is not there. Without a room, in one that suits and is free,
    where the visit needs one and there is one, else in none. A query where the visit
    needs anything."""
    pk, kind = room.pk if room else None, offering.visit_type
    if not kind.needs_equipment and (room or not kind.needs_room):
        return Fit(pk, ())
    calendar = calendar_of(offering, after=starts_at, at=at, rooms=[pk] if pk else ())
    for facts in calendar.facts:
        start = seconds(starts_at)
        free = calendar.fit(facts, start) if room is None else None
        return free or calendar.fit_in(facts, start, pk)
    return None


def free_instead(
    offerings: Iterable[Offering], visits: Iterable[Appointment], *, at: datetime
) -> dict[int, list[Offering]]:
    """Which of `offerings` could take over each visit at its own time, by the visit's
    key: of the same kind at the same place, by another doctor, who is free then; for
    the desk, so without notice. One query, whatever the number."""
    given, taken = list(offerings), list(visits)
    if not given or not taken:
        return {visit.pk: [] for visit in taken}
    calendar = load_calendar(
        [offering.pk for offering in given],
        after=min(visit.starts_at for visit in taken),
        until=max(visit.ends_at for visit in taken),
        at=at,
        patient=None,
    )
    facts = {one.offering: one for one in calendar.facts}
    return {
        visit.pk: [
            offering
            for offering in given
            if offering.pk in facts
            and _is_other(offering, visit)
            and _fit(calendar, facts[offering.pk], seconds(visit.starts_at), visit)
        ]
        for visit in taken
    }


def _is_other(offering: Offering, visit: Appointment) -> bool:
    return (
        offering.visit_type_id == visit.visit_type_id
        and offering.location_id == visit.location_id
        and offering.doctor_id != visit.doctor_id
    )


def _is_offered(facts: Facts, start: int, now: int) -> bool:
    is_near_enough = now + facts.notice <= start < now + facts.horizon
    return is_near_enough and not facts.by_phone_only


def _fit(
    calendar: Calendar, facts: Facts, start: int, instead: Appointment | None = None
) -> Fit | None:
    """What the visit gets where nothing is in the way; what `instead` has of rooms and
    equipment is not."""
    end = start + facts.length
    if periods.overlaps(calendar.full_for(facts), (start, start + 1)):
        return None
    if not periods.covers(calendar.open_for(facts), (start, end)):
        return None
    busy = (start - facts.before, end + facts.after)
    if periods.overlaps(calendar.busy_doctor(facts), busy):
        return None
    return calendar.fit(facts, start, [instead] if instead else [])


def is_full_day(offering: Offering, starts_at: datetime, *, at: datetime) -> bool:
    """Whether the doctor has as many of these visits there on that day as they see on
    one. One query."""
    calendar = calendar_of(offering, after=starts_at, at=at)
    start = seconds(starts_at)
    return any(
        periods.overlaps(calendar.full_for(facts), (start, start + 1))
        for facts in calendar.facts
    )
