"""Visits outside the hours: which they are, and what becomes of each."""

import uuid
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from audit.models import Entry
from booking.appointments.models import Party
from booking.appointments.queries import cancellation_terms
from booking.appointments.services import MoveRefused, SlotTaken, mark_arrived
from booking.availability.services import Hours, add_time_off, set_working_hours
from booking.models import Appointment, AvailabilityException, Move, StrayDecision
from booking.moves.queries import TOO_OFTEN, standing
from booking.moves.services import WhyMoved, hand_over, move_visit
from booking.strays import services, tasks
from booking.strays.queries import strays_of, substitutes
from clinic.locations.services import add_closure, remove_closure
from notifications.models import Delivery
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import RoomFactory, SpecialtyFactory
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
DAY = timedelta(days=1)
HALF = timedelta(minutes=30)
CHANNELS = ["EMAIL", "IN_APP", "SMS"]
WHY = "Dr Calloway is at a course"


@pytest.fixture(autouse=True)
def _now(clock):
    clock.at = NOW


@pytest.fixture
def visit(free_visit):
    return AppointmentFactory(
        offering=free_visit,
        starts_at=TEN,
        confirmed_at=NOW,
        reason="haemorrhoids",
        patient=PatientFactory(email="patient@example.org", user=UserFactory()),
    )


@pytest.fixture
def off(visit, dr_lee):
    """The doctor takes the day of the visit off."""
    return add_time_off(
        actor=dr_lee,
        doctor=visit.doctor,
        starts_at=TEN - 2 * HALF,
        ends_at=TEN + DAY,
        reason="Course",
    )


@pytest.fixture
def other(practice, visit):
    """A doctor of the same specialty who offers the same kind of visit."""
    doctor = practice.doctor("Okafor", user=UserFactory(email="okafor@example.org"))
    return practice.offer(doctor, kind=visit.visit_type)


def found(visit):
    strays = strays_of([visit.doctor], at=NOW)
    return strays.open, strays.offered, strays.kept


def fresh(visit):
    return Appointment.objects.get(pk=visit.pk)


def hand(visit, offering, **given):
    given = {"actor": None, "reason": WHY, "at": NOW} | given
    return hand_over(
        appointment=visit, offering=offering, idempotency_key=uuid.uuid4(), **given
    )


def test_a_stray_is_open_until_somebody_decides_and_open_again_when_taken_back(
    visit, off, dr_lee
):
    assert found(visit) == ([visit.pk], [], [])
    services.keep_stray(actor=dr_lee, appointment=visit, at=NOW)
    assert found(visit) == ([], [], [visit.pk])
    services.decide_later(actor=dr_lee, appointment=visit, at=NOW)
    assert found(visit) == ([visit.pk], [], [])
    verbs = Entry.objects.filter(verb__contains="stray").values_list("verb", flat=True)
    assert list(verbs.order_by("pk")) == [
        "appointment.stray_kept",
        "appointment.stray_reopened",
    ]


def test_a_decision_is_about_one_time_and_none_about_the_next(visit, off, dr_lee):
    services.keep_stray(actor=dr_lee, appointment=visit, at=NOW)
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=TEN + 2 * HALF, ends_at=TEN + 3 * HALF, busy_ends_at=TEN + 3 * HALF
    )
    assert found(visit) == ([visit.pk], [], [])
    with pytest.raises(MoveRefused):
        services.keep_stray(actor=dr_lee, appointment=visit, at=NOW)


def test_what_a_change_would_leave_outside_is_known_before_and_nothing_is_changed(
    visit, dr_lee
):
    doctor, place = visit.doctor, visit.location
    evening = AppointmentFactory(
        doctor=doctor,
        location=place,
        visit_type=visit.visit_type,
        starts_at=TEN + timedelta(hours=10),
    )
    assert found(visit) == ([evening.pk], [], [])
    before = list(doctor.working_hours.order_by("pk").values_list("pk", "ends_time"))

    def shorten():
        set_working_hours(
            actor=dr_lee,
            doctor=doctor,
            location=place,
            week=[Hours(0, time(11), time(17))],
            from_date=NOW.date(),
        )

    def close():
        add_closure(
            actor=dr_lee,
            location=place,
            starts_date=TEN.date(),
            ends_date=TEN.date() + DAY,
            reason="Holiday",
        )

    for change in (shorten, close):
        entries = Entry.objects.count()
        # What was outside already is no news.
        assert services.strays_after(change, doctors=[doctor], at=NOW) == [visit.pk]
        after = doctor.working_hours.order_by("pk").values_list("pk", "ends_time")
        assert (list(after), place.closures.count()) == (before, 0)
        assert Entry.objects.count() == entries
    close()
    assert found(visit)[0] == [visit.pk, evening.pk]
    remove_closure(actor=dr_lee, closure=place.closures.get())
    assert found(visit)[0] == [evening.pk]


