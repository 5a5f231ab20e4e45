"""Two months of appointments: who comes to whom, and when.

Times are the booking engine's own, as of the beginning of the window, so that every
visit lies where somebody could have booked it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Patient
from booking.appointments.queries import Slot, free_slots
from booking.models import Appointment
from clinic.models import Offering, VisitType
from portal.demo.content import DoctorFacts
from portal.demo.rooms import equipment_for
from portal.demo.world import AHEAD, PAST, World

_MINUTE = timedelta(minutes=1)
_ADULT = 16
_PANEL = 36
# What share of a doctor's times is taken; most people here have time this week.
_BUSY = {
    "ines-calloway": 0.3,
    "gareth-ojo": 0.08,
    "owen-baptiste": 0.14,
    "samira-haddad": 0.22,
    "freya-lindqvist": 0.3,
}
_ORDINARY = (0.05, 0.07, 0.09, 0.12)
_RUSH = 2.4
_FULL = 0.9
# How often each visit type is chosen, against 1 for others.
_WEIGHTS = {"specialist-follow-up": 2.0, "gp-visit": 3.0, "minor-skin-surgery": 0.3}
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class Calendar:
    """What is taken so far: rooms by the minute, patients by the day."""

    def __init__(self) -> None:
        self._rooms: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        self._days: set[tuple[int, date]] = set()

    def is_room_free(self, room: int | None, starts: datetime, ends: datetime) -> bool:
        taken = self._rooms[room] if room is not None else []
        return not any(one < ends and starts < two for one, two in taken)

    def is_patient_free(self, patient: Patient, day: date) -> bool:
        return (patient.pk, day) not in self._days

    def take(self, visit: Appointment, day: date) -> None:
        if visit.room_id is not None:
            span = (visit.busy_starts_at, visit.busy_ends_at)
            self._rooms[visit.room_id].append(span)
        self._days.add((visit.patient_id, day))  # type: ignore[arg-type]


def uuid_of(world: World) -> UUID:
    """A random UUID, the same at each loading."""
    return UUID(int=world.dice.getrandbits(128), version=4)


def code_of(world: World, length: int) -> str:
    """Letters and digits that are not mistaken for each other."""
    return "".join(world.dice.choice(_ALPHABET) for _ in range(length))


def window(world: World) -> tuple[datetime, datetime]:
    """From about a month ago to about a month from now."""
    midnight = world.at.astimezone(world.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return midnight - PAST, midnight + AHEAD


def plan_visits(world: World) -> list[Appointment]:
    """Unsaved appointments in order of doctor and time, without a status yet."""
    calendar = Calendar()
    found = plan_story(world, calendar)
    told = {(visit.doctor_id, visit.starts_at) for visit in found}
    for facts in world.content.doctors:
        panel = _panel(world, facts)
        for day, slots in _days(world, facts):
            taken = [v for v in found if (v.doctor_id, v.starts_at) in told]
            found += _plan_day(world, calendar, facts, panel, day, slots, taken)
    return found


def _days(world: World, facts: DoctorFacts) -> Iterator[tuple[date, list[Slot]]]:
    """The doctor's possible starts, day by day, in order."""
    first, last = window(world)
    mine = [o for o in world.offerings if o.doctor.slug == facts.slug]
    found = free_slots(mine, after=first, until=last, at=first, for_desk=True)
    slots = sorted(slot for slots in found.values() for slot in slots)
    zone = ZoneInfo(world.locations[facts.locations[0]].time_zone)
    for day, group in groupby(slots, key=lambda s: s.starts_at.astimezone(zone).date()):
        yield day, list(group)


def _panel(world: World, facts: DoctorFacts) -> list[Patient]:
    """The patients who go to this doctor."""
    fits = [p for p in world.patients[1:] if _fits(world, facts, p)]
    near = [p for p in fits if ("Port-Clair" in p.address) == _is_abroad(facts)]
    pool = near if len(near) > _PANEL // 2 else fits
    size = len(pool) if facts.fully_booked else min(_PANEL, len(pool))
    return world.dice.sample(pool, size)


def _is_abroad(facts: DoctorFacts) -> bool:
    return facts.locations == ["port-clair"]


def _fits(world: World, facts: DoctorFacts, patient: Patient) -> bool:
    age = (world.today - patient.birth_date).days // 365
    if facts.specialties[0] == "children":
        return age < _ADULT
    if age < _ADULT:
        return facts.specialties[0] in {"ear-nose-and-throat", "skin"}
    if facts.specialties[0] == "womens-health":
        return patient.sex == Patient.Sex.FEMALE
    return True


def _share_taken(world: World, facts: DoctorFacts, day: date) -> float:
    """What part of the day's times is taken."""
    if facts.fully_booked:
        return 1.0
    number = world.content.doctors.index(facts)
    share = _BUSY.get(facts.slug, _ORDINARY[number % len(_ORDINARY)])
    ahead = (day - world.today).days
    if 0 <= ahead <= 1:
        return min(share * _RUSH, _FULL)
    return share * 0.5 if ahead > 14 else share


