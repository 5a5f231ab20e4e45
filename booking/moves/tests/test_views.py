"""Moving a visit: the pages in the portal, and those behind the link in a message."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.proxies.models import Scope
from booking.appointments.models import Party, Status
from booking.appointments.queries import manage_token
from booking.appointments.services import cancel_appointment
from booking.conftest import NOW
from booking.models import Appointment, Move
from booking.moves import services
from clinic.models import VisitType
from tests.factories.booking import AppointmentFactory
from tests.factories.proxies import ProxyFactory

# A Monday; NOW is the Thursday before.
MONDAY = NOW.replace(day=16, hour=10, minute=0)
ELEVEN = MONDAY + timedelta(hours=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def offering(practice, calloway):
    return practice.offer(calloway)


@pytest.fixture
def visit(offering, ann):
    """Ann's, on Monday at ten, paid."""
    return AppointmentFactory(
        offering=offering,
        patient=ann.patient,
        starts_at=MONDAY,
        confirmed_at=NOW - timedelta(days=3),
        reason="Headaches",
        reference="K7Q-2MX",
    )


@pytest.fixture
def on_request(offering):
    VisitType.objects.update(booking_policy="REQUEST")


def text(response):
    return " ".join(response.content.decode().split())


def slot(offering, starts_at=ELEVEN):
    return f"{offering.public_id} {starts_at:%Y-%m-%dT%H:%MZ}"


class Portal:
    """The addresses of somebody who is signed in."""

    def __init__(self, visit):
        self.visit = visit

    def url(self, name=""):
        name = f"appointment_{name}" if name else "appointment"
        return reverse(f"booking:{name}", args=[self.visit.public_id])


class Link:
    """The addresses of somebody with the link from a message, as it was sent then."""

    def __init__(self, visit):
        self.signed = manage_token(visit)

    def url(self, name=""):
        name = f"manage_{name}" if name else "manage"
        return reverse(f"booking:{name}", args=[self.signed])


@pytest.fixture(params=["portal", "link"])
def way(request, visit, client, ann):
    if request.param == "portal":
        client.force_login(ann)
        return Portal(visit)
    return Link(visit)


def check(client, way, offering, starts_at=ELEVEN):
    return client.get(way.url("move_check"), {"slot": slot(offering, starts_at)})


def press(client, way, offering, starts_at=ELEVEN, key=None, **more):
    data = {"slot": slot(offering, starts_at), "key": key or uuid.uuid4(), **more}
    return client.post(way.url("move_check"), data)


def time_of(visit):
    return Appointment.objects.get(pk=visit.pk).starts_at


def test_the_visit_leads_to_the_times_and_they_to_what_it_means(
    client, way, visit, offering
):
    page = client.get(way.url())
    assert way.url("move") in page.text
    times = client.get(way.url("move"), {"day": "2026-03-16"})
    assert "Now: <strong>Monday 16 March 2026, 10:00am" in text(times)
    assert slot(offering) in times.text
    assert slot(offering, MONDAY) not in times.text
    seen = text(check(client, way, offering))
    for words in (
        "Monday 16 March 2026, 10:00am",
        "<strong>Monday 16 March 2026, 11:00am</strong>",
        "Moving costs nothing.",
        "the £65.00 counts for the new time",
        "You can cancel free until Sunday 15 March 2026, 11:00am",
        "After that the charge is £32.50",
    ):
        assert words in seen


def test_looking_changes_nothing(client, way, visit, offering):
    before = Appointment.objects.filter(pk=visit.pk).values().get()
    client.get(way.url("move"))
    check(client, way, offering)
    client.head(way.url("move_check"), {"slot": slot(offering)})
    assert Appointment.objects.filter(pk=visit.pk).values().get() == before
    assert client.get(way.url("move_withdraw")).status_code == 405
    assert not Move.objects.exists()


def test_the_button_moves_and_says_so(client, way, visit, offering):
    page = press(client, way, offering, reason="The school play")
    assert page.status_code == 302
    shown = text(client.get(page.url))
    assert "Your visit has moved to Monday 16 March 2026, 11:00am" in shown
    assert time_of(visit) == ELEVEN
    move = Move.objects.get()
    assert (move.reason, move.by) == ("The school play", Party.PATIENT)


def test_a_form_that_is_sent_twice_moves_once_and_ends_at_the_same_place(
    client, way, visit, offering
):
    key = uuid.uuid4()
    first = press(client, way, offering, key=key)
    second = press(client, way, offering, key=key)
    assert (first.status_code, second.status_code) == (302, 302)
    assert second.url == first.url
    assert Move.objects.count() == 1


