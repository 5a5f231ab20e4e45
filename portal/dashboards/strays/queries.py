"""Visits outside the hours, as far as the person looking may see and settle them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import has_role
from booking.appointments.models import Appointment, Status
from booking.appointments.permissions import DESK_ROLES, visible_to
from booking.strays.models import StrayDecision
from booking.strays.queries import (
    Strays,
    can_choose,
    decisions_on,
    strays_of,
    substitutes,
)
from clinic.doctors.models import Doctor
from clinic.visit_types.models import Offering

# How many one page shows with their choices; the rest follow when these are settled.
A_PAGE = 40

LATER, KEEP, ASK, CANCEL, HAND = "later", "keep", "ask", "cancel", "hand"


@dataclass(frozen=True)
class Stray:
    """One visit outside the hours. `choices` are what can be done with it, as (value,
    words); with `decision` somebody has decided."""

    visit: Appointment
    choices: list[tuple[str, str]]
    substitutes: list[Offering]
    decision: StrayDecision | None = None


@dataclass(frozen=True)
class Decision:
    """What is to be done with one visit; `offering` is set where it is handed over."""

    visit: Appointment
    act: str
    offering: Offering | None = None


@dataclass(frozen=True)
class Hit:
    """Visits that the hours do not cover: those that the user may see, and how many
    there are in all. Administrators set hours and read nobody's visits."""

    strays: list[Stray]
    count: int

    @property
    def others(self) -> int:
        """How many the user does not see here."""
        return self.count - len(self.strays)


def hit_of(user: Any, ids: Sequence[int], *, at: datetime) -> Hit:
    """The visits with these keys, in order of time. A fixed number of queries."""
    rows = visible_to(user).filter(pk__in=ids)
    seen = list(
        rows.select_related("patient", "visit_type", "location", "doctor").order_by(
            "starts_at", "pk"
        )[:A_PAGE]
    )
    others = substitutes(seen, at=at)
    decided = decisions_on([visit.pk for visit in seen])
    return Hit(
        [
            Stray(
                visit=visit,
                choices=_choices(user, visit, others[visit.pk], at=at),
                substitutes=others[visit.pk],
                decision=decided.get(visit.pk),
            )
            for visit in seen
        ],
        len(ids),
    )


def _choices(
    user: Any, visit: Appointment, others: list[Offering], *, at: datetime
) -> list[tuple[str, str]]:
    """What this person can do with the visit now; empty where nothing, as while it is
    being booked."""
    may = user.has_perm("booking.move_appointment", visit)
    if visit.patient_id is None or not may:
        return []
    found = [(LATER, "Decide later"), (KEEP, "Keep it at its time")]
    if visit.starts_at > at and can_choose(visit):
        found.append((ASK, "Ask the patient to choose another time"))
    found += [
        (f"{HAND}:{one.public_id}", f"Give it to {one.doctor.short_name}, free then")
        for one in others
    ]
    if Status.CANCELLED in Appointment.MOVES.get(visit.status, ()):
        found.append((CANCEL, "Cancel it, the money goes back"))
    return found


def strays_for(user: Any, *, at: datetime) -> Strays:
    """The visits outside hours that `user` looks after: a doctor's own, at the desk
    those at its places, for medical administration too."""
    if has_role(user, *DESK_ROLES):
        found = strays_of(Doctor.objects.all(), at=at)
    elif has_role(user, Role.DOCTOR, Role.NURSE):
        found = strays_of(Doctor.objects.filter(user=user), at=at)
    else:
        return Strays([], [], [])
    ids = [*found.open, *found.offered, *found.kept]
    if not ids:
        return found
    seen = set(visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    return Strays(*([pk for pk in part if pk in seen] for part in _parts(found)))


def _parts(found: Strays) -> tuple[list[int], list[int], list[int]]:
    return found.open, found.offered, found.kept
