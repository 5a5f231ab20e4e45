"""A doctor is away, or late: what is cancelled, who is told, and that it goes on."""

import uuid
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from booking.alternatives.queries import alternatives
from booking.appointments.models import Status
from booking.appointments.queries import free_slots, manage_token
from booking.appointments.queries.conflicts import outside_ids
from booking.appointments.services import cancel_appointment
from booking.availability.services import EndsBeforeStart
from booking.disruptions import services, tasks
from booking.disruptions.queries import (
    cancelled_by,
    delay_among,
    delay_of,
    delays_of,
    place_of_now,
)
from booking.disruptions.services.away import WhyAway
from booking.models import Appointment, AvailabilityException, Disruption
from foundation.texting import text_size
from notifications.models import Delivery
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory, WorkingHoursFactory
from tests.factories.clinic import LocationFactory
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

# A Monday.
NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
EVENING = datetime(2026, 3, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
WHY = "The doctor cannot be here"


@pytest.fixture(autouse=True)
def _now(clock):
    clock.at = NOW


def book(offering, starts_at, **fields):
    fields.setdefault(
        "patient",
        PatientFactory(
            email=f"p{starts_at:%H%M}@example.org",
            phone="+447700900123",
            user=UserFactory(),
        ),
    )
    made = AppointmentFactory(
        offering=offering, starts_at=starts_at, reason="haemorrhoids", **fields
    )
    Appointment.objects.filter(pk=made.pk).update(created_at=NOW - HOUR)
    return made


def be_away(doctor, **given):
    given = {
        "actor": None,
        "starts_at": NOW,
        "ends_at": EVENING,
        "reason": WHY,
        "at": NOW,
        "idempotency_key": uuid.uuid4(),
    } | given
    return services.declare_away(doctor=doctor, **given)


def be_late(doctor, minutes=30, **given):
    given = {
        "actor": None,
        "ends_at": EVENING,
        "at": NOW,
        "idempotency_key": uuid.uuid4(),
    } | given
    return services.declare_late(doctor=doctor, minutes=minutes, **given)


def statuses():
    return list(
        Appointment.objects.order_by("starts_at").values_list("status", flat=True)
    )


def told(event):
    rows = Delivery.objects.filter(event=event).order_by("patient", "channel")
    return list(rows.values_list("patient", "channel"))


def test_a_day_is_cancelled_told_once_and_given_back(free_visit):
    free_visit.visit_type.price = Decimal(60)
    free_visit.visit_type.payment_policy = "BEFORE"
    free_visit.visit_type.save()
    ten, noon = book(free_visit, TEN), book(free_visit, TEN + 2 * HOUR)
    tomorrow = book(free_visit, TEN + 24 * HOUR)
    other = book(free_visit, TEN + HOUR, status=Status.ARRIVED)
    away = be_away(free_visit.doctor)
    run_jobs()
    tasks.cancel_visits(disruption_id=away.pk)
    tasks.go_on()
    run_jobs()
    for visit in (ten, noon):
        visit.refresh_from_db()
        assert (visit.status, visit.cancelled_by) == ("CANCELLED", "CLINIC")
        assert visit.refund_due == Decimal(60)
    for visit in (tomorrow, other):
        before = visit.status
        visit.refresh_from_db()
        assert visit.status == before
    channels = ("EMAIL", "IN_APP", "SMS")
    assert told("appointment_cancelled") == [
        (visit.patient_id, channel) for visit in (ten, noon) for channel in channels
    ]
    texts = Delivery.objects.filter(event="appointment_cancelled")
    words = " ".join(f"{row.subject} {row.body_text}" for row in texts)
    assert "haemorrhoids" not in words
    assert WHY not in words
    # Nothing can be booked in that time, and the next day can.
    found = free_slots([free_visit], after=NOW, until=EVENING + 24 * HOUR, at=NOW)
    assert {slot.starts_at.date() for slot in found[free_visit.pk]} == {EVENING.date()}


def test_away_from_one_location_cancels_and_closes_there_alone(free_visit, practice):
    doctor, uptown = free_visit.doctor, LocationFactory(name="Uptown")
    practice.hours(doctor, location=uptown)
    there = practice.offer(doctor, location=uptown, kind=free_visit.visit_type)
    here, kept = book(free_visit, TEN), book(there, TEN + 2 * HOUR)
    away = be_away(doctor, location=free_visit.location)
    run_jobs()
    tasks.go_on()
    assert statuses() == ["CANCELLED", "CONFIRMED"]
    assert list(cancelled_by(away)) == [here]
    found = free_slots([free_visit, there], after=NOW, until=EVENING, at=NOW)
    assert found[free_visit.pk] == []
    assert TEN in [slot.starts_at for slot in found[there.pk]]
    # What is booked there lies in the hours as before.
    assert outside_ids(doctors=[doctor], at=NOW) == []
    assert told("appointment_cancelled") == [
        (here.patient_id, channel) for channel in ("EMAIL", "IN_APP", "SMS")
    ]
    assert kept.patient_id != here.patient_id


@pytest.fixture
def uptown_visit(free_visit, practice):
    """The same doctor's offering at another location."""
    uptown = LocationFactory(name="Uptown")
    practice.hours(free_visit.doctor, location=uptown)
    return practice.offer(
        free_visit.doctor, location=uptown, kind=free_visit.visit_type
    )


def minutes_of(visit):
    delay = delay_of(visit, at=NOW)
    return delay and delay.minutes


def test_a_delay_at_one_location_is_told_and_shown_there_alone(
    free_visit, uptown_visit, client
):
    here, there = book(free_visit, TEN), book(uptown_visit, TEN + 2 * HOUR)
    late = be_late(free_visit.doctor, location=free_visit.location)
    run_jobs()
    assert told("appointment_late") == [
        (here.patient_id, channel) for channel in ("EMAIL", "IN_APP", "SMS")
    ]
    assert (minutes_of(here), minutes_of(there)) == (30, None)
    page = client.get(reverse("booking:manage", args=[manage_token(there)]))
    assert "later today" not in page.text
    services.end_delay(actor=None, disruption=late, at=NOW)
    run_jobs()
    assert {patient for patient, _ in told("appointment_on_time")} == {here.patient_id}


def test_what_is_said_of_one_location_holds_there_before_what_is_said_of_all(
    free_visit, uptown_visit, clock
):
    here, there = book(free_visit, TEN), book(uptown_visit, TEN + 2 * HOUR)
    be_late(free_visit.doctor, 15)
    run_jobs()
    clock.at = NOW + HOUR / 4
    own = be_late(free_visit.doctor, 45, at=clock.at, location=free_visit.location)
    run_jobs()
    assert (minutes_of(here), minutes_of(there)) == (15, 15)  # As it was at nine.
    delays = delays_of([free_visit.doctor_id], at=clock.at)
    assert delay_among(delays, here) == own
    assert delay_among(delays, there).minutes == 15
    late = Delivery.objects.filter(event="appointment_late", channel="SMS")
    assert late.filter(patient=there.patient_id).count() == 1
    assert late.filter(patient=here.patient_id).count() == 2
    # The one of everywhere holds again, and is said again: nobody is on time.
    clock.at = NOW + HOUR / 2
    services.end_delay(actor=None, disruption=own, at=clock.at)
    run_jobs()
    tasks.send_on_time(disruption_id=own.pk)
    assert told("appointment_on_time") == []
    texts = late.filter(patient=here.patient_id).order_by("pk")
    assert ["15" in row.body_text for row in texts] == [True, False, True]
    # Saying it of everywhere ends what was said of each.
    be_late(free_visit.doctor, 20, at=clock.at)
    assert Disruption.objects.filter(ended_at=None).count() == 1


def test_one_delay_of_a_doctor_at_a_time_in_one_place(free_visit, uptown_visit):
    for where in (None, free_visit.location):
        late = be_late(free_visit.doctor, location=where)
        late.pk, late.public_id, late.idempotency_key = None, uuid.uuid4(), uuid.uuid4()
        with pytest.raises(IntegrityError), transaction.atomic():
            late.save(force_insert=True)


def test_where_a_doctor_works_now_or_next_is_read_from_hours_then_visits(
    practice, calloway
):
    morning, uptown = practice.offer(calloway, "free"), LocationFactory(name="Uptown")
    later = practice.offer(calloway, location=uptown, kind=morning.visit_type)
    calloway.working_hours.all().delete()
    day = {"doctor": calloway, "weekday": 0}
    WorkingHoursFactory(**day, location=morning.location, ends_time=time(12))
    WorkingHoursFactory(**day, location=uptown, starts_time=time(13))

    def where(hour):
        at = NOW.replace(hour=hour)
        return place_of_now(calloway, until=EVENING, at=at)

    assert (where(10), where(12)) == (morning.location, uptown)
    assert (where(6), where(18)) == (morning.location, None)
    book(later, NOW.replace(hour=19))
    assert where(18) == uptown


def test_a_job_that_dies_is_followed_by_another_that_finds_what_is_left(
    free_visit, monkeypatch
):
    for hour in range(4):
        book(free_visit, TEN + hour * HOUR)
    away = be_away(free_visit.doctor)
    calls = []

    def dies_at_the_third(**given):
        calls.append(given)
        if len(calls) == 3:
            raise SystemExit
        return cancel_appointment(**given)

    target = "booking.disruptions.services.away.cancel_appointment"
    monkeypatch.setattr(target, dies_at_the_third)
    with pytest.raises(SystemExit):
        tasks.cancel_visits(disruption_id=away.pk)
    assert statuses() == ["CANCELLED"] * 2 + ["CONFIRMED"] * 2
    tasks.go_on()
    assert statuses() == ["CANCELLED"] * 4
    run_jobs()
    assert len(told("appointment_cancelled")) == 4 * 3


def test_what_is_booked_after_it_was_known_stays(free_visit, clock):
    away = be_away(free_visit.doctor)
    late = book(free_visit, TEN)
    Appointment.objects.filter(pk=late.pk).update(created_at=NOW + HOUR / 2)
    tasks.go_on()
    assert statuses() == ["CONFIRMED"]
    Appointment.objects.filter(pk=late.pk).update(created_at=NOW - HOUR)
    services.end_absence(actor=None, disruption=away, at=NOW)
    tasks.go_on()
    assert statuses() == ["CONFIRMED"]


def test_a_day_needs_a_reason_and_an_end_and_the_same_form_makes_one(free_visit):
    doctor = free_visit.doctor
    with pytest.raises(WhyAway):
        be_away(doctor, reason=" ")
    with pytest.raises(EndsBeforeStart):
        be_away(doctor, starts_at=NOW - 9 * HOUR, ends_at=NOW)
    key = uuid.uuid4()
    assert be_away(doctor, idempotency_key=key) == be_away(doctor, idempotency_key=key)
    assert AvailabilityException.objects.count() == Disruption.objects.count() == 1


def test_those_still_to_come_hear_once_how_much_later_and_no_time_changes(
    free_visit, client
):
    ten = book(free_visit, TEN)
    book(free_visit, NOW - HOUR / 2, status=Status.IN_CONSULTATION)
    book(free_visit, TEN + 24 * HOUR)
    late = be_late(free_visit.doctor)
    run_jobs()
    tasks.send_late(disruption_id=late.pk)
    assert told("appointment_late") == [
        (ten.patient_id, channel) for channel in ("EMAIL", "IN_APP", "SMS")
    ]
    sms = Delivery.objects.get(event="appointment_late", channel="SMS")
    assert "30 minutes late" in sms.body_text
    assert "10:30am" in sms.body_text
    assert text_size(sms.body_text).parts <= 2
    page = client.get(reverse("booking:manage", args=[manage_token(ten)]))
    assert "About 30 minutes later today" in page.text
    assert "10:30am" in page.text
    ten.refresh_from_db()
    assert ten.starts_at == TEN
    services.end_delay(actor=None, disruption=late, at=NOW)
    services.end_delay(actor=None, disruption=late, at=NOW)
    run_jobs()
    assert len(told("appointment_on_time")) == 3
    page = client.get(reverse("booking:manage", args=[manage_token(ten)]))
    assert "later today" not in page.text


def test_another_delay_takes_the_place_of_the_first(free_visit, clock):
    book(free_visit, TEN)
    first = be_late(free_visit.doctor, 15)
    run_jobs()
    clock.at = NOW + HOUR / 4
    be_late(free_visit.doctor, 45, at=clock.at)
    run_jobs()
    first.refresh_from_db()
    assert first.ended_at is not None
    tasks.send_late(disruption_id=first.pk)
    tasks.send_on_time(disruption_id=first.pk)
    assert len(told("appointment_late")) == 6
    assert told("appointment_on_time") == []


def test_who_was_not_told_of_a_delay_hears_nothing_of_its_end(free_visit):
    late = be_late(free_visit.doctor)
    run_jobs()
    book(free_visit, TEN)
    services.end_delay(actor=None, disruption=late, at=NOW)
    run_jobs()
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("minutes", [0, 4, 241])
def test_a_delay_has_bounds(free_visit, minutes):
    with pytest.raises(services.BadDelay):
        be_late(free_visit.doctor, minutes)


def test_the_times_offered_instead_are_the_nearest_the_same_doctors_first(
    free_visit, practice
):
    visit = book(free_visit, TEN)
    other = practice.offer(practice.doctor("Okafor"), kind=free_visit.visit_type)
    practice.offer(practice.doctor("New", takes_new_patients=False),
                   kind=free_visit.visit_type)  # fmt: skip
    be_away(free_visit.doctor)
    run_jobs()
    visit.refresh_from_db()
    found = alternatives(visit, at=NOW)
    assert {one.offering for one in found.same} == {free_visit}
    assert min(one.starts_at for one in found.same) == TEN + 23 * HOUR
    assert {one.offering for one in found.others} == {other}
    assert TEN in [one.starts_at for one in found.others]