def test_a_time_that_has_gone_leads_to_the_nearest_ones(client, way, visit, offering):
    AppointmentFactory(offering=offering, starts_at=ELEVEN)
    for page in (check(client, way, offering), press(client, way, offering)):
        assert page.status_code == 409
        words = text(page)
        assert "This time has just been taken." in words
        assert "Your visit stays on Monday 16 March 2026, 10:00am" in words
        assert slot(offering, ELEVEN + HOUR / 2) in words
    assert time_of(visit) == MONDAY


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "2026-03-16T11:00Z",
        "9f6d9a3e-6f0c-4f5e-9d3b-0a5c6a1f7e11 2026-03-16T11:00Z",
        "{} 9999-12-31T23:59Z",
    ],
)
def test_what_is_no_time_of_this_visit_is_answered_beside_the_times(
    client, way, visit, offering, given
):
    given = given.format(offering.public_id)
    for page in (
        client.get(way.url("move_check"), {"slot": given}),
        client.post(way.url("move_check"), {"slot": given, "key": uuid.uuid4()}),
    ):
        assert page.status_code == 422
        assert "Pick one of the times below" in page.text
    assert time_of(visit) == MONDAY


def test_a_forged_time_is_not_booked(client, way, visit, offering, practice):
    """Out of hours, of another doctor's, and of a kind that costs more."""
    other = practice.offer(practice.doctor("Okafor"), kind=offering.visit_type)
    dearer = practice.offer(
        visit.doctor, slug="long-visit", name="Long visit", price=Decimal("95.00")
    )
    assert press(client, way, offering, MONDAY.replace(hour=3)).status_code == 409
    for wrong in (other, dearer):
        assert press(client, way, wrong).status_code == 422
    assert time_of(visit) == MONDAY


def test_too_long_a_reason_is_said_at_the_box_and_kept(client, way, visit, offering):
    page = press(client, way, offering, reason="x" * 301)
    assert page.status_code == 422
    assert "Write at most 300 characters" in page.text
    assert "x" * 301 in page.text
    assert time_of(visit) == MONDAY


def test_a_late_move_says_what_it_does_not_change(client, way, visit, offering, clock):
    clock.at = MONDAY - timedelta(hours=23)
    # Days have passed: the session has ended meanwhile.
    client.force_login(visit.patient.user)
    seen = text(check(client, way, offering, MONDAY + timedelta(days=2)))
    assert "Moving costs nothing." in seen
    assert "was free until Sunday 15 March 2026, 10:00am" in seen
    assert "if you cancel it later, it costs £32.50" in seen
    page = press(client, way, offering, MONDAY + timedelta(days=2))
    terms = text(client.get(page.url))
    assert "Cancelling was free until Sunday 15 March 2026, 10:00am" in terms
    assert "Now it costs £32.50; £32.50 goes back to you." in terms


def test_a_visit_that_cannot_be_moved_says_why_and_has_no_button(
    client, way, visit, offering
):
    Appointment.objects.update(most_moves=0)
    page = client.get(way.url())
    assert way.url("move") not in page.text
    assert "This visit cannot be moved online. Call us to move it." in text(page)
    for answer in (
        client.get(way.url("move")),
        check(client, way, offering),
        press(client, way, offering),
    ):
        assert answer.status_code == 302
    assert time_of(visit) == MONDAY


def test_the_same_number_of_queries_however_many_times_there_are(
    client, way, visit, offering, practice, django_assert_max_num_queries
):
    client.get(way.url("move"))
    with django_assert_max_num_queries(20) as one:
        client.get(way.url("move"))
    practice.hours(visit.doctor, days=[5, 6], start=6, end=22)
    with django_assert_max_num_queries(len(one)):
        client.get(way.url("move"))


def test_what_the_doctor_no_longer_offers_is_moved_by_phone(
    client, way, visit, offering
):
    offering.is_active = False
    offering.save()
    for look in (
        lambda: client.get(way.url("move")),
        lambda: check(client, way, offering),
    ):
        page = look()
        assert page.status_code == 302
        assert "Call us to move it." in text(client.get(page.url))
    assert press(client, way, offering).status_code == 302
    assert time_of(visit) == MONDAY


# --- On request -----------------------------------------------------------------


def test_asking_says_that_the_visit_stays_and_can_be_taken_back(
    client, way, visit, offering, on_request
):
    seen = text(check(client, way, offering))
    assert "We keep both times for you until there is an answer" in seen
    page = press(client, way, offering)
    shown = text(client.get(page.url))
    assert "You asked for another time" in shown
    assert "Monday 16 March 2026, 11:00am" in shown
    assert time_of(visit) == MONDAY
    assert way.url("move") + '"' not in client.get(way.url()).text
    client.post(way.url("move_withdraw"))
    assert Move.objects.get().status == Move.Status.WITHDRAWN
    assert way.url("move") in client.get(way.url()).text


