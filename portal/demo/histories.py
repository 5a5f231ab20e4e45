"""What became of each visit: its status and every step on the way there."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from accounts.models import CareRelation, User
from booking.appointments.models import Party, Status
from booking.appointments.queries import cancellation_terms
from booking.models import Appointment, StatusChange
from clinic.models import VisitType
from portal.demo.world import World

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
# Of the visits that are over, these shares did not take place.
_CANCELLED, _MISSED, _DECLINED, _EXPIRED = 0.09, 0.05, 0.12, 0.03
_BY_CLINIC = 0.25
# Of the coming ones on request, these still wait for the doctor, or for the payment.
_WAITING, _UNPAID = 0.55, 0.2
_LATE_CANCELLED = 0.06
# At least so many wait for their payment, however the dice fall.
_UNPAID_AT_LEAST = 4
# Yesterday's visits that nobody has closed: the desk finds them every morning.
_LOOSE_ENDS = (Status.ARRIVED, Status.IN_CONSULTATION)
_CANCELLED_BY_CLINIC, _REQUESTED, _UNPAID_YET = "cancelled", "requested", "unpaid"


@dataclass
class Story:
    """One visit on its way: the clock of its history, and what is written down.

    `fate` is how it ends where that is settled; None leaves it to the dice.
    """

    world: World
    visit: Appointment
    clock: datetime
    fate: str | None
    changes: list[StatusChange] = field(default_factory=list)

    def move(self, to: str, at: datetime, actor: User | None, reason: str = "") -> None:
        """Take the next step; never before the one before."""
        self.clock = max(at, self.clock + timedelta(seconds=20))
        before = self.visit.status if self.changes else ""
        if before and to not in Appointment.MOVES[before]:
            raise ValueError(f"{before} cannot become {to}")
        self.visit.status = to
        self.visit.sequence = len(self.changes)
        self.changes.append(
            StatusChange(
                appointment=self.visit,
                from_status=before,
                to_status=to,
                at=self.clock,
                actor=actor,
                reason=reason,
            )
        )

    def is_so(self, fate: str, otherwise: bool) -> bool:
        """Whether this is the visit's fate; `otherwise` where none is settled."""
        return otherwise if self.fate is None else self.fate == fate

    @property
    def is_on_request(self) -> bool:
        policy: str = self.visit.visit_type.booking_policy
        return policy == VisitType.BookingPolicy.REQUEST

    @property
    def is_prepaid(self) -> bool:
        policy: str = self.visit.payment_policy
        return policy == VisitType.PaymentPolicy.BEFORE and self.visit.price > 0


def tell(world: World, visits: list[Appointment]) -> list[StatusChange]:
    """Give each visit its status and times; returns all changes, unsaved."""
    last_out: dict[int, datetime] = {}
    fates = {**_loose_ends(world, visits), **world.fates}
    changes: list[StatusChange] = []
    unpaid = 0
    for visit in sorted(visits, key=lambda v: (v.doctor_id, v.starts_at)):
        fate = fates.get(visit.public_id)
        if world.facts(visit.doctor.slug).fully_booked and visit.starts_at > world.at:
            fate = ""
        story = Story(world, visit, _booked_at(world, visit), fate)
        _book(story, wants_unpaid=unpaid < _UNPAID_AT_LEAST)
        unpaid += visit.status == Status.HELD
        if visit.status == Status.CONFIRMED:
            _happen(story, last_out)
        changes += story.changes
    return changes


def _loose_ends(world: World, visits: list[Appointment]) -> dict[UUID, str]:
    """The status in which two visits of the last working day were left."""
    today = world.moment(world.today, time())
    past = [
        v
        for v in visits
        if v.starts_at < today
        and v.public_id not in world.fates
        and v.visit_type.booking_policy == VisitType.BookingPolicy.INSTANT
    ]
    last = sorted(past, key=lambda v: (v.starts_at, v.doctor_id), reverse=True)
    return {v.public_id: str(to) for v, to in zip(last, _LOOSE_ENDS, strict=False)}


