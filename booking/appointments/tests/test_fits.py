"""Which room and equipment a visit gets, and that it is offered only where it can."""

import itertools
import random
import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError

from booking.appointments import services
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import (
    fit_at,
    fit_exactly,
    free_slots,
    next_free,
    slot_at,
)
from booking.appointments.services import overbooking
from booking.moves import services as moves
from clinic.resources.models import Outage, ResourceHours
from clinic.visit_types.models import VisitType
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import (
    CapabilityFactory,
    EquipmentFactory,
    LocationFactory,
    RoomFactory,
    needs,
)

# A Monday in winter, so London is on UTC.
NOW = datetime(2026, 3, 16, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
ELEVEN = TEN + timedelta(hours=1)


@pytest.fixture
def place(db):
    return LocationFactory()


@pytest.fixture
def couch(db):
    return CapabilityFactory(name="Treatment couch")


@pytest.fixture
def scan(db):
    return CapabilityFactory(name="Ultrasound")


def talk(place, **fields):
    """What a doctor of its own offers there, in any room."""
    offering = open_offering(location=place, visit_type__free=True, **fields)
    needs(offering.visit_type, room=[])
    return offering


def like(offering):
    """The same by another doctor."""
    return open_offering(location=offering.location, visit_type=offering.visit_type)


def hold(offering, at=TEN):
    return services.hold_slot(
        actor=None,
        offering=offering,
        starts_at=at,
        via="SITE",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def book(offering, at=TEN, patient=None):
    return services.book_for_patient(
        actor=None,
        patient=patient or PatientFactory(),
        offering=offering,
        starts_at=at,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def is_free(offering, at=TEN):
    return slot_at(offering, at, at=NOW) is not None


# --- Rooms ----------------------------------------------------------------------


def test_a_talk_gets_the_least_special_room_and_spares_the_others(place, couch, scan):
    special = RoomFactory(location=place, capabilities=[couch, scan])
    some = RoomFactory(location=place, capabilities=[couch])
    plain = RoomFactory(location=place)
    # What has equipment fixed in it is more special than what has not.
    EquipmentFactory(location=place, room=plain, capabilities=[scan])
    plainer = RoomFactory(location=place)
    first = talk(place)
    taken = [hold(first).room, *(hold(like(first)).room for _ in range(3))]
    assert taken == [plainer, plain, some, special]
    assert not is_free(like(first))


def test_a_visit_goes_only_where_all_that_it_needs_is(place, couch, scan):
    RoomFactory(location=place, capabilities=[couch])
    # At another place there is one, and that helps nobody.
    RoomFactory(capabilities=[couch, scan])
    offering = talk(place)
    needs(offering.visit_type, room=[couch, scan])
    assert not is_free(offering)
    both = RoomFactory(location=place, capabilities=[couch, scan])
    assert hold(offering).room == both


def test_times_are_offered_only_where_a_room_is_free(place):
    RoomFactory(location=place)
    offering, other = talk(place), talk(place)
    hold(offering)
    assert not is_free(other)
    assert is_free(other, ELEVEN)
    free = free_slots([other], after=NOW, until=NOW + timedelta(days=1), at=NOW)
    assert TEN not in {slot.starts_at for slot in free[other.pk]}
    RoomFactory(location=place)
    assert is_free(other)


def test_a_wish_comes_first_and_gives_way(place, couch):
    plain = RoomFactory(location=place)
    wished = RoomFactory(location=place, capabilities=[couch])
    offering = open_offering(location=place, room=wished, only_this_room=False)
    other = open_offering(location=place, room=wished, only_this_room=False)
    assert hold(offering).room == wished
    assert hold(other).room == plain


def test_an_only_room_never_gives_way(place):
    RoomFactory(location=place)
    own = RoomFactory(location=place)
    offering, other = (
        open_offering(location=place, room=own),
        open_offering(location=place, room=own),
    )
    assert hold(offering).room == own
    assert not is_free(other)
    with pytest.raises(services.SlotTaken):
        hold(other)


def test_an_only_room_that_lacks_something_is_not_offered(place, couch):
    own = RoomFactory(location=place)
    offering = open_offering(location=place, room=own)
    assert is_free(offering)
    needs(offering.visit_type, room=[couch])
    assert not is_free(offering)
    own.capabilities.add(couch)
    assert is_free(offering)


@pytest.mark.parametrize("only", [True, False])
def test_a_room_out_of_order_is_given_to_nobody(place, only):
    room = RoomFactory(location=place)
    offering = open_offering(location=place, room=room, only_this_room=only)
    Outage.objects.create(room=room, starts_at=TEN, ends_at=TEN + timedelta(minutes=1))
    assert not is_free(offering)
    assert is_free(offering, TEN - timedelta(minutes=30))
    assert is_free(offering, ELEVEN)


@pytest.mark.parametrize("only", [True, False])
def test_a_closed_room_is_given_to_nobody(place, only):
    room = RoomFactory(location=place, is_active=False)
    offering = open_offering(location=place, room=room, only_this_room=only)
    assert not is_free(offering)


@pytest.mark.parametrize(
    ("day", "first"),
    # The clocks go forward on 29 March: 11:00 is 11:00 UTC before and 10:00 after.
    [(datetime(2026, 3, 23, tzinfo=UTC), 11), (datetime(2026, 3, 30, tzinfo=UTC), 10)],
)
def test_hours_of_a_room_are_wall_time(place, day, first):
    room = RoomFactory(location=place)
    ResourceHours.objects.create(
        room=room, weekday=0, opens_at=time(11), closes_at=time(12)
    )
    offering = talk(place)
    free = free_slots([offering], after=day, until=day + timedelta(days=1), at=NOW)
    hours = [slot.starts_at for slot in free[offering.pk]]
    assert hours == [day + timedelta(hours=first, minutes=m) for m in (0, 30)]


def test_who_needs_no_room_gets_none(place):
    RoomFactory(location=place)
    assert hold(open_offering(location=place)).room is None


# --- Equipment ------------------------------------------------------------------


def test_a_movable_piece_goes_where_it_is_needed_and_to_one_at_a_time(place, scan):
    rooms = [RoomFactory(location=place) for _ in range(2)]
    piece = EquipmentFactory(location=place, capabilities=[scan])
    offering, other, third = talk(place), talk(place), talk(place)
    needs(offering.visit_type, room=[], equipment=[scan])
    needs(other.visit_type, room=[], equipment=[scan])
    made = hold(offering)
    assert (made.room, made.equipment_ids) == (rooms[0], [piece.pk])
    assert not is_free(other)
    # Who needs no equipment still has the other room.
    assert hold(third).room == rooms[1]
    assert hold(other, ELEVEN).equipment_ids == [piece.pk]


def test_a_fixed_piece_takes_the_visit_into_its_room(place, scan):
    RoomFactory(location=place)
    there = RoomFactory(location=place)
    fixed = EquipmentFactory(location=place, room=there, capabilities=[scan])
    EquipmentFactory(location=place, capabilities=[scan], is_active=False)
    offering = talk(place)
    needs(offering.visit_type, room=[], equipment=[scan])
    made = hold(offering)
    assert (made.room, made.equipment_ids) == (there, [fixed.pk])


def test_what_is_fixed_in_the_room_spares_what_others_could_have(place, scan):
    room = RoomFactory(location=place)
    EquipmentFactory(location=place, capabilities=[scan])
    fixed = EquipmentFactory(location=place, room=room, capabilities=[scan])
    offering = talk(place)
    needs(offering.visit_type, room=[], equipment=[scan])
    assert hold(offering).equipment_ids == [fixed.pk]


def test_two_needs_are_met_by_two_pieces_whatever_choice_it_takes(place):
    RoomFactory(location=place)
    one, two, three = (CapabilityFactory() for _ in range(3))
    # The first that comes to mind for `one` is the only one for `two`.
    both = EquipmentFactory(location=place, capabilities=[one, two])
    other = EquipmentFactory(location=place, capabilities=[one, three])
    offering = talk(place)
    needs(offering.visit_type, room=[], equipment=[one, two])
    assert sorted(hold(offering).equipment_ids) == [both.pk, other.pk]


def test_one_piece_never_serves_two_needs(place):
    RoomFactory(location=place)
    one, two = CapabilityFactory(), CapabilityFactory()
    EquipmentFactory(location=place, capabilities=[one, two])
    offering = talk(place)
    needs(offering.visit_type, room=[], equipment=[one, two])
    assert not is_free(offering)


def test_equipment_in_maintenance_is_given_to_nobody(place, scan):
    RoomFactory(location=place)
    piece = EquipmentFactory(location=place, capabilities=[scan])
    offering = talk(place)
    needs(offering.visit_type, room=[], equipment=[scan])
    Outage.objects.create(equipment=piece, starts_at=TEN, ends_at=ELEVEN)
    assert not is_free(offering)
    assert is_free(offering, ELEVEN)


def test_no_two_live_visits_have_one_piece_at_a_time(place, scan):
    piece = EquipmentFactory(location=place, capabilities=[scan])
    AppointmentFactory(starts_at=TEN, equipment_ids=[piece.pk])
    AppointmentFactory(starts_at=TEN, equipment_ids=[piece.pk], status=Status.CANCELLED)
    AppointmentFactory(starts_at=ELEVEN, equipment_ids=[piece.pk, piece.pk + 1])
    with pytest.raises(IntegrityError, match="equipment_serves_one"):
        AppointmentFactory(
            starts_at=TEN + timedelta(minutes=20), equipment_ids=[piece.pk]
        )


def test_a_lapsed_hold_of_equipment_is_in_nobodys_way(place, scan):
    rooms = [RoomFactory(location=place) for _ in range(2)]
    piece = EquipmentFactory(location=place, capabilities=[scan])
    offering = talk(place)
    needs(offering.visit_type, room=[], equipment=[scan])
    old = AppointmentFactory(
        starts_at=TEN,
        room=rooms[1],
        equipment_ids=[piece.pk],
        status=Status.HELD,
        hold_expires_at=NOW,
    )
    assert hold(offering).equipment_ids == [piece.pk]
    old.refresh_from_db()
    assert old.status == Status.EXPIRED


# --- Every way in ----------------------------------------------------------------


def test_a_move_takes_whatever_room_is_free_then(place):
    first, second = (RoomFactory(location=place) for _ in range(2))
    offering, other = talk(place), talk(place)
    visit = book(offering)
    assert (visit.room, hold(other, ELEVEN).room) == (first, first)
    moves.move_for_patient(
        actor=None,
        appointment=visit,
        offering=offering,
        starts_at=ELEVEN,
        reason="Sooner",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    visit.refresh_from_db()
    assert (visit.starts_at, visit.room) == (ELEVEN, second)


def test_a_move_that_waits_for_an_answer_keeps_room_and_equipment(place, scan):
    RoomFactory(location=place)
    pieces = [EquipmentFactory(location=place, capabilities=[scan]) for _ in range(2)]
    offering = talk(place, visit_type__on_request=True)
    needs(offering.visit_type, room=[], equipment=[scan])
    visit = services.approve_request(actor=None, appointment=book(offering), at=NOW)
    asked = moves.move_visit(
        actor=None,
        appointment=visit,
        offering=offering,
        starts_at=ELEVEN,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    assert asked.hold.equipment_ids == [pieces[0].pk]
    Appointment.objects.filter(pk=asked.hold_id).update(equipment_ids=[pieces[1].pk])
    moves.approve_move(actor=None, move=asked, at=NOW)
    visit.refresh_from_db()
    assert (visit.starts_at, visit.equipment_ids) == (ELEVEN, [pieces[1].pk])


def test_another_doctor_takes_over_with_what_the_visit_has(place, scan):
    room = RoomFactory(location=place)
    piece = EquipmentFactory(location=place, capabilities=[scan])
    offering = talk(place)
    needs(offering.visit_type, room=[], equipment=[scan])
    visit, other = book(offering), like(offering)
    moves.hand_over(
        actor=None,
        appointment=visit,
        offering=other,
        reason="Ill",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    visit.refresh_from_db()
    assert (visit.doctor, visit.room, visit.equipment_ids) == (
        other.doctor,
        room,
        [piece.pk],
    )


def test_overbooking_shares_no_equipment(place, scan):
    rooms = [RoomFactory(location=place) for _ in range(2)]
    EquipmentFactory(location=place, capabilities=[scan])
    offering = talk(place)
    needs(offering.visit_type, room=[], equipment=[scan])
    book(offering)
    with pytest.raises(services.EquipmentTaken):
        squeeze(offering, rooms[1])
    more = EquipmentFactory(location=place, capabilities=[scan])
    assert squeeze(offering, rooms[1]).equipment_ids == [more.pk]


def test_overbooking_without_a_room_takes_one_that_suits_or_none(place, couch):
    RoomFactory(location=place)
    right = RoomFactory(location=place, capabilities=[couch])
    offering = talk(place)
    needs(offering.visit_type, room=[couch])
    AppointmentFactory(doctor=offering.doctor, location=place, starts_at=TEN)
    assert squeeze(offering, None).room == right
    other = like(offering)
    assert squeeze(other, None).room is None


def squeeze(offering, room):
    return overbooking.overbook(
        actor=None,
        patient=PatientFactory(),
        offering=offering,
        starts_at=TEN,
        room=room,
        reason="",
        why="Acute",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def test_who_walks_in_gets_a_room_too(place):
    room = RoomFactory(location=place)
    made = services.book_walk_in(
        actor=None,
        patient=PatientFactory(),
        offering=talk(place),
        starts_at=TEN,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    assert made.room == room


def test_who_comes_late_gets_another_room_where_theirs_was_given_away(place):
    first, second = (RoomFactory(location=place) for _ in range(2))
    offering, other = talk(place), talk(place)
    visit = book(offering)
    services.mark_missed(actor=None, appointment=visit, at=TEN)
    taken = AppointmentFactory(
        doctor=other.doctor, location=place, room=first, starts_at=TEN
    )
    services.mark_arrived(actor=None, appointment=visit, at=TEN + timedelta(minutes=9))
    visit.refresh_from_db()
    assert (visit.status, visit.room, taken.room) == (Status.ARRIVED, second, first)


# --- By chance ------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_what_is_offered_is_what_some_choice_allows(place, seed):
    """Of every choice of room and equipment, tried one by one, one is possible exactly
    at the times that are offered; and `next_free` is the first of them."""
    pick = random.Random(seed)  # noqa: S311
    caps = [CapabilityFactory() for _ in range(3)]

    def some():
        return pick.sample(caps, pick.randrange(3))

    rooms = [RoomFactory(location=place, capabilities=some()) for _ in range(3)]
    pieces = [
        EquipmentFactory(
            location=place, room=pick.choice([None, *rooms]), capabilities=some()
        )
        for _ in range(3)
    ]
    offering = talk(place)
    wanted, tools = some(), some()
    needs(offering.visit_type, room=wanted, equipment=tools)
    for owner in pick.sample([*rooms, *pieces], 2):
        begins = TEN + timedelta(minutes=15 * pick.randrange(8))
        Outage.objects.create(
            **{"room" if owner in rooms else "equipment": owner},
            starts_at=begins,
            ends_at=begins + timedelta(minutes=40),
        )
    for piece in pieces[:2]:
        AppointmentFactory(
            location=place,
            starts_at=TEN + timedelta(minutes=15 * pick.randrange(12)),
            equipment_ids=[piece.pk],
        )
    until = TEN + timedelta(hours=3)
    found = free_slots([offering], after=TEN, until=until, at=NOW)[offering.pk]
    starts = [TEN + timedelta(minutes=30 * n) for n in range(6)]
    expected = [s for s in starts if possible(s, rooms, pieces, wanted, tools)]
    assert [slot.starts_at for slot in found] == expected
    if expected:
        assert next_free([offering], at=TEN)[offering.doctor_id] == found[0]
    for slot in found:
        held = hold(offering, slot.starts_at)
        assert held.room in rooms
        assert len(held.equipment_ids) == len(tools)


def possible(start, rooms, pieces, wanted, tools):
    end = start + timedelta(minutes=30)
    broken = list(Outage.objects.filter(starts_at__lt=end, ends_at__gt=start))
    out = {one.room for one in broken} | {one.equipment for one in broken}
    busy = Appointment.objects.filter(starts_at__lt=end, ends_at__gt=start)
    used = {pk for one in busy for pk in one.equipment_ids}
    for room in rooms:
        if room in out or not set(wanted) <= set(room.capabilities.all()):
            continue
        for chosen in itertools.permutations(pieces, len(tools)):
            if all(
                tool in piece.capabilities.all()
                and piece not in out
                and piece.pk not in used
                and piece.room in (None, room)
                for tool, piece in zip(tools, chosen, strict=True)
            ):
                return True
    return False


def test_one_query_finds_times_rooms_and_equipment(
    place, scan, django_assert_num_queries
):
    RoomFactory(location=place)
    EquipmentFactory(location=place, capabilities=[scan])
    offerings = [talk(place) for _ in range(3)]
    for offering in offerings:
        needs(offering.visit_type, room=[], equipment=[scan])
    with django_assert_num_queries(1):
        free = free_slots(
            offerings, after=NOW, until=NOW + timedelta(days=3), at=NOW, limit=4
        )
    assert [len(free[one.pk]) for one in offerings] == [4, 4, 4]


def test_what_is_needed_since_the_offering_was_read_is_not_left_out(place, scan):
    for need in ({"room": []}, {"equipment": [scan]}):
        offering = open_offering(location=place, visit_type__free=True)
        assert fit_at(offering, TEN, at=NOW) == fit_exactly(offering, TEN, at=NOW)
        assert fit_at(offering, TEN, at=NOW) == (None, ())
        needs(VisitType.objects.get(pk=offering.visit_type_id), **need)
        assert fit_at(offering, TEN, at=NOW) is None
        assert fit_exactly(offering, TEN, at=NOW) is None