def test_who_is_asked_is_told_once_without_health_and_chooses_by_the_link(
    visit, off, dr_lee, client
):
    for _ in range(2):
        services.ask_to_choose(actor=dr_lee, appointment=visit, reason=WHY, at=NOW)
    assert found(visit) == ([], [visit.pk], [])
    decision = StrayDecision.objects.get()
    run_jobs()
    tasks.send_offered(decision_id=decision.pk)
    sent = Delivery.objects.filter(event="appointment_stray", patient=visit.patient)
    assert sorted(sent.values_list("channel", flat=True)) == CHANNELS
    words = " ".join(f"{row.subject} {row.body_text} {row.body_html}" for row in sent)
    for secret in ("haemorrhoids", visit.visit_type.name, WHY):
        assert secret not in words
    page = client.get(sent.get(channel="EMAIL").link)
    assert page.status_code == 200
    assert fresh(visit).starts_at == TEN
    move_visit(
        actor=None,
        appointment=fresh(visit),
        offering=visit.doctor.offerings.get(),
        starts_at=TEN + 2 * DAY,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    assert found(visit) == ([], [], [])
    assert not fresh(visit).is_disturbed


def test_asking_makes_leaving_free_and_a_move_uncounted(visit, off, dr_lee):
    late = TEN - timedelta(hours=1)
    Appointment.objects.filter(pk=visit.pk).update(
        price=Decimal(60), payment_policy="BEFORE", most_moves=1
    )
    Move.objects.create(
        appointment=visit, status="DONE", by=Party.PATIENT, asked_at=NOW,
        from_starts_at=TEN, from_location=visit.location, to_starts_at=TEN,
        to_location=visit.location, idempotency_key=uuid.uuid4(),
    )  # fmt: skip
    assert cancellation_terms(fresh(visit), at=late).fee == Decimal(30)
    assert standing(fresh(visit), at=NOW).why_not == TOO_OFTEN
    services.ask_to_choose(actor=dr_lee, appointment=visit, reason=WHY, at=NOW)
    assert cancellation_terms(fresh(visit), at=late).fee == 0
    assert cancellation_terms(fresh(visit), at=late).refund == Decimal(60)
    assert standing(fresh(visit), at=NOW).is_movable


def test_a_reason_is_needed_and_by_phone_is_by_phone(visit, off, dr_lee):
    with pytest.raises(services.WhyAsked):
        services.ask_to_choose(actor=dr_lee, appointment=visit, reason=" ", at=NOW)
    with pytest.raises(WhyMoved):
        hand(visit, visit.doctor.offerings.get(), reason=" ")
    visit.visit_type.booking_policy = "CALL"
    visit.visit_type.save()
    with pytest.raises(MoveRefused, match="Call the patient"):
        services.ask_to_choose(actor=dr_lee, appointment=visit, reason=WHY, at=NOW)
    assert found(visit) == ([visit.pk], [], [])
    assert not fresh(visit).is_disturbed


def test_substitutes_are_free_then_of_the_specialty_and_at_the_place(
    visit, off, other, practice
):
    assert substitutes([visit], at=NOW) == {visit.pk: [other]}
    # One is busy then, one has another specialty, one another place, one is closed.
    busy = practice.offer(practice.doctor("Busy"), kind=visit.visit_type)
    AppointmentFactory(offering=busy, starts_at=TEN + timedelta(minutes=15))
    skin = practice.doctor("Skin", specialty=SpecialtyFactory())
    practice.offer(skin, kind=visit.visit_type)
    closed = practice.doctor("Closed", takes_new_patients=False)
    practice.offer(closed, kind=visit.visit_type)
    assert substitutes([visit], at=NOW) == {visit.pk: [other]}
    AvailabilityException.objects.create(
        doctor=other.doctor, kind="CLOSED", starts_at=TEN, ends_at=TEN + HALF
    )
    assert substitutes([visit], at=NOW) == {visit.pk: []}


def test_handing_over_keeps_time_and_price_opens_the_record_and_tells(
    visit, off, other
):
    move = hand(visit, other)
    run_jobs()
    after = fresh(visit)
    assert (after.doctor, after.starts_at, after.price) == (
        other.doctor,
        TEN,
        visit.price,
    )
    assert found(visit) == ([], [], [])
    assert (move.from_doctor, move.to_doctor) == (visit.doctor, other.doctor)
    assert visit.patient.care_relations.filter(user=other.doctor.user).exists()
    told = Delivery.objects.filter(event="appointment_handed_over")
    assert sorted(told.values_list("channel", flat=True)) == CHANNELS
    text = told.get(channel="EMAIL").body_text
    assert "Okafor" in text
    assert "haemorrhoids" not in text
    assert Delivery.objects.filter(
        event="doctor_booked", user=other.doctor.user
    ).exists()
    assert after.is_disturbed


def test_who_is_not_free_then_gets_nobody(visit, off, other):
    AppointmentFactory(offering=other, starts_at=TEN)
    with pytest.raises(SlotTaken, match="Okafor is not free then"):
        hand(visit, other)
    assert fresh(visit).doctor == visit.doctor


def test_a_room_that_the_visit_has_itself_is_not_in_the_way(visit, off, other):
    room = RoomFactory(location=visit.location)
    Appointment.objects.filter(pk=visit.pk).update(room=room)
    other.room = room
    other.save()
    assert substitutes([fresh(visit)], at=NOW) == {visit.pk: [other]}
    hand(fresh(visit), other)
    assert (fresh(visit).doctor, fresh(visit).room) == (other.doctor, room)


def test_what_has_begun_is_not_handed_over_or_asked(visit, off, other, dr_lee):
    mark_arrived(actor=dr_lee, appointment=visit, at=TEN)
    with pytest.raises(MoveRefused):
        hand(fresh(visit), other, at=TEN)
    with pytest.raises(MoveRefused):
        services.ask_to_choose(
            actor=dr_lee, appointment=fresh(visit), reason=WHY, at=TEN
        )
    services.keep_stray(actor=dr_lee, appointment=fresh(visit), at=TEN)
    assert StrayDecision.objects.get().kind == "KEPT"