def test_a_declined_request_says_why_on_the_page(
    client, way, visit, offering, on_request
):
    press(client, way, offering)
    move = Move.objects.get()
    services.decline_move(actor=None, move=move, reason="I am away.", at=NOW)
    shown = text(client.get(way.url()))
    assert "Your visit stays at its time" in shown
    assert "I am away." in shown


# --- The link -------------------------------------------------------------------


def test_a_link_works_once_and_every_older_one_is_void(client, visit, offering):
    old = Link(visit)
    assert press(client, old, offering).status_code == 302
    for page in (
        client.get(old.url()),
        client.get(old.url("move")),
        client.get(old.url("cancel")),
        client.get(old.url("calendar")),
        client.post(old.url("cancel")),
        press(client, old, offering, ELEVEN + HOUR),
        client.post(old.url("move_withdraw")),
    ):
        assert page.status_code == 410
        assert "This link is no longer valid" in page.text
        assert "K7Q-2MX" not in page.text
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at) == (Status.CONFIRMED, ELEVEN)
    assert client.get(Link(visit).url()).status_code == 200


def test_a_link_does_nothing_once_the_visit_has_begun(client, visit, offering, clock):
    link = Link(visit)
    clock.at = MONDAY
    assert press(client, link, offering, ELEVEN).status_code == 302
    assert client.post(link.url("cancel"), {"reason": ""}).status_code == 302
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at) == (Status.CONFIRMED, MONDAY)


def test_a_link_cancels_once(client, visit, offering):
    link = Link(visit)
    client.post(link.url("cancel"), {"reason": ""})
    visit.refresh_from_db()
    assert visit.status == Status.CANCELLED
    before = visit.sequence
    client.post(link.url("cancel"), {"reason": ""})
    assert press(client, link, offering).status_code == 302
    visit.refresh_from_db()
    assert (visit.status, visit.sequence) == (Status.CANCELLED, before)


def test_pages_behind_a_link_say_nothing_about_health_or_who_it_is(
    client, visit, offering, ann
):
    VisitType.objects.update(name="Colonoscopy")
    link = Link(visit)
    pages = [
        client.get(link.url()),
        client.get(link.url("move")),
        check(client, link, offering),
        press(client, link, offering, MONDAY.replace(hour=3)),
    ]
    for page in pages:
        for secret in (
            "Colonoscopy",
            "Headaches",
            "General practice",
            ann.patient.last_name,
            ann.email,
        ):
            assert secret not in page.text
        assert "noindex" in page.text
        assert "no-store" in page["Cache-Control"]


def test_a_forged_link_opens_nothing(client, visit, offering):
    link = Link(visit)
    link.signed = link.signed[:-1] + ("A" if link.signed[-1] != "A" else "B")
    assert client.get(link.url("move")).status_code == 404
    assert press(client, link, offering).status_code == 404
    assert time_of(visit) == MONDAY


# --- Whose ----------------------------------------------------------------------


def test_nobody_else_moves_it(client, visit, offering, zoe, dr_lee, desk, gus):
    way = Portal(visit)
    for user in (zoe, dr_lee, desk, gus):
        client.force_login(user)
        assert client.get(way.url("move")).status_code == 404
        assert check(client, way, offering).status_code == 404
        assert press(client, way, offering).status_code == 404
        assert client.post(way.url("move_withdraw")).status_code == 404
    assert time_of(visit) == MONDAY


@pytest.mark.parametrize(
    ("scopes", "code"), [([Scope.BOOK], 302), ([Scope.RECORDS, Scope.MONEY], 404)]
)
def test_who_acts_for_the_patient_moves_it_if_they_may_book(
    client, visit, offering, gus, scopes, code
):
    ProxyFactory(patient=visit.patient, user=gus, scopes=scopes)
    client.force_login(gus)
    assert press(client, Portal(visit), offering).status_code == code
    assert (time_of(visit) == ELEVEN) == (code == 302)
    assert list(Move.objects.values_list("actor", flat=True)) == (
        [gus.pk] if code == 302 else []
    )


def test_strangers_are_asked_to_sign_in(client, visit):
    page = client.get(Portal(visit).url("move"))
    assert page.status_code == 302
    assert page.url.startswith("/account/sign-in/")


def test_the_history_of_times_stands_on_the_page(client, visit, offering, ann):
    client.force_login(ann)
    way = Portal(visit)
    press(client, way, offering)
    assert "Monday 16 March 2026, 10:00am, until" in text(client.get(way.url()))
    cancel_appointment(
        actor=ann,
        appointment=visit,
        reason="",
        by=Party.PATIENT,
        at=NOW,
    )
    assert "Monday 16 March 2026, 10:00am, until" in text(client.get(way.url()))
