"""Who waits for a time in the demo, what is offered to whom, and visits that moved.

Loaded last, so that nothing before it changes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from accounts.models import Patient
from booking.appointments.models import Party, Status
from booking.appointments.queries import free_slots
from booking.models import Appointment, FreedTime, Move, Offer, WaitlistEntry
from booking.moves.services.asking import ANSWER_WITHIN
from booking.waitlist.queries import reason
from booking.waitlist.services import set_rules
from clinic.models import Offering
from portal.demo.histories import Story, backdate
from portal.demo.visits import make_visit, uuid_of
from portal.demo.world import World

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
# An offer in the demo is open for as long as a clinic can leave it: somebody who loads
# it in the morning finds it in the evening.
_OFFER_MINUTES = 24 * 60
_NURSE, _ASKS = "gareth-ojo", "samira-haddad"
_WHY = (
    (Party.PATIENT, "I have to be at work that morning"),
    (Party.CLINIC, "Your doctor teaches on that day"),
    (Party.PATIENT, ""),
    (Party.CLINIC, "The room is being painted"),
)


def load_waiting(world: World) -> None:
    """A line for the doctor who is full, an offer that Maya can take, and moves."""
    set_rules(actor=None, offer_minutes=_OFFER_MINUTES, offers_at_once=1)
    _load_line(world)
    _load_offer(world)
    _load_moves(world)
    _load_asked(world)


def _load_line(world: World) -> None:
    """Maya and others wait for the doctor who has no free time, each as they like."""
    offering = next(
        one for one in world.offerings if world.facts(one.doctor.slug).fully_booked
    )
    kind, doctor = offering.visit_type, offering.doctor
    specialty = world.specialties[world.facts(doctor.slug).specialties[0]]
    wishes: list[dict[str, object]] = [
        {"doctor": doctor},
        {"doctor": doctor, "parts": ["MORNING"], "weekdays": [0, 2]},
        {"specialty": specialty, "notice_hours": 48},
        {"doctor": doctor, "location": offering.location},
        {"doctor": doctor, "latest_date": world.day(28)},
        {"specialty": specialty, "parts": ["AFTERNOON", "EVENING"]},
    ]
    people = [world.maya, *_others(world, doctor_id=doctor.pk)]
    WaitlistEntry.objects.bulk_create(
        WaitlistEntry(
            patient=patient,
            visit_type=kind,
            joined_at=world.at - (number + 2) * 3 * _DAY,
            joined_by=patient.user,
            **wished,
        )
        for number, (patient, wished) in enumerate(zip(people, wishes, strict=False))
    )


def _others(world: World, *, doctor_id: int) -> Iterable[Patient]:
    """Grown patients with an account who have no visit with this doctor."""
    visits = [visit for visit in world.visits if visit.doctor_id == doctor_id]
    theirs = {visit.patient_id for visit in visits}
    born = world.today.year
    return [
        one
        for one in world.patients[1:]
        if one.user and one.pk not in theirs and 20 < born - one.birth_date.year < 70
    ]


def _load_offer(world: World) -> None:
    """Somebody gave up a time with the nurse that is earlier than Maya's visit, and it
    is held for her."""
    hers = next(
        visit
        for visit in world.visits
        if visit.patient == world.maya
        and visit.doctor.slug == _NURSE
        and visit.status == Status.CONFIRMED
        and visit.starts_at > world.at
    )
    offering = next(
        one
        for one in world.offerings
        if (one.doctor_id, one.visit_type_id, one.location_id)
        == (hers.doctor_id, hers.visit_type_id, hers.location_id)
    )
    starts_at = _free(world, offering, 5)
    gone = make_visit(world, offering, starts_at, world.patients[1])
    story = Story(world, gone, world.at - 9 * _DAY, None)
    patient = gone.patient.user if gone.patient else None
    gone.booked_by, gone.confirmed_at = patient, story.clock
    story.move(Status.CONFIRMED, story.clock, patient)
    story.move(
        Status.CANCELLED, world.at - 20 * _MINUTE, patient, "I am better already"
    )
    gone.cancelled_by, gone.cancelled_at = Party.PATIENT, story.clock
    gone.refund_due = 0
    until = world.at + _OFFER_MINUTES * _MINUTE
    hold = _hold(world, offering, starts_at, until=until + 10 * _MINUTE)
    _store([story, hold])
    entry = WaitlistEntry.objects.create(
        patient=world.maya,
        doctor=hers.doctor,
        visit_type=hers.visit_type,
        replaces=hers,
        location=hers.location,
        latest_date=hers.starts_at.astimezone(world.zone).date(),
        joined_at=world.at - 4 * _DAY,
        joined_by=world.maya.user,
    )
    freed = FreedTime.objects.create(
        appointment=gone,
        doctor=gone.doctor,
        location=gone.location,
        starts_at=starts_at,
        ends_at=gone.ends_at,
        status=FreedTime.Status.OFFERING,
        hold=hold.visit,
        found_at=world.at - 19 * _MINUTE,
    )
    Offer.objects.create(
        entry=entry,
        freed=freed,
        offering=offering,
        why=reason(entry, zone=gone.location.time_zone),
        offered_at=world.at - 19 * _MINUTE,
        expires_at=until,
    )


def _free(world: World, offering: Offering, days: int) -> datetime:
    """A free time of it from so many days from now on, the third of what there is."""
    after = world.at + days * _DAY
    found = free_slots([offering], after=after, until=after + 14 * _DAY, at=world.at)
    return found[offering.pk][2].starts_at


def _hold(
    world: World, offering: Offering, starts_at: datetime, *, until: datetime
) -> Story:
    """A time that is held for nobody yet."""
    visit = make_visit(world, offering, starts_at, world.maya)
    visit.patient, visit.reason = None, ""
    visit.hold_expires_at, visit.hold_extended = until, True
    story = Story(world, visit, world.at - 19 * _MINUTE, None)
    story.move(Status.HELD, story.clock, None)
    return story


def _store(stories: list[Story]) -> None:
    for story in stories:
        story.visit.save()
        for change in story.changes:
            change.appointment = story.visit
            change.save()
    backdate(
        [story.visit for story in stories],
        {story.visit.pk: story.changes[0].at for story in stories},
    )


def _coming(world: World, *, on_request: bool) -> list[Appointment]:
    """Booked visits to come of patients who may move them, not of Maya's."""
    return [
        visit
        for visit in world.visits
        if visit.status == Status.CONFIRMED
        and visit.starts_at > world.at + 2 * _DAY
        and visit.patient != world.maya
        and (visit.visit_type.booking_policy == "REQUEST") == on_request
        and not world.facts(visit.doctor.slug).fully_booked
    ]


