"""Suggested times on the picker and at the desk: they hide nothing and can be off."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.proxies.models import Scope
from accounts.proxies.queries import KEY
from audit.models import Entry
from booking.appointments.queries import manage_token
from booking.drafts.queries import Wanted, times
from booking.drafts.tests.walking import hidden, url
from booking.models import Draft, TimeWishes
from booking.openings.queries import openings
from booking.suggestions.queries import suggestions
from booking.suggestions.services import NotYours, save_wishes
from tests.factories.booking import AppointmentFactory, WorkingHoursFactory
from tests.factories.clinic import OfferingFactory
from tests.factories.proxies import ProxyFactory

PAGE = reverse("booking:wishes")
NOTHING = {
    "parts": [],
    "weekdays": [],
    "location": None,
    "language": "",
    "wants_suggestions": True,
}


@pytest.fixture
def offering(dr_lee):
    """Dr Lee sees patients from eight to eight, every day."""
    found = OfferingFactory(doctor=dr_lee.doctor)
    for weekday in range(7):
        WorkingHoursFactory(
            doctor=dr_lee.doctor,
            location=found.location,
            weekday=weekday,
            starts_time="08:00",
            ends_time="20:00",
        )
    return found


def free(offering):
    at = timezone.now()
    return openings([offering], after=at, until=at + timedelta(days=6), at=at)


def whole_day():
    """The address of a day that lies ahead wholly: of today little may be left."""
    return {"day": f"{timezone.now() + timedelta(days=2):%Y-%m-%d}"}


def suggested(offering, patient):
    return suggestions(free(offering), patient, at=timezone.now())


def save(user, **changes):
    return save_wishes(actor=user, patient=user.patient, **{**NOTHING, **changes})


def test_what_somebody_said_is_put_in_front(ann, offering):
    save(ann, parts=["EVENING"])
    found = suggested(offering, ann.patient)
    assert len(found) == 3
    for one in found:
        assert one.opening.part == "Evening"
        assert "You prefer evenings" in one.words


def test_it_can_be_turned_off(ann, offering):
    save(ann, parts=["EVENING"], wants_suggestions=False)
    assert suggested(offering, ann.patient) == []


def test_a_stranger_hears_nothing_of_others(ann, offering):
    save(ann, parts=["EVENING"])
    assert suggested(offering, None) == []


def test_the_cost_is_the_same_for_few_times_and_many(ann, offering):
    def cost(found):
        with CaptureQueriesContext(connection) as queries:
            suggestions(found, ann.patient, at=timezone.now())
        return len(queries)

    AppointmentFactory(patient=ann.patient, offering=offering, status="COMPLETED")
    found = free(offering)
    assert cost(found) == cost(found[:5]) == 4


def test_on_a_months_last_day_the_next_days_count_too(offering):
    now = timezone.now().replace(day=28, hour=6, minute=0)
    last = (now + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    shown = times(
        [offering],
        Wanted(),
        patient=None,
        kept=None,
        is_held=False,
        theirs="",
        at=last,
    )
    assert shown.day is not None
    assert shown.day.date == last.date()
    # The month shows its own days alone.
    assert {one.date.month for one in shown.found} == {last.month, last.month % 12 + 1}
    assert shown.first == last.date().replace(day=1)


def test_only_the_patient_and_who_books_for_them_say_what_suits(ann, gus, zoe, dr_lee):
    for user in (gus, zoe, dr_lee):
        with pytest.raises(NotYours):
            save_wishes(actor=user, patient=ann.patient, **NOTHING)
    ProxyFactory(patient=ann.patient, user=gus, scopes=[Scope.BOOK])
    save_wishes(actor=gus, patient=ann.patient, **{**NOTHING, "parts": ["MORNING"]})
    assert TimeWishes.objects.get().parts == ["MORNING"]
    assert Entry.objects.filter(verb="wishes.saved").count() == 1


def test_the_page_keeps_what_is_chosen(client, ann, offering):
    client.force_login(ann)
    typed = {
        "viewing": "me",
        "parts": ["MORNING"],
        "weekdays": ["0", "4"],
        "location": offering.location.public_id,
        "language": "pt",
    }
    assert client.post(PAGE, typed)["Location"] == PAGE
    wishes = TimeWishes.objects.get(patient=ann.patient)
    assert (wishes.parts, wishes.weekdays) == (["MORNING"], [0, 4])
    assert (wishes.location, wishes.language) == (offering.location, "pt")
    assert wishes.wants_suggestions is False
    wrong = client.post(PAGE, {**typed, "language": "tlh"})
    assert wrong.status_code == 422
    assert "Choose one of the languages" in wrong.content.decode()


def test_a_page_that_was_opened_for_another_saves_nothing(client, ann, gus):
    proxy = ProxyFactory(patient=ann.patient, user=gus, scopes=[Scope.BOOK])
    client.force_login(gus)
    session = client.session
    session[KEY] = str(proxy.public_id)
    session.save()
    answer = client.post(PAGE, {"viewing": "me", "parts": ["MORNING"]})
    assert answer.status_code == 422
    assert not TimeWishes.objects.exists()


def test_the_picker_shows_them_beside_every_time(client, ann, offering):
    save(ann, parts=["EVENING"])
    client.force_login(ann)
    start, asked = reverse("booking:draft_start"), {"doctor": offering.doctor.slug}
    key = hidden(client.get(start, asked), "key")
    service = offering.visit_type.slug
    client.post(start, {**asked, "service": service, "key": key})
    address = url("time", Draft.objects.get())
    words = client.get(address, whole_day()).content.decode()
    assert "Times that may suit you" in words
    assert "You prefer evenings" in words
    # Beside the full list, of which nothing is missing.
    assert words.count('type="radio"') >= 4
    value = suggested(offering, ann.patient)[0].opening.value
    assert client.post(address, {"slot": value})["Location"] != address


@pytest.fixture
def visit(ann, offering):
    """Ann's, in three days at ten, which may move."""
    begins = (timezone.now() + timedelta(days=3)).replace(
        hour=10, minute=0, second=0, microsecond=0
    )
    return AppointmentFactory(
        patient=ann.patient, offering=offering, starts_at=begins, confirmed_at=begins
    )


