"""Visits are moved in the calendar, by mouse and by keys; and it goes on paper."""

import io
from datetime import timedelta

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking.appointments.models import Status
from booking.models import Appointment, Move
from foundation.formats import local
from tests.browser import PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import RoomFactory
from tests.jobs import queued_jobs
from tests.journeys.signing_in import sign_in

pytestmark = pytest.mark.browser

# Pixels of a row of five minutes.
ROW = 8


@pytest.fixture
def surgery(practice, dr_lee):
    """Dr Lee and Dr Calloway work around the clock and offer the same half hours."""
    practice.hours(dr_lee.doctor, days=range(7), start=0, end=23)
    practice.offering = practice.offer(dr_lee.doctor, "free")
    practice.theirs = practice.offer(
        practice.calloway, kind=practice.offering.visit_type
    )
    return practice


@pytest.fixture
def visit(surgery, ann):
    """Ann's, in seven days at ten, as no day is in the past then."""
    zone = surgery.location.time_zone
    day = local(timezone.now() + timedelta(days=7), zone)
    starts_at = day.replace(hour=10, minute=0, second=0, microsecond=0)
    return AppointmentFactory(
        offering=surgery.offering, patient=ann.patient, starts_at=starts_at
    )


def _on(visit, **more):
    zone = visit.location.time_zone
    return {"date": local(visit.starts_at, zone).date().isoformat(), **more}


def _address(name, asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"{reverse(f'workspace:{name}')}?{query}"


def _drag(page, link, *, rows=0, to=None):
    """Press in the middle of the visit, and let go `rows` further down or over `to`."""
    link.scroll_into_view_if_needed()
    box = link.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    end = x
    if to is not None:
        column = to.bounding_box()
        end = column["x"] + column["width"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(end, y + rows * ROW, steps=4)
    page.mouse.up()


def names_stay(page):
    """At the end of a long day one still reads whose columns these are."""
    drawing = page.locator("[data-columns]")
    drawing.evaluate("it => it.scrollTo(0, it.scrollHeight)")
    assert drawing.evaluate("it => it.scrollTop") > 0
    top = drawing.bounding_box()["y"]
    names = drawing.get_by_role("heading").all()
    assert len(names) > 1
    assert all(top <= name.bounding_box()["y"] < top + 20 for name in names)


def test_the_desk_drags_a_visit_and_is_asked_before_anything_happens(
    visitor, surgery, visit, desk
):
    """Onto another one first, then to a free time, then to another doctor."""
    AppointmentFactory(
        offering=surgery.offering,
        starts_at=visit.starts_at + timedelta(hours=1),
        patient=PatientFactory(first_name="Bo", last_name="Other", user=None),
    )
    page = visitor()
    sign_in(page, desk)
    page.goto(_address("calendar", _on(visit)))
    assert accessibility_problems(page) == []
    assert not is_wider_than_the_window(page)
    link = page.get_by_role("link", name="Ann Patient")
    dialog = page.get_by_role("dialog", name="Move a visit")
    names_stay(page)

    _drag(page, link, rows=11)
    expect(dialog).to_contain_text("This is not possible")
    expect(dialog).to_contain_text("has another visit then, 11:00 to 11:30.")
    expect(dialog.get_by_label("Why")).to_have_count(0)
    dialog.get_by_role("link", name="Leave it where it is").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".mc-tg__ghost")).to_have_count(0)
    expect(link).to_be_focused()

    _drag(page, link, rows=3)
    expect(dialog.get_by_label("Why")).to_be_focused()
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Move to 10:15").click()
    expect(dialog).to_contain_text("Give a reason, in words for the patient")
    dialog.get_by_label("Why").fill("The doctor is at a congress.")
    dialog.get_by_role("button", name="Move to 10:15").click()
    expect(page.get_by_text("The patient is told, with your reason.")).to_be_visible()
    expect(page.get_by_role("link", name="10:15 Ann Patient")).to_be_visible()
    moved = Appointment.objects.get(pk=visit.pk)
    assert moved.starts_at == visit.starts_at + timedelta(minutes=15)

    other = page.locator(f"[data-column][data-doctor={surgery.calloway.slug}]")
    _drag(page, link, rows=20, to=other)
    expect(dialog).to_contain_text("the same time")
    dialog.get_by_label("Why").fill("Dr Lee is away.")
    dialog.get_by_role("button", name="Give to Dr Calloway").click()
    expect(page.get_by_text("sees the patient instead")).to_be_visible()
    moved.refresh_from_db()
    assert moved.doctor == surgery.calloway
    assert moved.starts_at == visit.starts_at + timedelta(minutes=15)
    told = [job for job, _ in queued_jobs() if job.startswith("booking.moves")]
    assert sorted(told) == [
        "booking.moves.tasks.send_handed_over",
        "booking.moves.tasks.send_moved",
    ]


