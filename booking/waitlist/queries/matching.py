"""Whom does a freed time suit, and who is first?"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from booking.waitlist.models import FreedTime, Part, WaitlistEntry, Weekday
from foundation.formats import join_words, local, plain_date
from foundation.sql import fetch

# An offer leaves nobody less time than this to answer.
SHORTEST = timedelta(minutes=10)
# Nor more than this share of what is left until the visit.
SHARE = 4
# So long the hold outlives the offer: the time goes to the next, not to the public.
GRACE = timedelta(minutes=10)


class Candidate(NamedTuple):
    """One who waits and whom the time suits, by keys; in the order of the list."""

    entry_id: int
    offering_id: int


# The weekday, the part of the day and the date are those of the visit's place, so they
# come as parameters: one time has one of each. Whoever waits for the doctor and whoever
# waits for one of their specialties stand in one line, by when they joined. A doctor of
# two specialties sees people for a visit in its own one only (as in the booking pages).
# Nobody is offered a time during another visit of theirs, what they gave up themselves,
# a visit that is for others, or a second time while they think about the first.
_LINE = """
SELECT e.id, o.id
  FROM clinic_offering o
  JOIN clinic_doctor d ON d.id = o.doctor_id
  JOIN clinic_visittype v ON v.id = o.visit_type_id
  JOIN clinic_location l ON l.id = o.location_id AND l.has_waitlist
  JOIN booking_waitlistentry e
    ON e.visit_type_id = o.visit_type_id AND e.status = 'ACTIVE' AND {of}
  LEFT JOIN booking_appointment r ON r.id = e.replaces_id
 WHERE o.doctor_id = %(doctor)s AND o.location_id = %(location)s AND o.is_active
   AND v.is_active AND v.booking_policy <> 'CALL'
   AND d.is_listed AND (d.left_date IS NULL OR d.left_date > %(day)s)
   AND %(at)s::timestamptz + interval '1 minute'
       * greatest(v.minimum_notice_minutes, l.notice_minutes)
       <= %(starts)s::timestamptz
   AND %(at)s::timestamptz + interval '24 hours'
       * least(v.horizon_days, l.horizon_days)
       > %(starts)s::timestamptz
   AND (e.location_id IS NULL OR e.location_id = %(location)s)
   AND (e.weekdays = '{{}}' OR %(weekday)s = ANY(e.weekdays))
   AND (e.parts = '{{}}' OR %(part)s = ANY(e.parts))
   AND (e.earliest_date IS NULL OR e.earliest_date <= %(day)s)
   AND (e.latest_date IS NULL OR e.latest_date >= %(day)s)
   AND %(at)s::timestamptz + e.notice_hours * interval '1 hour'
       <= %(starts)s::timestamptz
   AND (e.replaces_id IS NULL
        OR r.status IN ('REQUESTED', 'CONFIRMED') AND r.starts_at > %(starts)s)
   AND e.patient_id <> %(gave_up)s
   AND NOT EXISTS (SELECT FROM booking_offer x
                    WHERE x.entry_id = e.id
                      AND (x.status = 'OPEN' OR x.freed_id = %(freed)s))
   AND NOT EXISTS (SELECT FROM booking_appointment a
                    WHERE a.patient_id = e.patient_id
                      AND a.starts_at < %(starts)s::timestamptz
                                        + v.duration_minutes * interval '1 minute'
                      AND a.ends_at > %(starts)s
                      AND a.status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED',
                                       'IN_CONSULTATION')
                      AND NOT (a.status = 'HELD' AND a.hold_expires_at <= %(at)s))
   AND (d.takes_new_patients
        OR EXISTS (SELECT FROM booking_appointment a
                    WHERE a.patient_id = e.patient_id AND a.doctor_id = d.id
                      AND a.status IN ('CONFIRMED', 'ARRIVED', 'IN_CONSULTATION',
                                       'COMPLETED')))
   AND (NOT v.new_patients_only
        OR NOT EXISTS (SELECT FROM booking_appointment a
                        WHERE a.patient_id = e.patient_id
                          AND a.status IN ('CONFIRMED', 'ARRIVED', 'IN_CONSULTATION',
                                           'COMPLETED')))
