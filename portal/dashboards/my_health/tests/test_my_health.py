from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.appointments.models import Status
from portal.dashboards.my_health.queries import home, soon, story
from portal.dashboards.my_health.views import _greeting
from tests.factories.billing import PaymentFactory
from tests.factories.records import DocumentFactory, PrescriptionFactory


def _home(client, user):
    client.force_login(user)
    return client.get(reverse("portal:home"))


def test_a_new_patient_is_shown_what_to_do_first(client, ann):
    page = _home(client, ann)
    assert "No visit booked" in page.text
    assert "Nothing to do" in page.text or "Add a mobile number" in page.text


def test_the_next_certain_visit_stands_on_top_and_the_others_below(
    client, ann, make_visit
):
    asked = make_visit(9, days=1, status=Status.REQUESTED)
    first = make_visit(10, days=2)
    later = make_visit(10, days=5)
    make_visit(11, days=3, status=Status.CANCELLED)
    page = _home(client, ann).context["page"]
    assert page.next_visit == first
    assert page.coming == [asked, later]


def test_nothing_of_others_is_on_it(client, ann, zoe, make_visit):
    make_visit(10, days=2)
    PrescriptionFactory(patient=ann.patient, status="SIGNED", signed_at=timezone.now())
    page = _home(client, zoe).context["page"]
    assert (page.next_visit, page.coming, page.prescriptions) == (None, [], [])


def test_what_waits_for_money_is_to_do(client, ann, make_visit):
    visit = make_visit(
        10,
        days=2,
        status=Status.HELD,
        hold_expires_at=timezone.now() + timedelta(hours=5),
        payment_policy="BEFORE",
        price=65,
    )
    (todo,) = [item for item in _home(client, ann).context["page"].to_do if item.tag]
    assert todo.title == "Pay £65.00 to keep your visit"
    assert str(visit.public_id) in todo.url


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(minutes=-5), "Now"),
        (timedelta(minutes=34, seconds=10), "Starts in 35 minutes"),
    ],
)
def test_today_counts_in_minutes(make_visit, ahead, words):
    visit = make_visit(12)
    assert soon(visit, at=visit.starts_at - ahead) == words


def test_another_day_is_named(make_visit):
    visit = make_visit(12, days=3)
    assert soon(visit, at=timezone.now()).split()[0].endswith("day")


def test_staff_go_where_they_work_and_strangers_say_who_they_are(
    client, desk, editor, db
):
    assert _home(client, desk)["Location"] == reverse("workspace:desk")
    assert _home(client, editor)["Location"] == "/cms/"


def _all_kinds(ann, make_visit):
    visit = make_visit(9, days=-4, status=Status.COMPLETED)
    PaymentFactory(
        appointment=visit,
        patient=ann.patient,
        status="SUCCEEDED",
        paid_at=timezone.now(),
    )
    DocumentFactory(patient=ann.patient, title="Letter")
    PrescriptionFactory(patient=ann.patient, status="SIGNED", signed_at=timezone.now())


def test_the_story_has_every_kind_newest_first(ann, make_visit):
    _all_kinds(ann, make_visit)
    entries = story(ann, ann.patient)
    assert {entry.kind for entry in entries} == {
        "visits",
        "documents",
        "prescriptions",
        "payments",
    }
    times = [entry.at for entry in entries]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("kind", ["visits", "documents", "prescriptions", "payments"])
def test_one_kind_can_be_asked_for(client, ann, make_visit, kind):
    _all_kinds(ann, make_visit)
    client.force_login(ann)
    page = client.get(reverse("portal:health"), {"type": kind})
    assert {entry.kind for entry in page.context["entries"]} == {kind}


def test_older_entries_follow_without_a_gap_or_a_repeat(ann, make_visit):
    for days in range(1, 6):
        make_visit(9, days=-days, status=Status.COMPLETED)
    first = story(ann, ann.patient, limit=3)
    rest = story(ann, ann.patient, before=first[-1].at, limit=3)
    found = [entry.url for entry in [*first, *rest]]
    assert len(found) == len(set(found)) == 5


def test_a_payment_is_told_when_it_was_paid(ann, make_visit):
    paid = timezone.now() - timedelta(days=1)
    visit = make_visit(9, days=5)
    PaymentFactory(
        appointment=visit, patient=ann.patient, status="SUCCEEDED", paid_at=paid
    )
    assert [e.at for e in story(ann, ann.patient, kinds=["payments"])] == [paid]
    assert story(ann, ann.patient, kinds=["payments"], before=paid) == []


def test_the_story_is_ones_own(client, ann, zoe, make_visit):
    _all_kinds(ann, make_visit)
    client.force_login(zoe)
    assert client.get(reverse("portal:health")).context["entries"] == []


def test_nonsense_in_the_address_shows_the_newest(client, ann, make_visit):
    make_visit(9, days=-1, status=Status.COMPLETED)
    client.force_login(ann)
    page = client.get(reverse("portal:health"), {"type": "x", "before": "yesterday"})
    assert len(page.context["entries"]) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_a_fixed_number_of_queries(
    ann, make_visit, count, django_assert_num_queries
):
    for number in range(count):
        make_visit(9 + number, days=2)
        PrescriptionFactory(
            patient=ann.patient, status="SIGNED", signed_at=timezone.now()
        )
    ann.has_perm("accounts.view_patient", ann.patient)
    with django_assert_num_queries(10):
        home(ann, ann.patient, at=timezone.now())


@pytest.mark.parametrize(
    ("hour", "words"),
    [(3, "Hello"), (5, "Good morning"), (11, "Good morning"), (12, "Good afternoon"),
     (18, "Good evening"), (21, "Good evening"), (22, "Hello")],
)  # fmt: skip
def test_people_are_greeted_by_the_hour_where_they_are(hour, words):
    there = datetime(2026, 3, 9, hour, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert _greeting(there.astimezone(UTC), "Asia/Tokyo") == words
