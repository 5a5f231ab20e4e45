"""People who do whatever comes to their minds, and how to see that nothing broke."""

import itertools
import random
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from booking.appointments import services
from booking.appointments.models import LIVE, Party
from booking.models import Appointment, FreedTime, Move, StatusChange
from booking.moves import services as moves
from clinic.models import Offering
from foundation.errors import Refused
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import open_offering
from tests.factories.chaos_lists import (
    answer_offer,
    block,
    leave_list,
    overbook,
    sweep_waitlist,
    wait,
    wait_for_sooner,
)
from tests.factories.chaos_money import begin_paying, pay, settle
from tests.factories.clinic import OfferingFactory, RoomFactory

NOW = datetime(2026, 3, 16, 8, tzinfo=UTC)
NINE = datetime(2026, 3, 16, 9, tzinfo=UTC)


class Clinic:
    """A tiny clinic: two doctors, two rooms, three patients, visits of all kinds.
    `besides` are acts that may happen there besides `VERBS`. Its clock goes to and fro,
    unless `is_forward`."""

    def __init__(
        self, besides: Iterable[Callable[..., None]] = (), *, is_forward: bool = False
    ) -> None:
        self.verbs = [*VERBS, *besides]
        self.is_forward, self.at = is_forward, NOW
        first = RoomFactory()
        rooms = [first, RoomFactory(location=first.location), None]
        doctors = [open_offering(location=first.location).doctor for _ in range(2)]
        kinds = [
            {"visit_type__free": True, "visit_type__duration_minutes": 20},
            {"visit_type__buffer_after_minutes": 10},
            {"visit_type__on_request": True, "visit_type__duration_minutes": 45},
        ]
        self.offerings: list[Offering] = [
            OfferingFactory(doctor=doctor, location=first.location, room=room, **kind)
            for doctor in doctors
            for room, kind in zip(rooms, kinds, strict=True)
        ]
        self.patients = [PatientFactory(user=UserFactory()) for _ in range(3)]

    def act(self, pick: random.Random) -> str:
        """Do one thing, allowed or not; says what came of it."""
        at = self.now(pick)
        verb = pick.choice(self.verbs)
        try:
            verb(self, pick, at)
        except Refused as refused:
            return type(refused).__name__
        return verb.__name__

    def now(self, pick: random.Random) -> datetime:
        """Time passes unevenly, so that holds lapse now and then."""
        if self.is_forward:
            self.at += timedelta(minutes=pick.choice([0, 1, 1, 2]))
            return self.at
        return NOW + timedelta(minutes=pick.randrange(0, 40))

    def any_visit(self, pick: random.Random) -> Appointment:
        """One of the visits so far. Raises Refused where there is none yet."""
        rows = list(Appointment.objects.order_by("pk"))
        if not rows:
            raise Refused
        return pick.choice(rows)

    def any_start(self, pick: random.Random) -> datetime:
        """When something might begin."""
        return _start(pick)


def _start(pick: random.Random) -> datetime:
    """Mostly on somebody's grid: visits step by 20, 40 and 45 minutes."""
    minutes = pick.choice([20, 40, 45, 45, 5]) * pick.randrange(0, 5)
    return NINE + timedelta(minutes=minutes)