"""
_OF_DOCTOR = "e.doctor_id = %(doctor)s"
_OF_SPECIALTY = """e.specialty_id IN (
        SELECT s.specialty_id FROM clinic_doctor_specialties s
         WHERE s.doctor_id = %(doctor)s
           AND (EXISTS (SELECT FROM clinic_visittype_specialties k
                         WHERE k.visittype_id = o.visit_type_id
                           AND k.specialty_id = s.specialty_id)
                OR NOT EXISTS (SELECT FROM clinic_visittype_specialties k
                                WHERE k.visittype_id = o.visit_type_id)))"""
_CANDIDATES = f"""
SELECT line.entry, line.offering
  FROM ({_LINE.format(of=_OF_DOCTOR)} UNION ALL {_LINE.format(of=_OF_SPECIALTY)}
       ) AS line(entry, offering)
  JOIN booking_waitlistentry w ON w.id = line.entry
 ORDER BY w.joined_at, w.id
 LIMIT %(limit)s
"""  # noqa: S608 our own text  # nosec B608


def candidates(freed: FreedTime, *, at: datetime, limit: int = 50) -> list[Candidate]:
    """Who waits for a time such as this one, in the order in which they joined; nobody
    where the location keeps no list.

    Needs the freed time's `appointment` and `location`. `at` is now. One query.
    """
    wall = local(freed.starts_at, freed.location.time_zone)
    asked: dict[str, Any] = {
        "freed": freed.pk,
        "doctor": freed.doctor_id,
        "location": freed.location_id,
        "starts": freed.starts_at,
        "gave_up": freed.appointment.patient_id,
        "weekday": wall.weekday(),
        "part": str(Part.of(wall.time())),
        "day": wall.date(),
        "at": at,
        "limit": limit,
    }
    return [Candidate(*row) for row in fetch(_CANDIDATES, asked)]


def answer_by(
    starts_at: datetime, *, notice: timedelta, minutes: int, at: datetime
) -> datetime | None:
    """Until when an offer made at `at` can be accepted; None if the visit is too near.

    The clinic's `minutes`, but at most a quarter of what is left until the visit type's
    `notice` before the start, and never less than ten minutes.
    """
    left = starts_at - notice - at
    if left < SHORTEST:
        return None
    return at + max(SHORTEST, min(timedelta(minutes=minutes), left / SHARE))


def wishes(entry: WaitlistEntry) -> str:
    """What somebody waits for, as a phrase: "mornings on Mondays with Dr Lee, at Canal
    Street". Needs doctor or specialty, and location."""
    said = [f"{Part(part).label.partition(',')[0].lower()}s" for part in entry.parts]
    days = [f"{Weekday(day).label}s" for day in sorted(entry.weekdays)]
    words = [join_words(said, "or") or "any time"]
    if days:
        words.append(f"on {join_words(days, 'or')}")
    words.append(f"with {whom(entry)}")
    phrase = " ".join(words)
    if entry.location is not None:
        phrase += f", at {entry.location.name}"
    if entry.earliest_date:
        phrase += f", from {plain_date(entry.earliest_date)}"
    if entry.latest_date:
        phrase += f", until {plain_date(entry.latest_date)}"
    return phrase


def whom(entry: WaitlistEntry) -> str:
    """ "Dr Lee", or "any doctor in General practice"."""
    if entry.doctor is not None:
        return entry.doctor.short_name
    return f"any doctor in {entry.specialty.name if entry.specialty else ''}"


def reason(entry: WaitlistEntry, *, zone: str) -> str:
    """Why a time goes to this one: how long they have waited, and for what."""
    since = plain_date(local(entry.joined_at, zone).date())
    asked = f"Waiting since {since}; asked for {wishes(entry)}"
    if entry.replaces_id is not None:
        asked += ", earlier than the visit they have"
    return f"{asked}. First in line of those whom this time suits."
