"""Choosing a time: the one act that many want to do at the same moment.

Whoever presses on a time is answered by one short transaction, so everything it has to
know about the draft and the offering comes with one statement.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.patients.permissions import acts_on
from accounts.proxies.models import Scope
from accounts.users.models import User
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import lockable
from booking.appointments.services import (
    LOOK,
    SEEN,
    HoldExpired,
    Look,
    MoveRefused,
    extend_hold,
    hold_within,
    release_hold,
    takes_time,
)
from booking.availability.services import calendars_of, lock_calendars
from booking.drafts.models import Draft
from booking.drafts.queries import draft_patient, is_over
from booking.drafts.services.answers import answer, locked_draft
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.visit_types.models import Offering, VisitType
from foundation.errors import Refused
from foundation.sql import Along, columns, fetch, take_row


class NotOffered(Refused):
    """What was chosen is no time of what the visitor asked for."""

    sentence = "Choose a time"


class TimeRefused(Refused):
    """The time cannot be had, `because` of a refusal whose sentence this one has too.

    `draft` and `offering`, with its doctor, visit type and location, are as they were.
    """

    def __init__(self, because: Refused, draft: Draft, offering: Offering) -> None:
        super().__init__(str(because))
        self.because = because
        self.draft = draft
        self.offering = offering


@dataclass(frozen=True)
class Chosen:
    """A draft with the time that it holds now."""

    draft: Draft
    appointment: Appointment


# The draft, locked, with the offering if it is one of those asked for: `queries.offers`
# as a question about one row. What else opens and closes an offering, the search for
# the time itself asks: is it active, does the doctor work here, is it free?
# Which kind of visit was asked for stands among the answers, which are sealed: `_asked`
# compares it.
# The draft's appointment is not joined: it would be the one of before the wait for the
# lock, and the second click of a double click would not see what the first one held.
# Where nothing is held yet and no room or equipment has to be chosen, what is to be
# locked is known, and looked for and locked right here.
_ASKED = f"""
WITH asked AS MATERIALIZED (
  SELECT {columns(Draft, "d")}, {columns(Offering, "o")}, {columns(VisitType, "v")},
         {columns(Doctor, "p")}, {columns(Location, "l")},
         p.id AS wanted_doctor,
         %(starts)s::timestamptz
         - v.buffer_before_minutes * interval '1 minute' AS wanted_starts,
         %(starts)s::timestamptz + (v.duration_minutes + v.buffer_after_minutes)
         * interval '1 minute' AS wanted_ends,
         {calendars_of("p.id", "o.room_id")} AS calendars,
         d.appointment_id IS NULL AND NOT v.needs_equipment
         AND CASE WHEN o.room_id IS NULL THEN NOT v.needs_room
                  ELSE o.only_this_room END AS is_plain
    FROM booking_draft d
    LEFT JOIN (clinic_offering o
               JOIN clinic_visittype v ON v.id = o.visit_type_id
               JOIN clinic_doctor p ON p.id = o.doctor_id AND p.is_listed
               JOIN clinic_location l ON l.id = o.location_id)
      ON o.public_id = %(offering)s
     AND (d.specialty_id IS NULL
          OR EXISTS (SELECT FROM clinic_doctor_specialties s
                      WHERE s.doctor_id = p.id AND s.specialty_id = d.specialty_id)
             AND (EXISTS (SELECT FROM clinic_visittype_specialties s
                           WHERE s.visittype_id = v.id
                             AND s.specialty_id = d.specialty_id)
                  OR NOT EXISTS (SELECT FROM clinic_visittype_specialties s
                                  WHERE s.visittype_id = v.id)))
   WHERE d.token = %(token)s
     FOR UPDATE OF d
), wanted AS (
  SELECT NULL::uuid AS key, wanted_doctor AS doctor_id, wanted_starts AS starts,
         wanted_ends AS ends, %(at)s::timestamptz AS at, calendars
    FROM asked WHERE is_plain
), {LOOK}
SELECT asked.*, {SEEN} FROM asked LEFT JOIN seen ON true
"""  # noqa: S608 names of columns  # nosec B608


def choose_time(
    *,
    actor: User | None,
    token: uuid.UUID,
    offering_id: uuid.UUID,
    starts_at: datetime,
    at: datetime,
) -> Chosen:
    """Hold a time for 15 minutes and give back the one held before.

    `token` is the draft's, `offering_id` the offering's public id. Choosing the held
    time again returns it. When the new one cannot be had, the old one stays held. Locks
    the draft, so that a double click is one choice. Raises Draft.DoesNotExist,
    NotOffered, MoveRefused when the draft led to a booking already, Busy, and
    TimeRefused around what else `hold_within` raises.
    """
    chosen = _choose(
        actor=actor, token=token, offering_id=offering_id, starts_at=starts_at, at=at
    )
    if isinstance(chosen, TimeRefused):
        raise chosen from chosen.because
    return chosen


@takes_time
def _choose(
    *,
    actor: User | None,
    token: uuid.UUID,
    offering_id: uuid.UUID,
    starts_at: datetime,
    at: datetime,
) -> Chosen | TimeRefused:
    """A refusal that changes nothing is returned, so that the transaction ends with a
    commit: with a rollback the driver forgets every statement that it prepared, and
    whoever comes next waits for all of them to be planned anew."""
    draft, offering, seen = _asked(token, offering_id, starts_at, at=at)
    before = draft.appointment
    if before is not None and is_over(before):
        raise MoveRefused("This visit is booked already.")
    whom = draft.for_patient
    if whom is not None and not acts_on(actor, whom, Scope.BOOK):
        # Nothing is held for somebody for whom the actor acts no more.
        raise Draft.DoesNotExist
    if offering is None:
        raise NotOffered
    if before is not None:
        if _holds(before, offering, starts_at, at):
            return Chosen(draft, before)
        # Both calendars before any of their rows, as everybody does.
        lock_calendars(
            doctor_ids={before.doctor_id, offering.doctor_id},
            **lockable(offering, room_ids=[before.room_id]),
        )
        release_hold(appointment=before, at=at)
    now = timezone.now()
    try:
        held = hold_within(
            actor=actor,
            offering=offering,
            starts_at=starts_at,
            via="SITE" if draft_patient(draft, actor) is None else "PORTAL",
            patient=whom,
            at=at,
            idempotency_key=uuid.uuid4(),
            also=[_holding(draft, offering, starts_at, now)],
            seen=seen,
        )
    except Refused as refused:
        told = TimeRefused(refused, draft, offering)
        if before is not None:
            # What was held is given back only for the new one.
            raise told from refused
        transaction.set_rollback(False)
        return told
    held.doctor, held.location = offering.doctor, offering.location
    draft.offering, draft.starts_at, draft.appointment = offering, starts_at, held
    draft.updated_at = now
    return Chosen(draft, held)


def _asked(
    token: uuid.UUID, offering_id: uuid.UUID, starts_at: datetime, *, at: datetime
) -> tuple[Draft, Offering | None, Look | None]:
    """The draft, what of it is offered, and what was seen if it was looked for."""
    asked = {"token": token, "offering": offering_id, "starts": starts_at, "at": at}
    rows = fetch(_ASKED, asked)
    values = iter(rows[0]) if rows else iter(())
    draft = take_row(Draft, values) if rows else None
    if draft is None:
        raise Draft.DoesNotExist
    offering = take_row(Offering, values)
    if offering is None:
        return draft, None, None
    for name, model in (
        ("visit_type", VisitType),
        ("doctor", Doctor),
        ("location", Location),
    ):
        setattr(offering, name, take_row(model, values))
    is_asked_for = offering.visit_type.slug == draft.answers.get("service")
    *_, made, is_taken, key, locks = rows[0]
    seen = None if locks is None else Look(made, is_taken, key)
    return draft, offering if is_asked_for else None, seen


_HOLDING = """
UPDATE booking_draft
   SET offering_id = %(draft.offering)s, starts_at = %(draft.start)s,
       appointment_id = made.key, updated_at = %(draft.now)s
  FROM made
 WHERE booking_draft.id = %(draft.id)s
"""


def _holding(
    draft: Draft, offering: Offering, starts_at: datetime, now: datetime
) -> Along:
    """Notes in the draft's row what it holds from now on, as `save` would."""
    return Along(
        _HOLDING,
        {
            "draft.id": draft.pk,
            "draft.offering": offering.pk,
            "draft.start": starts_at,
            "draft.now": now,
        },
    )


def _holds(
    held: Appointment, offering: Offering, starts_at: datetime, at: datetime
) -> bool:
    """Whether this time is held already, and still is."""
    return (
        held.status == Status.HELD
        and held.hold_expires_at is not None
        and held.hold_expires_at > at
        and held.starts_at == starts_at
        and held.doctor_id == offering.doctor_id
        and held.visit_type_id == offering.visit_type_id
        and held.location_id == offering.location_id
    )


@transaction.atomic
def extend_draft(
    *, draft: Draft, answers: Mapping[str, str], at: datetime
) -> Appointment:
    """Keep what was typed and hold the time 15 minutes longer, once.

    Raises HoldExpired or AlreadyExtended.
    """
    draft = answer(locked_draft(draft), answers)
    if draft.appointment is None:
        raise HoldExpired
    return extend_hold(appointment=draft.appointment, at=at)