def test_whoever_moves_a_visit_sees_them_too(client, ann, visit):
    save(ann, parts=["EVENING"])
    client.force_login(ann)
    move = reverse("booking:appointment_move", args=[visit.public_id])
    page = client.get(move, whole_day())
    assert "Times that may suit you" in page.text
    assert "You prefer evenings" in page.text
    assert page.text.count('type="radio"') >= 4
    value = re.search(r'name="slot"\s+value="([^"]+)"', page.text)[1]
    check = reverse("booking:appointment_move_check", args=[visit.public_id])
    assert f'<form method="get" action="{check}">' in page.text
    assert client.get(check, {"slot": html.unescape(value)}).status_code == 200


def test_the_link_in_a_message_says_nothing_of_whose_it_is(client, ann, zoe, visit):
    save(ann, parts=["EVENING"])
    address = reverse("booking:manage_move", args=[manage_token(visit)])
    for user in (None, zoe, ann):
        if user is not None:
            client.force_login(user)
        page = client.get(address, whole_day())
        assert page.text.count('type="radio"') >= 4
        assert "may suit you" not in page.text
        assert "evenings" not in page.text


def test_a_visit_that_moves_away_has_nothing_beside_it(offering, visit, zoe):
    def beside(**more):
        at, whom = timezone.now(), zoe.patient
        found = suggestions(free(offering), whom, at=at, is_staff=True, **more)
        return [one.opening.starts_at for one in found]

    assert beside() != []
    assert beside(besides=visit.pk) == []


def test_what_suits_the_clinic_alone_is_put_in_front_at_the_desk_only(
    client, desk, offering, visit, zoe
):
    assert suggested(offering, zoe.patient) == []
    assert suggested(offering, None) == []
    client.force_login(desk)
    question = {"patient": zoe.patient.public_id, "offering": offering.public_id}
    assert "leaves no gap" in client.get(reverse("workspace:desk_book"), question).text


def test_the_desk_sees_what_each_is_made_of(client, desk, ann, offering):
    save(ann, parts=["EVENING"])
    for days in (20, 30):
        AppointmentFactory(
            patient=ann.patient,
            offering=offering,
            starts_at=timezone.now() - timedelta(days=days),
            status="MISSED",
        )
    client.force_login(desk)
    page = client.get(
        reverse("workspace:desk_book"),
        {"patient": ann.patient.public_id, "offering": offering.public_id},
    )
    words = page.content.decode()
    assert "prefers evenings" in words
    assert "missed 2 of the last 2 visits" in words
    client.force_login(ann)
    for one in suggested(offering, ann.patient):
        assert not any("missed" in said for said in one.words)
