"""Reminding patients of their visits: derived each minute, claimed by a row.

What is due when, in one place:

| lead       | goes out                                   | still helps until        |
| ---------- | ------------------------------------------ | ------------------------ |
| DAY_BEFORE | 24 hours before the start                  | 4 hours before the start |
| MORNING    | 8:00 of the day by the location's clock,   | 1 hour before the start  |
|            | not for visits that start before 9:00      |                          |
| TWO_HOURS  | 2 hours before the start                   | 30 minutes before        |

Which of them go out the location says, where it has leads of its own, else the visit
type. None goes out for a visit that was confirmed, or moved, after the moment it would
have gone: the message about that has just said it. A late one (the worker was down)
goes out while it still helps and the next one is not due itself; else it is recorded as
skipped.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet

from booking.appointments.models import Status
from booking.appointments.services.telling import patient_message
from booking.reminders.models import Reminder
from clinic.locations.models import ReminderLead
from notifications.deliveries.models import Kind
from notifications.deliveries.services import (
    Message,
    notify_many,
    withdraw_messages,
)

logger = logging.getLogger(__name__)

# One transaction each; the queue ends a job that takes longer than a minute.
BATCH = 200
BATCHES = 20

_CLAIM = """
INSERT INTO booking_reminder (appointment_id, lead, starts_at, outcome, created_at)
SELECT a.id, due.lead, a.starts_at,
       CASE WHEN a.status = 'CONFIRMED' AND due.helps_until > %(at)s::timestamptz
            THEN 'SENT' ELSE 'SKIPPED' END,
       %(at)s::timestamptz
  FROM booking_appointment a
  JOIN clinic_visittype v ON v.id = a.visit_type_id
  JOIN clinic_location l ON l.id = a.location_id
 CROSS JOIN LATERAL (
   SELECT coalesce(l.reminder_leads, v.reminder_leads) AS leads OFFSET 0
 ) own
 CROSS JOIN LATERAL (
   SELECT a.starts_at - interval '2 hours' AS two_hours,
          CASE WHEN (a.starts_at AT TIME ZONE l.time_zone)::time >= '09:00'
               THEN ((a.starts_at AT TIME ZONE l.time_zone)::date + time '08:00')
                    AT TIME ZONE l.time_zone END AS morning,
          CASE WHEN 'MORNING' = ANY(own.leads) THEN true END AS in_the_morning,
          CASE WHEN 'TWO_HOURS' = ANY(own.leads) THEN true END AS before_it
   OFFSET 0
 ) wall
 CROSS JOIN LATERAL (VALUES
   ('DAY_BEFORE', a.starts_at - interval '24 hours',
    least(a.starts_at - interval '4 hours',
          CASE WHEN in_the_morning THEN morning END,
          CASE WHEN before_it THEN two_hours END)),
   ('MORNING', morning,
    least(a.starts_at - interval '1 hour',
          CASE WHEN before_it AND two_hours >= morning THEN two_hours END)),
   ('TWO_HOURS', two_hours,
    least(a.starts_at - interval '30 minutes',
          CASE WHEN in_the_morning AND morning > two_hours THEN morning END))
 ) AS due(lead, due_at, helps_until)
 WHERE a.starts_at > %(at)s::timestamptz - interval '2 days'
   AND a.starts_at <= %(at)s::timestamptz + interval '24 hours'
   AND a.status IN ('CONFIRMED', 'ARRIVED', 'IN_CONSULTATION', 'COMPLETED', 'MISSED')
   AND due.lead = ANY(own.leads)
   AND due.due_at <= %(at)s::timestamptz
   AND due.due_at > greatest(coalesce(a.confirmed_at, a.created_at), a.moved_at)
   AND NOT EXISTS (SELECT FROM booking_reminder r
                    WHERE r.appointment_id = a.id AND r.lead = due.lead
                      AND r.starts_at = a.starts_at)
 ORDER BY due.due_at, a.id
 LIMIT %(limit)s
   FOR NO KEY UPDATE OF a SKIP LOCKED