def _booked_at(world: World, visit: Appointment) -> datetime:
    """Some days before the visit, and before now."""
    latest = min(world.at - 3 * _HOUR, visit.starts_at - 30 * _HOUR)
    if visit.starts_at - world.at > 2 * 24 * _HOUR and world.share(0.4):
        return latest - world.dice.randrange(1, 40) * _HOUR
    return latest - world.dice.randrange(1, 18 * 24) * _HOUR


def _desk(world: World) -> User:
    return world.users["rosa.delgado@larkfield.example"]


def _book(story: Story, *, wants_unpaid: bool) -> None:
    """From the first click to where the policy leads."""
    world, visit = story.world, story.visit
    assert visit.patient is not None  # noqa: S101 made so
    by_desk = (
        visit.visit_type.booking_policy == VisitType.BookingPolicy.CALL
        or visit.patient.user is None
        or (world.share(0.2) and story.fate is None)
    )
    visit.booked_via = "DESK" if by_desk else world.dice.choice(["SITE", "PORTAL"])
    actor = _desk(world) if by_desk else visit.patient.user
    visit.booked_by = actor
    if story.is_on_request:
        _request(story, actor, wants_unpaid=wants_unpaid)
    elif not by_desk or story.is_prepaid:
        story.move(Status.HELD, story.clock, actor)
        _settle(story)
    else:
        story.move(Status.CONFIRMED, story.clock, actor)
    if visit.status == Status.CONFIRMED:
        visit.confirmed_at = story.clock


def _request(story: Story, actor: User | None, *, wants_unpaid: bool) -> None:
    """Ask the doctor: an answer comes if there was time for one."""
    world, visit = story.world, story.visit
    doctor = visit.doctor.user
    if visit.booked_via != "DESK":
        story.move(Status.HELD, story.clock, actor)
    story.move(Status.REQUESTED, story.clock + 4 * _MINUTE, actor)
    is_ahead = visit.starts_at > world.at
    if story.is_so(_REQUESTED, is_ahead and world.share(_WAITING)):
        # Still unanswered, so it came in lately.
        _make_recent(story, world.at - world.dice.randrange(20, 40 * 60) * _MINUTE)
        return
    answered = story.clock + world.dice.randrange(1, 14) * _HOUR
    answered = min(answered, world.at - _HOUR, visit.starts_at - 4 * _HOUR)
    if story.is_so(Status.DECLINED, world.share(_DECLINED)):
        words = world.dice.choice(world.content.visits["endings"]["declined"])
        story.move(Status.DECLINED, answered, doctor, words)
        return
    if not story.is_prepaid:
        story.move(Status.CONFIRMED, answered, doctor)
        return
    story.move(Status.HELD, answered, doctor)
    may_wait = is_ahead and (wants_unpaid or world.share(_UNPAID))
    if story.is_so(_UNPAID_YET, may_wait):
        deadline = min(world.at + 20 * _HOUR, visit.starts_at - _HOUR)
        if deadline > world.at + _HOUR:
            visit.hold_expires_at = deadline
            visit.hold_extended = True
            return
    _settle(story)


def _make_recent(story: Story, at: datetime) -> None:
    """Move what has been written so far to just before `at`."""
    shift = at - story.clock
    if shift <= timedelta():
        return
    for change in story.changes:
        change.at += shift
    story.clock += shift


def _settle(story: Story) -> None:
    """A held time is paid or given its details, or it lapses."""
    world, visit = story.world, story.visit
    if story.is_so(Status.EXPIRED, world.share(_EXPIRED)):
        story.move(Status.EXPIRED, story.clock + 15 * _MINUTE, None)
        return
    actor = None if story.is_prepaid else visit.booked_by
    delay = world.dice.randrange(3, 14) * _MINUTE
    story.move(Status.CONFIRMED, story.clock + delay, actor)


