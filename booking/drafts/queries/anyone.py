"""Instead of a time that is lost: who else could have it, and the times near it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from accounts.patients.models import Patient
from booking.appointments.queries import loads_of, nearest_slots
from booking.openings.queries import Opening, as_opening, one_each, openings
from clinic.visit_types.models import Offering

INSTANT = timedelta(seconds=1)
# Looked at first: hundreds may have lost one time.
NEAR, FAR = timedelta(days=3), timedelta(days=14)
MOST = 4


def others_at(
    offerings: Sequence[Offering],
    lost: Offering,
    starts_at: datetime,
    *,
    patient: Patient | None,
    at: datetime,
) -> list[Offering]:
    """Who else of `offerings`, all of one place, is free at a time that `lost` was lost
    for: first whoever has least booked that day, then that week, then by name. Two
    queries."""
    found = openings(
        [one for one in offerings if one.pk != lost.pk],
        after=starts_at,
        until=starts_at + INSTANT,
        at=at,
        patient=patient,
    )
    zone = lost.location.time_zone
    doctors = {one.offering.doctor_id for one in found}
    loads = loads_of(doctors, first=starts_at, last=starts_at, zone=zone, at=at)
    exact = [one.offering for one in found if one.starts_at == starts_at]
    return sorted(exact, key=lambda one: loads.rank(one.doctor, starts_at))


def nearest_of_all(
    offerings: Sequence[Offering],
    starts_at: datetime,
    *,
    zone: str,
    patient: Patient | None,
    at: datetime,
) -> list[Opening]:
    """The times nearest to `starts_at` at which any of them is free, in order, each
    with who would have it. Two queries, four where little is free."""
    for near in (NEAR, FAR):
        after, until = max(at, starts_at - near), max(at, starts_at) + near
        found = openings(offerings, after=after, until=until, at=at, patient=patient)
        doctors = {one.offering.doctor_id for one in found}
        loads = loads_of(doctors, first=after, last=until, zone=zone, at=at)
        each = one_each(found, loads)
        if len(each) >= MOST:
            break
    each.sort(key=lambda one: abs(one.starts_at - starts_at))
    return sorted(each[:MOST], key=lambda one: one.starts_at)


def nearest(
    offering: Offering, starts_at: datetime, *, patient: Patient | None, at: datetime
) -> list[Opening]:
    """The free times nearest to one that cannot be had, in order."""
    known: Mapping[int, Offering] = {offering.pk: offering}
    found = nearest_slots(offering, starts_at, at=at, patient=patient, limit=4)
    return [as_opening(slot, known) for slot in found]
