"""What a doctor's absence has left to do: derived from visits, messages and money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.payments.queries import PaymentState, payment_states
from booking.alternatives.models import Alternative
from booking.appointments.models import Appointment
from booking.appointments.permissions import visible_to
from booking.disruptions.models import Disruption
from booking.disruptions.queries import cancelled_by, here_now, still_booked
from clinic.doctors.models import Doctor
from foundation.sql import fetch
from notifications.models import Delivery
from notifications.preferences.models import Channel

# How long a finished absence stands on the page.
SHOWN = timedelta(days=14)
# What stands in a message that has gone out, and in one that has gone nowhere.
_GONE = (Delivery.Status.SENT, Delivery.Status.DELIVERED)


# What absences have left to do at each place: visits not cancelled yet, patients who
# have come, and cancelled visits whose patient is not told, has not answered, or waits
# for money. The same as in `Report`, of keys alone: nobody's visit is loaded.
_LEFT = """
SELECT a.location_id, count(DISTINCT a.id)
  FROM booking_disruption d
  JOIN booking_appointment a ON a.doctor_id = d.doctor_id
       AND a.starts_at < d.ends_at AND a.ends_at > d.starts_at
       AND (d.location_id IS NULL OR d.location_id = a.location_id)
       AND a.patient_id IS NOT NULL
 WHERE d.kind = 'AWAY' AND d.ends_at > %(since)s::timestamptz
   AND a.location_id = ANY(%(places)s::bigint[])
   AND (
     a.status IN ('ARRIVED', 'IN_CONSULTATION') AND a.ends_at > %(at)s::timestamptz
     OR a.status IN ('REQUESTED', 'CONFIRMED', 'HELD')
        AND a.ends_at > %(at)s::timestamptz AND a.created_at <= d.made_at
        AND NOT (a.status = 'HELD' AND a.hold_expires_at <= %(at)s::timestamptz)
     OR a.status = 'CANCELLED' AND a.cancelled_by = 'CLINIC'
        AND a.cancelled_at >= d.made_at
        AND (
          NOT EXISTS (SELECT FROM booking_alternative x WHERE x.appointment_id = a.id)
          OR NOT EXISTS (
            SELECT FROM notifications_delivery n
             WHERE n.dedupe_key = 'appointment:' || a.id || ':appointment_cancelled'
               AND n.channel IN ('EMAIL', 'SMS')
               AND (n.status IN ('SENT', 'DELIVERED') OR n.settled_at IS NOT NULL))
          OR coalesce(a.refund_due, 0) > coalesce((
            SELECT sum(CASE WHEN p.status = 'RETURNED' THEN p.amount ELSE r.amount END)
              FROM billing_payment p
              LEFT JOIN billing_refund r ON r.payment_id = p.id
                   AND r.status IN ('PENDING', 'SUCCEEDED')
             WHERE p.appointment_id = a.id), 0)
        )
   )
 GROUP BY a.location_id
"""


@dataclass(frozen=True)
class Line:
    """One cancelled visit. `told`, `answered` and `paid_back` are what the report waits
    for; a visit with all three needs nobody."""

    visit: Appointment
    told: bool
    telling: str
    answer: Alternative | None
    payment: PaymentState
    paid_back: bool

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.told and self.answer is not None and self.paid_back


@dataclass(frozen=True)
class Report:
    """What an absence has done and what is left. `still` are visits not cancelled yet,
    `here` those whose patient stands in front of somebody, `others` how many visits
    this person does not see."""

    open: list[Line]
    settled: list[Line]
    still: list[Appointment]
    here: list[Appointment]
    others: int

    @property
    def left(self) -> int:
        """How many visits somebody has to see to."""
        return len(self.open) + len(self.still) + len(self.here)


def report_of(user: Any, disruption: Disruption, *, at: datetime) -> Report:
    """The absence, as far as `user` may see its visits. A fixed number of queries."""
    cancelled = cancelled_by(disruption)
    seen = visible_to(user)
    visits = list(_with_all(cancelled.filter(pk__in=seen.values("pk"))))
    lines = _lines(visits)
    still = still_booked(disruption, at=at).filter(pk__in=seen.values("pk"))
    here = here_now(disruption, at=at).filter(pk__in=seen.values("pk"))
    return Report(
        open=[line for line in lines if not line.is_settled],
        settled=[line for line in lines if line.is_settled],
        still=list(_with_all(still)),
        here=list(_with_all(here)),
        others=cancelled.count() - len(visits),
    )


def _with_all(rows: Any) -> Any:
    return rows.select_related("patient", "visit_type", "location", "doctor")


def _lines(visits: Sequence[Appointment]) -> list[Line]:
    answers = {
        row.appointment_id: row
        for row in Alternative.objects.filter(appointment__in=visits).select_related(
            "chosen__location", "chosen__doctor"
        )
    }
    money = payment_states(visits)
    told = _told(visits)
    return [
        Line(
            visit=visit,
            told=told[visit.pk][0],
            telling=told[visit.pk][1],
            answer=answers.get(visit.pk),
            payment=money[visit.pk],
            paid_back=_is_back(visit, money[visit.pk]),
        )
        for visit in visits
    ]


def _is_back(visit: Appointment, state: PaymentState) -> bool:
    return state.refunded >= (visit.refund_due or 0)


def _told(visits: Iterable[Appointment]) -> dict[int, tuple[bool, str]]:
    """Whether each patient was reached, and how far it got in words. A notice in the
    portal alone reaches nobody in time; somebody who was called was reached."""
    keys = {f"appointment:{one.pk}:appointment_cancelled": one.pk for one in visits}
    found: dict[int, list[Any]] = {pk: [] for pk in keys.values()}
    rows = Delivery.objects.filter(
        dedupe_key__in=keys, channel__in=(Channel.EMAIL, Channel.SMS)
    )
    for row in rows.values_list("dedupe_key", "status", "settled_at", named=True):
        found[keys[row.dedupe_key]].append(row)
    return {pk: _reach(rows) for pk, rows in found.items()}


def _reach(rows: Sequence[Any]) -> tuple[bool, str]:
    if any(row.status in _GONE for row in rows):
        return True, "Told"
    if any(row.settled_at for row in rows):
        return True, "Called"
    if any(row.status in ("QUEUED", "SENDING") for row in rows):
        return False, "Being told"
    return False, "Not reached"


def recent(doctors: Iterable[Doctor], *, at: datetime) -> list[Disruption]:
    """What was said of these doctors' days lately: absences, and delays of now."""
    rows = Disruption.objects.filter(doctor__in=doctors).select_related(
        "doctor", "location"
    )
    delays = rows.delays(at)
    away = rows.filter(kind=Disruption.Kind.AWAY, ends_at__gt=at - SHOWN)
    return [*delays.order_by("doctor__last_name"), *away.order_by("-made_at")]


def left_at(places: Sequence[int], *, at: datetime) -> dict[int, int]:
    """How many visits absences have left somebody to see to, by the location's key;
    those without are left out. As many as `Report.left` counts for who sees all of
    them. One query."""
    rows = fetch(_LEFT, {"places": list(places), "since": at - SHOWN, "at": at})
    return dict(rows)
