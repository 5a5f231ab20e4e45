"""Reading a calendar over the network: what is asked, what is kept, what is told."""

from datetime import timedelta

import pytest
from django.db import connection

from booking.imports import services, tasks
from booking.imports.models import ImportedCalendar, Problem
from booking.imports.queries import MOST_BYTES, addresses_of
from booking.models import BusyTime
from clinic.models import Doctor
from notifications.models import Delivery
from tests.factories.booking import AppointmentFactory
from tests.jobs import queued_jobs, run_jobs

SECRET = "Oncology follow-up"
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@x\r\n"
    b"SUMMARY:Oncology follow-up\r\nDTSTART:20260316T100000Z\r\n"
    b"DTEND:20260316T110000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
HERE = {"ETag": '"1"'}


@pytest.fixture
def calendar(imported, outside):
    imported.address = outside.url
    imported.save()
    return imported


@pytest.fixture
def doctors(calendar, dr_roy):
    """The calendar is that of somebody who can be told."""
    Doctor.objects.filter(user=dr_roy).update(user=None)
    Doctor.objects.filter(pk=calendar.doctor_id).update(user=dr_roy)
    return dr_roy


def read(calendar):
    tasks.read_calendar(calendar.pk)
    calendar.refresh_from_db()
    return calendar


def test_what_a_calendar_says_is_kept_without_its_titles(calendar, outside):
    outside.answer = (200, HERE, CALENDAR)
    assert read(calendar).read_at
    assert BusyTime.objects.get().starts_at.isoformat() == "2026-03-16T10:00:00+00:00"
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(
                f"SELECT count(*) FROM {connection.ops.quote_name(table)} AS row"  # noqa: S608
                " WHERE row::text LIKE %s",
                [f"%{SECRET}%"],
            )
            assert cursor.fetchone() == (0,), table


@pytest.mark.parametrize("how", ["left", "closed"])
def test_nobody_reads_the_calendar_of_who_has_left(
    calendar, outside, doctors, clock, how
):
    """Neither the sweep, nor a job that was queued before."""
    if how == "left":
        day = clock.at.date() - timedelta(days=1)
        Doctor.objects.filter(pk=calendar.doctor_id).update(left_date=day)
    else:
        type(doctors).objects.filter(pk=doctors.pk).update(is_active=False)
    outside.answer = (200, HERE, CALENDAR)
    tasks.read_due()
    assert not queued_jobs()
    assert read(calendar).read_at is None
    assert not outside.seen


def test_that_of_who_is_suspended_is_read_and_they_are_not_told(
    calendar, outside, doctors, clock
):
    rows = type(doctors).objects.filter(pk=doctors.pk)
    rows.update(is_active=False, suspended_at=clock.at)
    tasks.read_due()
    assert [path for path, _ in queued_jobs()] == [services.READ]
    assert read(calendar).problem == Problem.GONE
    run_jobs()
    assert not Delivery.objects.exists()


INVITED = CALENDAR.replace(
    b"END:VEVENT",
    b"ATTENDEE;PARTSTAT=DECLINED;CN=Roy:mailto:DR_ROY@example.org\r\nEND:VEVENT",
)


def test_an_invitation_that_its_doctor_declined_closes_nothing(
    calendar, outside, doctors
):
    doctors.email = "Dr_Roy@example.org"
    doctors.save()
    outside.answer = (200, HERE, INVITED)
    read(calendar)
    assert BusyTime.objects.count() == 0


def test_what_somebody_else_declined_does(calendar, outside):
    outside.answer = (200, HERE, INVITED)
    read(calendar)
    assert BusyTime.objects.count() == 1


def test_whose_it_is_may_stand_in_its_address(imported):
    imported.address = (
        "https://calendar.google.com/calendar/ical/lee%40example.org/private-1/a.ics"
    )
    assert addresses_of(imported) == ["lee@example.org"]


def test_what_has_not_changed_is_not_sent_again_until_the_horizon_has_moved(
    calendar, outside, clock
):
    outside.answer = (200, HERE, CALENDAR)
    read(calendar)
    clock.at += timedelta(hours=1)
    assert read(calendar).read_at == clock.at
    assert outside.seen[-1]["If-None-Match"] == '"1"'
    clock.at += timedelta(days=2)
    read(calendar)
    assert "If-None-Match" not in outside.seen[-1]
    assert BusyTime.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((404, {}, b""), Problem.GONE),
        ((403, {}, b""), Problem.DENIED),
        ((500, {}, b""), Problem.UNREACHABLE),
        ((304, {}, b""), Problem.UNREACHABLE),
        ((200, {}, b"<!doctype html>"), Problem.NO_CALENDAR),
        ((200, {"Content-Length": str(MOST_BYTES + 1)}, b"x"), Problem.LARGE),
        ((200, {"Content-Length": "nonsense"}, b"x"), Problem.NO_CALENDAR),
        ((302, {"Location": "http://169.254.169.254/"}, b""), Problem.FORBIDDEN),
        ((302, {"Location": "https://[::1"}, b""), Problem.FORBIDDEN),
        ((302, {"Location": "http://localhost/"}, b""), Problem.FORBIDDEN),
    ],
)
def test_a_bad_answer_is_named_and_what_was_known_stays(
    calendar, outside, answer, problem
):
    outside.answer = (200, {}, CALENDAR)
    read(calendar)
    outside.answer = answer
    assert read(calendar).problem == problem
    assert BusyTime.objects.count() == 1
    outside.answer = (200, {}, CALENDAR)
    assert read(calendar).problem == ""


def test_a_server_that_is_away_is_a_problem(calendar):
    ImportedCalendar.objects.update(failures=0)
    calendar.address = "http://127.0.0.1:9/basic.ics"
    calendar.save()
    assert read(calendar).problem == Problem.UNREACHABLE


def test_a_private_address_is_never_called(calendar, outside, settings):
    """Also where it was public when it was added."""
    settings.CALENDAR_HOSTS_INSIDE = []
    assert read(calendar).problem == Problem.FORBIDDEN
    assert outside.seen == []


@pytest.mark.parametrize("etag", ["x" * 300, "a\x01b"])
def test_a_marker_that_is_none_is_not_kept(calendar, outside, etag):
    outside.answer = (200, {"ETag": etag}, CALENDAR)
    assert read(calendar).etag == ""
    assert BusyTime.objects.exists()


def test_the_doctor_is_told_what_is_wrong_and_no_address(calendar, outside, doctors):
    read(calendar)
    tasks.tell_unread(calendar.pk)
    tasks.tell_unread(calendar.pk)
    told = Delivery.objects.get()
    assert (told.user, told.channel) == (doctors, "IN_APP")
    assert "University" in told.subject
    assert "Nothing is at this address any more." in told.body_text
    assert "private-7f3a" not in told.subject + told.body_text


def test_the_doctor_is_told_of_visits_that_it_hits(
    calendar, outside, doctors, free_visit, clock
):
    AppointmentFactory(
        offering=free_visit, starts_at=clock.at + timedelta(days=4, minutes=30)
    )
    outside.answer = (200, {}, CALENDAR)
    read(calendar)
    tasks.tell_hits(calendar.pk)
    tasks.tell_hits(calendar.pk)
    told = Delivery.objects.get()
    assert told.user == doctors
    assert "One visit waits" in told.body_text


def test_a_calendar_that_is_gone_is_no_job(calendar):
    calendar.delete()
    tasks.read_calendar(0)
    tasks.tell_unread(0)
    tasks.tell_hits(0)