def _plan_day(
    world: World,
    calendar: Calendar,
    facts: DoctorFacts,
    panel: list[Patient],
    day: date,
    slots: list[Slot],
    taken: list[Appointment],
) -> list[Appointment]:
    """Walk through a day's possible starts and fill some of them."""
    offerings = {offering.pk: offering for offering in world.offerings}
    share = _share_taken(world, facts, day)
    free_from = slots[0].starts_at
    found: list[Appointment] = []
    for starts_at, group in groupby(slots, key=attrgetter("starts_at")):
        if starts_at < free_from:
            continue
        choices = [offerings[slot.offering_id] for slot in group]
        choices = [o for o in choices if _is_clear(calendar, o, starts_at, taken)]
        if not choices:
            continue
        if not world.share(share):
            free_from = starts_at + 15 * _MINUTE
            continue
        offering = _choose(world, facts, choices)
        patient = _pick_patient(world, calendar, panel, day)
        if patient is None:
            continue
        visit = make_visit(world, offering, starts_at, patient)
        calendar.take(visit, day)
        found.append(visit)
        free_from = visit.busy_ends_at
    return found


def _is_clear(
    calendar: Calendar, offering: Offering, starts: datetime, taken: list[Appointment]
) -> bool:
    kind = offering.visit_type
    length = kind.duration_minutes + kind.buffer_after_minutes
    ends = starts + length * _MINUTE
    if not calendar.is_room_free(offering.room_id, starts, ends):
        return False
    return not any(
        visit.doctor_id == offering.doctor_id
        and visit.busy_starts_at < ends
        and starts < visit.busy_ends_at
        for visit in taken
    )


def _choose(world: World, facts: DoctorFacts, choices: list[Offering]) -> Offering:
    if facts.fully_booked:
        # The shortest leaves no gap between visits.
        return min(choices, key=lambda o: (o.visit_type.duration_minutes, o.pk))
    weights = [_WEIGHTS.get(o.visit_type.slug, 1.0) for o in choices]
    return world.dice.choices(choices, weights)[0]


def _pick_patient(
    world: World, calendar: Calendar, panel: list[Patient], day: date
) -> Patient | None:
    for _ in range(12):
        patient = world.dice.choice(panel)
        if calendar.is_patient_free(patient, day):
            return patient
    return None


def make_visit(
    world: World, offering: Offering, starts_at: datetime, patient: Patient
) -> Appointment:
    """An unsaved appointment with the terms of its visit type."""
    kind: VisitType = offering.visit_type
    ends_at = starts_at + kind.duration_minutes * _MINUTE
    specialty = world.facts(offering.doctor.slug).specialties[0]
    code = code_of(world, 6)
    return Appointment(
        public_id=uuid_of(world),
        reference=f"{code[:3]}-{code[3:]}",
        patient=patient,
        doctor=offering.doctor,
        visit_type=kind,
        location=offering.location,
        room=offering.room,
        equipment_ids=equipment_for(world, kind.slug),
        starts_at=starts_at,
        ends_at=ends_at,
        busy_starts_at=starts_at - kind.buffer_before_minutes * _MINUTE,
        busy_ends_at=ends_at + kind.buffer_after_minutes * _MINUTE,
        price=kind.price if offering.price is None else offering.price,
        currency=kind.currency,
        payment_policy=kind.payment_policy,
        free_cancellation_hours=kind.free_cancellation_hours,
        late_cancellation_percent=kind.late_cancellation_percent,
        late_cancellation_fee=kind.late_cancellation_fee,
        missed_percent=kind.missed_percent,
        missed_fee=kind.missed_fee,
        most_moves=kind.most_moves,
        reason=world.dice.choice(world.content.visits["reasons"][specialty]),
        idempotency_key=uuid_of(world),
    )


def plan_story(world: World, calendar: Calendar) -> list[Appointment]:
    """Maya's visits, as the data file tells them; `world.fates` keeps how they end."""
    found = []
    first, _ = window(world)
    for number, entry in enumerate(world.content.people["maya"]["visits"]):
        offering = next(
            o
            for o in world.offerings
            if (o.doctor.slug, o.visit_type.slug)
            == (entry["doctor"], entry["visit_type"])
        )
        low, high = entry["days"]
        starts = free_slots(
            [offering],
            after=world.at + timedelta(days=low),
            until=world.at + timedelta(days=high),
            at=first,
            for_desk=True,
        )[offering.pk]
        starts_at = starts[min(number, len(starts) - 1)].starts_at
        visit = make_visit(world, offering, starts_at, world.maya)
        visit.reason = entry["reason"]
        calendar.take(visit, starts_at.astimezone(world.zone).date())
        world.fates[visit.public_id] = entry["fate"]
        found.append(visit)
    return found