ON CONFLICT DO NOTHING
RETURNING id, appointment_id, lead, outcome
"""

HELPS_UNTIL = {
    ReminderLead.DAY_BEFORE: timedelta(hours=4),
    ReminderLead.MORNING: timedelta(hours=1),
    ReminderLead.TWO_HOURS: timedelta(minutes=30),
}


class Claim(NamedTuple):
    """A reminder that is ours to send, or was too late."""

    reminder_id: int
    appointment_id: int
    lead: str
    outcome: str


def claim_due(*, at: datetime, limit: int | None = None) -> list[Claim]:
    """Claim what is due at `at` and nobody has claimed, in one statement.

    Of two who call at once, each gets different ones. A visit that somebody is moving
    or cancelling right now is left for the next minute; one that is claimed keeps its
    time until the claim is written, so that whoever moves it finds what to withdraw.
    Claims last if the transaction does, so whatever sends them belongs into the same.
    """
    # Planned anew each time, unlike `foundation.sql`: the plan that is best for an
    # empty table of reminders takes minutes for a full one. The statement sorts, which
    # lets it look at all of that table before it begins to fill it.
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"at": at, "limit": limit})
        return [Claim(*row) for row in cursor.fetchall()]


def send_due_reminders(*, at: datetime) -> int:
    """Send every reminder that is due, batch by batch; returns how many were sent.

    A batch that cannot be written is tried one by one, so that one bad message stops
    nobody else's; the bad one is recorded as FAILED and logged.
    """
    sent = 0
    for _ in range(BATCHES):
        claimed, told = _send_batch(at)
        sent += told
        if claimed < BATCH:
            break
    return sent


@transaction.atomic
def _send_batch(at: datetime) -> tuple[int, int]:
    """Claim and write one batch; how many were claimed, and how many of them told."""
    claims = claim_due(at=at, limit=BATCH)
    sending = Reminder.Outcome.SENT
    wanted = [claim.reminder_id for claim in claims if claim.outcome == sending]
    if not wanted:
        return len(claims), 0
    messages = {row.pk: _message(row, at) for row in _whole(wanted)}
    return len(claims), _tell(messages, at)


def _whole(reminder_ids: Iterable[int]) -> QuerySet[Reminder]:
    """Reminders with all that their messages speak of, in one query."""
    return Reminder.objects.filter(pk__in=reminder_ids).select_related(
        "appointment__patient__user",
        "appointment__doctor",
        "appointment__visit_type",
        "appointment__location",
    )


def withdraw_reminders(*, appointment_id: int) -> None:
    """Keep back reminders that have not gone out, if their visit is off, or has another
    time than they say."""
    mine = Reminder.objects.filter(appointment=appointment_id)
    is_off = Q(appointment__status=Status.CANCELLED)
    is_moved = ~Q(starts_at=F("appointment__starts_at"))
    for void, reason in (
        (is_off, "The visit was cancelled."),
        (is_moved, "The visit was moved."),
    ):
        keys = [_key(pk) for pk in mine.filter(void).values_list("pk", flat=True)]
        withdraw_messages(dedupe_keys=keys, reason=reason)


def _key(reminder_id: int) -> str:
    return f"reminder:{reminder_id}"


def _message(reminder: Reminder, at: datetime) -> Message:
    return patient_message(
        reminder.appointment,
        "appointment_reminder",
        at=at,
        key=_key(reminder.pk),
        kind=Kind.REMINDER,
        expires_at=reminder.starts_at - HELPS_UNTIL[ReminderLead(reminder.lead)],
    )


def _tell(messages: dict[int, Message], at: datetime) -> int:
    """Hand messages, by reminder id, to the channels; how many could be written."""
    try:
        with transaction.atomic():
            notify_many(messages.values(), at=at)
    except DatabaseError:
        raise
    except Exception:
        if len(messages) == 1:
            pk = next(iter(messages))
            logger.exception("Reminder %s could not be written", pk)
            Reminder.objects.filter(pk=pk).update(outcome=Reminder.Outcome.FAILED)
            return 0
        return sum(_tell({pk: message}, at) for pk, message in messages.items())
    return len(messages)