def hold(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    services.hold_slot(
        actor=None,
        offering=pick.choice(clinic.offerings),
        starts_at=_start(pick),
        via="SITE",
        at=at,
        idempotency_key=uuid.UUID(int=pick.getrandbits(128), version=4),
    )


def submit(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    services.submit_booking(
        actor=None,
        appointment=clinic.any_visit(pick),
        patient=pick.choice(clinic.patients),
        reason="",
        at=at,
        idempotency_key=uuid.UUID(int=pick.getrandbits(128), version=4),
    )


def desk(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    services.book_for_patient(
        actor=None,
        patient=pick.choice(clinic.patients),
        offering=pick.choice(clinic.offerings),
        starts_at=_start(pick),
        reason="",
        at=at,
        idempotency_key=uuid.UUID(int=pick.getrandbits(128), version=4),
    )


def approve(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    visit = clinic.any_visit(pick)
    services.approve_request(actor=None, appointment=visit, at=at)


def decline(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    visit = clinic.any_visit(pick)
    services.decline_request(actor=None, appointment=visit, reason="", at=at)


def cancel(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    by = pick.choice([Party.PATIENT, Party.CLINIC])
    visit = clinic.any_visit(pick)
    services.cancel_appointment(actor=None, appointment=visit, reason="", by=by, at=at)


def release(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    services.release_hold(appointment=clinic.any_visit(pick), at=at)


def extend(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    services.extend_hold(appointment=clinic.any_visit(pick), at=at)


def sweep(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    services.expire_lapsed(at=at)


def attend(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    move = pick.choice(
        [
            services.mark_arrived,
            services.start_consultation,
            services.complete_visit,
            services.mark_missed,
            services.undo_arrival,
        ]
    )
    when = at + timedelta(hours=pick.choice([0, 3]))
    move(actor=None, appointment=clinic.any_visit(pick), at=when)


def move(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    visit = clinic.any_visit(pick)
    moves.move_visit(
        actor=None,
        appointment=visit,
        offering=pick.choice(
            [
                one
                for one in clinic.offerings
                if one.doctor_id == visit.doctor_id
                and one.visit_type_id == visit.visit_type_id
            ]
        ),
        starts_at=_start(pick),
        reason="",
        at=at,
        idempotency_key=uuid.UUID(int=pick.getrandbits(128), version=4),
    )


def answer_move(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    rows = list(Move.objects.exclude(hold=None).order_by("pk"))
    if not rows:
        raise Refused
    row = pick.choice(rows)
    verb = pick.choice(["approve", "approve", "decline", "withdraw"])
    if verb == "approve":
        moves.approve_move(actor=None, move=row, at=at)
    elif verb == "decline":
        moves.decline_move(actor=None, move=row, reason="", at=at)
    else:
        moves.withdraw_move(actor=None, move=row, at=at)


def sweep_moves(clinic: Clinic, pick: random.Random, at: datetime) -> None:
    moves.expire_moves(at=at)
    for visit in Appointment.objects.exclude(status="CONFIRMED"):
        moves.close_moves(appointment=visit, at=at)


VERBS = [
    *[hold] * 5,
    *[submit] * 5,
    *[desk] * 3,
    *[begin_paying] * 4,
    *[pay] * 3,
    settle,
    approve,
    decline,
    cancel,
    release,
    extend,
    sweep,
    attend,
    *[move] * 6,
    *[answer_move] * 2,
    sweep_moves,
    *[wait] * 2,
    *[wait_for_sooner] * 3,
    *[sweep_waitlist] * 4,
    *[answer_offer] * 4,
    leave_list,
    *[overbook] * 3,
    block,
]


def broken_promises() -> list[str]:
    """What must never be true and is: somebody in two places, or a history that the
    table of moves does not allow. Computed here, not by the database."""
    rows = list(Appointment.objects.filter(status__in=LIVE))
    wrong = [
        *_twice(_lane(rows, False), "doctor_id", "busy_starts_at", "busy_ends_at"),
        *_twice(_lane(rows, True), "doctor_id", "busy_starts_at", "busy_ends_at"),
        *_booked_over(rows),
        *_twice(rows, "room_id", "busy_starts_at", "busy_ends_at"),
        *_twice(rows, "patient_id", "starts_at", "ends_at"),
        *_moved_wrong(rows),
    ]
    changes = StatusChange.objects.order_by("appointment", "pk")
    for pk, steps in itertools.groupby(changes, key=attrgetter("appointment_id")):
        wrong += _illegal(Appointment.objects.get(pk=pk), list(steps))
    return wrong


def _lane(rows: Iterable[Appointment], is_overbooked: bool) -> list[Appointment]:
    return [row for row in rows if row.is_overbooked == is_overbooked]


def _booked_over(rows: list[Appointment]) -> list[str]:
    """An ordinary visit that took a time after it had been overbooked."""
    return [
        f"{row} was put over {over}, which is overbooked"
        for over, row in itertools.product(_lane(rows, True), _lane(rows, False))
        if row.doctor_id == over.doctor_id
        and row.busy_starts_at < over.busy_ends_at
        and over.busy_starts_at < row.busy_ends_at
        and _taken_at(row) > over.created_at
    ]


def _taken_at(row: Appointment) -> datetime:
    """When a visit got the time that it has, by the clock of the machine."""
    last = row.moves.filter(status=Move.Status.DONE).order_by("updated_at").last()
    return last.updated_at if last is not None else row.created_at


def _twice(
    rows: Iterable[Appointment], owner: str, starts: str, ends: str
) -> list[str]:
    owned = [row for row in rows if getattr(row, owner) is not None]
    return [
        f"{owner} {getattr(a, owner)} in {a} and {b}"
        for a, b in itertools.combinations(owned, 2)
        if getattr(a, owner) == getattr(b, owner)
        and getattr(a, starts) < getattr(b, ends)
        and getattr(b, starts) < getattr(a, ends)
    ]


def _moved_wrong(rows: list[Appointment]) -> list[str]:
    """A visit whose time is not what its moves say, or a time held for no request."""
    wrong = []
    for row in rows:
        # By when they were written: the hours of this clinic go to and fro.
        done = row.moves.filter(status=Move.Status.DONE).order_by("updated_at")
        last = done.last()
        if last is not None and row.starts_at != last.to_starts_at:
            wrong.append(f"{row} is not where it was moved to")
    for move_ in Move.objects.exclude(status=Move.Status.ASKED).select_related("hold"):
        # One that somebody made a visit of is a visit like any other.
        held = move_.hold
        if held is not None and held.status == "HELD" and held.patient_id is None:
            wrong.append(f"{held} is held for a request that has ended")
    over = FreedTime.objects.exclude(status__in=FreedTime.OPEN).select_related("hold")
    for freed in over:
        held = freed.hold
        if held is not None and held.status == "HELD" and held.patient_id is None:
            wrong.append(f"{held} is held for an offer that has ended")
    return wrong


def _illegal(row: Appointment, steps: list[StatusChange]) -> list[str]:
    wrong = []
    before = ""
    for step in steps:
        if step.from_status != before:
            wrong.append(f"{row}: {step} does not follow {before or 'nothing'}")
        if before and step.to_status not in Appointment.MOVES.get(before, ()):
            wrong.append(f"{row}: {step} is no move")
        before = step.to_status
    if row.status != before:
        wrong.append(f"{row} is {row.status}, its history says {before}")
    return wrong