def _happen(story: Story, last_out: dict[int, datetime]) -> None:
    """The visit takes place or does not, as far as the clock has come."""
    world, visit = story.world, story.visit
    is_over = visit.ends_at < world.at
    dropped = _CANCELLED if is_over else _LATE_CANCELLED
    if story.is_so(_CANCELLED_BY_CLINIC, world.share(dropped)):
        _cancel(story)
        return
    desk, doctor = _desk(world), visit.doctor.user
    is_late = visit.starts_at + 20 * _MINUTE < world.at
    if story.is_so(Status.MISSED, is_late and world.share(_MISSED)):
        words = world.dice.choice(world.content.visits["endings"]["missed"])
        story.move(Status.MISSED, visit.starts_at + 18 * _MINUTE, desk, words)
        return
    arrives = visit.starts_at - world.dice.randrange(3, 14) * _MINUTE
    enters = visit.starts_at + world.dice.randrange(-1, 9) * _MINUTE
    enters = max(enters, arrives, last_out.get(visit.doctor_id, enters))
    leaves = max(
        visit.ends_at + world.dice.randrange(-3, 6) * _MINUTE, enters + 5 * _MINUTE
    )
    last_out[visit.doctor_id] = leaves
    for to, at, actor in (
        (Status.ARRIVED, arrives, desk),
        (Status.IN_CONSULTATION, enters, doctor),
        (Status.COMPLETED, leaves, doctor),
    ):
        if at > world.at or visit.status == story.fate:
            return
        story.move(to, at, actor)


def _cancel(story: Story) -> None:
    """One of the two calls it off before it begins."""
    world, visit = story.world, story.visit
    endings = world.content.visits["endings"]
    latest = min(visit.starts_at - 2 * _HOUR, world.at - _MINUTE)
    room = max(int((latest - story.clock) / _HOUR), 1)
    at = max(latest - world.dice.randrange(room) * _HOUR, story.clock + _MINUTE)
    by_clinic = story.is_so(_CANCELLED_BY_CLINIC, world.share(_BY_CLINIC))
    by = Party.CLINIC if by_clinic else Party.PATIENT
    words = endings["cancelled_by_clinic" if by_clinic else "cancelled_by_patient"]
    terms = cancellation_terms(visit, at=at, by=by)
    assert visit.patient is not None  # noqa: S101 made so
    actor = _desk(world) if by_clinic else visit.patient.user
    story.move(Status.CANCELLED, at, actor, world.dice.choice(words))
    visit.cancelled_by = by
    visit.cancelled_at = story.clock
    visit.refund_due = terms.refund


def save(world: World, visits: list[Appointment], changes: list[StatusChange]) -> None:
    """Store visits and changes, each as old as it says."""
    Appointment.objects.bulk_create(visits, batch_size=500)
    StatusChange.objects.bulk_create(changes, batch_size=1000)
    begun: dict[int, datetime] = {}
    for change in changes:
        begun.setdefault(change.appointment_id, change.at)
    backdate(visits, begun)
    world.visits = visits
    _open_relations(visits)


def backdate(rows: list[Any], moments: dict[int, datetime]) -> None:
    """Set `created_at`, which rows set themselves when they are stored."""
    for row in rows:
        row.created_at = moments.get(row.pk, row.created_at)
    if rows:
        type(rows[0]).objects.bulk_update(rows, ["created_at"], batch_size=500)


def _open_relations(visits: list[Appointment]) -> None:
    """Let doctors reach the patients whom they see or have seen."""
    first: dict[tuple[int, int], datetime] = {}
    confirmed: dict[tuple[int, int], bool] = defaultdict(bool)
    for visit in visits:
        if visit.doctor.user_id is None or visit.patient_id is None:
            continue
        key = (visit.patient_id, visit.doctor.user_id)
        first[key] = min(first.get(key, visit.created_at), visit.created_at)
        confirmed[key] |= visit.status not in (Status.HELD, Status.EXPIRED)
    CareRelation.objects.bulk_create(
        CareRelation(
            patient_id=patient,
            user_id=user,
            source=CareRelation.Source.VISIT,
            starts_at=at,
        )
        for (patient, user), at in first.items()
        if confirmed[patient, user]
    )