def _load_moves(world: World) -> None:
    """Visits that had another time before, and why."""
    visits = _coming(world, on_request=False)[:: len(_WHY)][: len(_WHY)]
    for visit, (by, why) in zip(visits, _WHY, strict=False):
        at = max(visit.created_at + _MINUTE, world.at - 30 * 60 * _MINUTE)
        theirs = visit.patient.user if visit.patient else None
        Move.objects.create(
            appointment=visit,
            status=Move.Status.DONE,
            by=by,
            actor=theirs if by == Party.PATIENT else visit.doctor.user,
            reason=why,
            asked_at=at,
            answered_at=at,
            # A week before, at the same hour: over by now, or nobody's any more.
            from_starts_at=visit.starts_at - 7 * _DAY,
            from_location=visit.location,
            to_starts_at=visit.starts_at,
            to_location=visit.location,
            idempotency_key=uuid_of(world),
        )
        visit.moved_at = at
        visit.sequence += 1
    Appointment.objects.bulk_update(visits, ["moved_at", "sequence"])


def _load_asked(world: World) -> None:
    """A patient of the doctor who approves each visit asks for another time."""
    theirs = [
        visit for visit in _coming(world, on_request=True) if visit.doctor.slug == _ASKS
    ]
    if not theirs:
        return
    visit = theirs[0]
    offering = next(
        one
        for one in world.offerings
        if (one.doctor_id, one.visit_type_id, one.location_id)
        == (visit.doctor_id, visit.visit_type_id, visit.location_id)
    )
    starts_at = _free(world, offering, 6)
    asked_at = world.at - 90 * _MINUTE
    until = min(asked_at + ANSWER_WITHIN, visit.starts_at)
    hold = _hold(world, offering, starts_at, until=until)
    _store([hold])
    Move.objects.create(
        appointment=visit,
        status=Move.Status.ASKED,
        by=Party.PATIENT,
        actor=visit.patient.user if visit.patient else None,
        reason="My train gets in at noon on that day",
        asked_at=asked_at,
        expires_at=until,
        from_starts_at=visit.starts_at,
        from_location=visit.location,
        to_starts_at=starts_at,
        to_location=visit.location,
        hold=hold.visit,
        idempotency_key=uuid_of(world),
    )
