"""Moving a visit: at once, or after an answer; never both times, and never none."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from audit.models import Entry
from booking.appointments import services as appointments
from booking.appointments.models import LIVE, Party, Status
from booking.appointments.queries import cancellation_terms, free_slots
from booking.models import Appointment, Move
from booking.moves import services
from booking.moves.queries import standing
from booking.moves.services.asking import ANSWER_WITHIN
from clinic.models import Offering, VisitType
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import (
    AppointmentFactory,
    WorkingHoursFactory,
    open_offering,
)
from tests.factories.clinic import (
    LocationFactory,
    OfferingFactory,
    RoomFactory,
    VisitTypeFactory,
)
from tests.jobs import queued_jobs, run_jobs

pytestmark = pytest.mark.django_db

# A Friday. The visit is on Monday at ten.
NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
ELEVEN = TEN + timedelta(hours=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def offering():
    return open_offering(room=RoomFactory())


@pytest.fixture
def visit(offering):
    return AppointmentFactory(offering=offering, starts_at=TEN, confirmed_at=NOW)


@pytest.fixture
def on_request(offering):
    """From now on the doctor approves each."""
    kind = offering.visit_type
    kind.booking_policy = VisitType.BookingPolicy.REQUEST
    kind.save()


def move(visit, starts_at=ELEVEN, **given):
    visit = Appointment.objects.get(pk=visit.pk)
    offering = given.pop("offering", None) or offering_of(visit)
    given = {
        "actor": visit.patient.user,
        "reason": "",
        "at": NOW,
        "idempotency_key": uuid.uuid4(),
    } | given
    return services.move_visit(
        appointment=visit, offering=offering, starts_at=starts_at, **given
    )


def offering_of(visit):
    return visit.doctor.offerings.get(
        visit_type=visit.visit_type_id, location=visit.location_id
    )


def again(row):
    return type(row).objects.get(pk=row.pk)


def is_free(offering, starts_at, at=NOW):
    until = starts_at + timedelta(seconds=1)
    return bool(
        free_slots([offering], after=starts_at, until=until, at=at)[offering.pk]
    )


def jobs():
    return [(path.rsplit(".", 1)[1], kwargs) for path, kwargs in queued_jobs()]


# --- At once --------------------------------------------------------------------


def test_a_move_gives_the_new_time_and_gives_the_old_one_back(visit, offering):
    before = again(visit)
    made = move(visit)
    after = again(visit)
    assert (after.starts_at, after.ends_at) == (ELEVEN, ELEVEN + HOUR / 2)
    assert after.status == Status.CONFIRMED
    assert after.moved_at == NOW
    assert after.sequence == before.sequence + 1
    assert is_free(offering, TEN)
    assert not is_free(offering, ELEVEN)
    assert (made.status, made.from_starts_at, made.to_starts_at) == (
        Move.Status.DONE,
        TEN,
        ELEVEN,
    )
    assert jobs() == [
        ("send_moved", {"move_id": made.pk}),
        ("offer_time_left", {"move_id": made.pk}),
    ]


def test_a_move_keeps_what_was_promised_when_it_was_booked(visit, offering):
    kept = ["price", "currency", "payment_policy", "confirmed_at", "reference"]
    kept += ["public_id", "reason", "patient_id", "doctor_id", "visit_type_id"]
    before = {name: getattr(again(visit), name) for name in kept}
    VisitType.objects.update(price=Decimal("99.00"), payment_policy="AT_CLINIC")
    move(visit)
    assert {name: getattr(again(visit), name) for name in kept} == before


def test_a_move_takes_length_buffers_and_room_of_the_new_time(visit):
    kind = visit.visit_type
    elsewhere = OfferingFactory(
        doctor=visit.doctor,
        visit_type=kind,
        location=LocationFactory(time_zone="Europe/London"),
    )
    elsewhere.room = RoomFactory(location=elsewhere.location)
    elsewhere.save()
    WorkingHoursFactory(doctor=visit.doctor, location=elsewhere.location, weekday=1)
    VisitType.objects.update(duration_minutes=45, buffer_after_minutes=10)
    elsewhere = Offering.objects.get(pk=elsewhere.pk)
    tuesday = datetime(2026, 3, 17, 9, tzinfo=UTC)
    move(visit, tuesday, offering=elsewhere)
    after = again(visit)
    assert (after.location_id, after.room_id) == (
        elsewhere.location_id,
        elsewhere.room_id,
    )
    assert after.ends_at - after.starts_at == timedelta(minutes=45)
    assert after.busy_ends_at - after.busy_starts_at == timedelta(minutes=55)


def test_a_taken_time_is_refused_and_the_old_one_is_kept(visit, offering):
    AppointmentFactory(offering=offering, starts_at=ELEVEN)
    with pytest.raises(appointments.SlotTaken) as refused:
        move(visit)
    assert again(visit).starts_at == TEN
    assert Move.objects.count() == 0
    assert jobs() == []
    nearest = [slot.starts_at for slot in refused.value.nearest]
    assert ELEVEN not in nearest
    assert nearest == sorted(nearest)
    assert len(nearest) == 5


def test_a_patient_is_not_moved_onto_another_visit_of_theirs(visit):
    AppointmentFactory(patient=visit.patient, starts_at=ELEVEN)
    with pytest.raises(appointments.PatientBusy):
        move(visit)
    assert again(visit).starts_at == TEN


def test_the_same_key_is_the_same_move(visit):
    key = uuid.uuid4()
    first = move(visit, idempotency_key=key)
    second = move(visit, idempotency_key=key)
    assert first == second
    assert again(visit).sequence == visit.sequence + 1
    with pytest.raises(appointments.KeyReused):
        move(visit, ELEVEN + HOUR, idempotency_key=key)


def test_another_doctor_or_kind_of_visit_is_no_move(visit, offering):
    other_kind = OfferingFactory(
        doctor=offering.doctor,
        visit_type=VisitTypeFactory(),
        location=offering.location,
    )
    for wrong in (open_offering(visit_type=offering.visit_type), other_kind):
        with pytest.raises(services.NotMovable):
            move(visit, offering=wrong)
    assert again(visit).starts_at == TEN


@pytest.mark.parametrize(
    "status", [status for status in Status if status != Status.CONFIRMED]
)
def test_only_what_is_booked_is_moved(offering, status):
    row = AppointmentFactory(
        offering=offering,
        starts_at=TEN,
        status=status,
        hold_expires_at=TEN,
    )
    assert not standing(row, at=NOW).is_movable
    with pytest.raises(services.NotMovable):
        move(row)


def test_a_visit_that_has_begun_is_not_moved(visit):
    assert standing(visit, at=TEN - timedelta(seconds=1)).is_movable
    with pytest.raises(services.NotMovable):
        move(visit, at=TEN)


def test_patients_move_as_often_as_the_terms_allow(visit):
    Appointment.objects.update(most_moves=2)
    for hour in (1, 2):
        move(visit, TEN + hour * HOUR)
    with pytest.raises(services.NotMovable, match="as often as"):
        move(visit, TEN + 3 * HOUR)
    assert again(visit).starts_at == TEN + 2 * HOUR


def test_what_is_booked_by_phone_only_is_moved_by_phone_only(visit):
    VisitType.objects.update(booking_policy="CALL")
    with pytest.raises(services.NotMovable, match="Call us"):
        move(visit)
    VisitType.objects.update(booking_policy="INSTANT")
    Appointment.objects.update(most_moves=0)
    with pytest.raises(services.NotMovable, match="Call us"):
        move(visit)


def test_notice_and_horizon_hold_for_the_new_time(visit):
    VisitType.objects.update(minimum_notice_minutes=3 * 24 * 60 + 120 + 1)
    with pytest.raises(appointments.SlotTaken):
        move(visit, TEN)
    VisitType.objects.update(minimum_notice_minutes=0, horizon_days=1)
    with pytest.raises(appointments.SlotTaken):
        move(visit, ELEVEN)


def test_a_move_is_written_down_with_who_and_why(visit):
    user = UserFactory()
    row = move(visit, actor=user, reason="The school play")
    entry = Entry.objects.get(verb="appointment.moved")
    assert entry.patient_id == visit.patient_id
    assert (row.actor, row.by, row.reason) == (user, Party.PATIENT, "The school play")
    assert (row.asked_at, row.answered_at) == (NOW, NOW)


# --- Late -----------------------------------------------------------------------


def test_a_late_move_is_no_way_round_the_charge(visit):
    late = TEN - timedelta(hours=23)
    move(visit, TEN + timedelta(days=7), at=late)
    terms = cancellation_terms(again(visit), at=late)
    assert (terms.fee, terms.refund) == (Decimal("32.50"), Decimal("32.50"))
    assert terms.free_until == TEN - timedelta(days=1)
    # Also after another move, when the new time is far away.
    move(visit, TEN + timedelta(days=8), at=late)
    assert cancellation_terms(again(visit), at=late).fee == Decimal("32.50")


def test_an_early_move_takes_the_deadline_along(visit):
    move(visit, TEN + timedelta(days=7))
    terms = cancellation_terms(again(visit), at=TEN)
    assert (terms.fee, terms.free_until) == (0, TEN + timedelta(days=6))


# --- On request -----------------------------------------------------------------


def test_a_request_holds_the_new_time_and_keeps_the_old_one(
    visit, offering, on_request
):
    row = move(visit)
    assert row.status == Move.Status.ASKED
    assert again(visit).starts_at == TEN
    assert not is_free(offering, TEN)
    assert not is_free(offering, ELEVEN)
    assert row.expires_at == NOW + ANSWER_WITHIN
    assert row.hold.patient_id is None
    assert jobs() == [("send_asked", {"move_id": row.pk})]


def test_approving_gives_the_new_time_and_frees_the_old_one(
    visit, offering, on_request
):
    row, doctor = move(visit), UserFactory()
    services.approve_move(actor=doctor, move=row, at=NOW + HOUR)
    after = again(visit)
    assert (after.starts_at, after.status) == (ELEVEN, Status.CONFIRMED)
    assert after.room_id == offering.room_id
    assert is_free(offering, TEN)
    assert not is_free(offering, ELEVEN)
    assert again(row.hold).status == Status.EXPIRED
    row = again(row)
    assert (row.status, row.answered_by) == (Move.Status.DONE, doctor)
    services.approve_move(actor=doctor, move=row, at=NOW + HOUR)
    assert [name for name, _ in jobs()] == [
        "send_asked",
        "send_moved",
        "offer_time_left",
    ]


def test_declining_changes_nothing_and_says_why(visit, offering, on_request):
    row = move(visit)
    services.decline_move(actor=None, move=row, reason="I am away then.", at=NOW)
    assert again(visit).starts_at == TEN
    assert is_free(offering, ELEVEN)
    row = again(row)
    assert (row.status, row.answer) == (Move.Status.DECLINED, "I am away then.")
    with pytest.raises(appointments.MoveRefused):
        services.approve_move(actor=None, move=row, at=NOW)
    with pytest.raises(appointments.MoveRefused):
        services.decline_move(actor=None, move=row, reason="x", at=NOW)


def test_without_an_answer_everything_stays_by_itself(visit, offering, on_request):
    row = move(visit)
    end = row.expires_at
    assert not is_free(offering, ELEVEN, at=end - timedelta(seconds=1))
    # Nothing was swept yet.
    assert is_free(offering, ELEVEN, at=end)
    with pytest.raises(appointments.MoveRefused):
        services.approve_move(actor=None, move=row, at=end)
    assert again(visit).starts_at == TEN
    assert services.expire_moves(at=end - timedelta(seconds=1)) == 0
    assert services.expire_moves(at=end) == 1
    assert services.expire_moves(at=end) == 0
    assert again(row).status == Move.Status.EXPIRED
    assert again(row.hold).status == Status.EXPIRED


@pytest.mark.parametrize("at", [TEN - 5 * HOUR, TEN - HOUR])
def test_an_answer_comes_before_the_visit_and_before_its_new_time(
    visit, on_request, at
):
    row = move(visit, ELEVEN, at=at)
    assert row.expires_at == TEN
    earlier = AppointmentFactory(
        offering=offering_of(visit), starts_at=TEN + timedelta(days=1)
    )
    row = move(earlier, ELEVEN + HOUR, at=at)
    assert row.expires_at == ELEVEN + HOUR


def test_one_request_at_a_time_and_withdrawing_makes_room(visit, offering, on_request):
    row = move(visit)
    now = standing(again(visit), at=NOW)
    assert (now.is_movable, now.asked) == (False, row)
    with pytest.raises(services.NotMovable):
        move(visit, ELEVEN + HOUR)
    services.withdraw_move(actor=None, move=row, at=NOW)
    services.withdraw_move(actor=None, move=row, at=NOW)
    assert again(row).status == Move.Status.WITHDRAWN
    assert is_free(offering, ELEVEN)
    assert move(visit, ELEVEN + HOUR).status == Move.Status.ASKED


def test_a_lapsed_request_stands_in_nobodys_way(visit, on_request):
    row = move(visit)
    at = row.expires_at
    assert move(visit, ELEVEN + HOUR, at=at).status == Move.Status.ASKED
    assert again(row).status == Move.Status.EXPIRED


def test_cancelling_ends_what_was_asked_for(visit, offering, on_request):
    row = move(visit)
    appointments.cancel_appointment(
        actor=None, appointment=visit, reason="", by=Party.PATIENT, at=NOW
    )
    # Before the job has run, too, nobody can agree to it.
    with pytest.raises(appointments.MoveRefused):
        services.approve_move(actor=None, move=row, at=NOW)
    assert again(visit).status == Status.CANCELLED
    run_jobs()
    assert again(row).status == Move.Status.WITHDRAWN
    assert is_free(offering, ELEVEN)
    live = Appointment.objects.filter(status__in=LIVE)
    assert list(live) == []


def test_a_patient_who_booked_the_time_meanwhile_keeps_both_visits(visit, on_request):
    row = move(visit)
    other = AppointmentFactory(patient=visit.patient, starts_at=ELEVEN)
    with pytest.raises(appointments.MoveRefused, match="another visit"):
        services.approve_move(actor=None, move=row, at=NOW)
    assert again(visit).starts_at == TEN
    assert again(other).starts_at == ELEVEN
    # The refusal undid nothing by halves: the time is still held for the answer.
    assert again(row.hold).status == Status.HELD
    assert again(row).status == Move.Status.ASKED


def test_what_was_late_when_it_was_asked_is_late_when_it_is_answered(visit, on_request):
    early = TEN - timedelta(hours=25)
    row = move(visit, TEN + timedelta(days=7), at=early)
    services.approve_move(actor=None, move=row, at=TEN - timedelta(hours=1))
    assert again(visit).free_until_at is None


def test_a_first_visit_can_be_moved_like_any_other(visit, on_request):
    VisitType.objects.update(new_patients_only=True)
    row = move(visit)
    services.approve_move(actor=None, move=row, at=NOW)
    assert again(visit).starts_at == ELEVEN


def test_strangers_moves_do_not_count_for_a_visit(visit, offering):
    Appointment.objects.update(most_moves=1)
    other = AppointmentFactory(
        offering=offering, starts_at=TEN + 2 * HOUR, patient=PatientFactory()
    )
    move(other, TEN + 3 * HOUR)
    assert standing(again(visit), at=NOW).is_movable