def test_a_doctor_moves_a_visit_by_keys_and_hears_each_place(
    visitor, surgery, visit, dr_lee, dr_roy
):
    tomorrow = visit.starts_at + timedelta(days=1)
    AppointmentFactory(
        offering=surgery.offering,
        starts_at=tomorrow,
        patient=PatientFactory(first_name="Bo", last_name="Other", user=None),
    )
    # The week must hold both days, whatever today is.
    is_sunday = visit.starts_at.weekday() == 6
    key, back = (
        ("ArrowLeft", "ArrowRight") if is_sunday else ("ArrowRight", "ArrowLeft")
    )
    page = visitor(theme="dark")
    sign_in(page, dr_lee)
    page.goto(_address("schedule", _on(visit)))
    assert accessibility_problems(page) == []
    link, says = (
        page.get_by_role("link", name="Ann Patient"),
        page.locator("#move-says"),
    )

    link.focus()
    page.keyboard.press("m")
    expect(says).to_contain_text("Moving Ann Patient. Arrow keys change the place")
    page.keyboard.press(key)
    if not is_sunday:
        expect(says).to_contain_text("10:00 to 10:30. Not free: 10:00 taken by another")
    page.keyboard.press("PageDown")
    expect(says).to_contain_text("11:00 to 11:30. Free.")
    page.keyboard.press("Escape")
    expect(says).to_contain_text("Ann Patient stays at 10:00.")
    expect(link).to_be_focused()
    assert not Move.objects.exists()

    page.keyboard.press("m")
    for one in (key, back, "ArrowDown"):
        page.keyboard.press(one)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Move a visit")
    expect(dialog.get_by_label("Why")).to_be_focused()
    page.keyboard.type("A meeting.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The patient is told, with your reason.")).to_be_visible()
    moved = Appointment.objects.get(pk=visit.pk)
    assert moved.starts_at == visit.starts_at + timedelta(minutes=5)


def test_every_view_is_readable_and_a_day_goes_on_one_sheet(
    visitor, surgery, visit, desk
):
    rooms = [RoomFactory(location=surgery.location, name=f"Room {n}") for n in (1, 2)]
    for number in range(14):
        AppointmentFactory(
            offering=(surgery.offering, surgery.theirs)[number % 2],
            room=rooms[number % 2],
            starts_at=visit.starts_at + timedelta(minutes=30 * (number // 2 + 1)),
            patient=PatientFactory(last_name=f"Number{number}", user=None),
            status=(Status.CONFIRMED, Status.REQUESTED)[number % 2],
        )
    page = visitor(width=PHONE)
    sign_in(page, desk)
    for view in ("day", "day&by=rooms", "week", "month", "list"):
        page.goto(_address("calendar", _on(visit)) + f"&view={view}")
        assert accessibility_problems(page) == [], view
        assert not is_wider_than_the_window(page), view
        if view == "month":
            expect(page.locator(".mc-monthly")).to_be_hidden()
            expect(page.locator(".mc-monthlist > li").first).to_be_visible()
    paper = pikepdf.open(io.BytesIO(page.pdf()))
    assert len(paper.pages) == 1
    page.emulate_media(media="print")
    expect(page.get_by_role("cell", name="Patient, Ann")).to_be_visible()
    expect(page.get_by_role("cell", name="10:30 to 11:00")).to_have_count(2)
    expect(page.get_by_role("cell", name="Room 1")).to_have_count(7)
    for hidden in (page.get_by_role("search").first, page.locator(".mc-tabbar")):
        expect(hidden).to_be_hidden()
