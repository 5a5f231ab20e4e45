"""What a location has of its own for booking: shown, saved, refused, recorded."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from audit.models import Entry
from clinic.booking_rules.queries import usual_at
from clinic.models import Location
from tests.factories.clinic import LocationFactory, OfferingFactory, VisitTypeFactory

OWN = {
    "notice_minutes": "240",
    "horizon_days": "30",
    "reminders": "own",
    "reminder_leads": ["TWO_HOURS"],
    "arrival_notes": "Ring the bell",
    "wall_text": "Welcome",
}


@pytest.fixture
def uptown(db):
    location = LocationFactory(name="Uptown", slug="uptown")
    for notice, days in ((60, 30), (1440, 90)):
        kind = VisitTypeFactory(
            minimum_notice_minutes=notice,
            horizon_days=days,
            reminder_leads=["DAY_BEFORE", "TWO_HOURS"],
        )
        OfferingFactory(location=location, visit_type=kind)
    return location


def address(location):
    return reverse("clinic:booking_rules", args=[location.public_id])


def rules(location):
    row = Location.objects.get(pk=location.pk)
    return [
        row.notice_minutes,
        row.horizon_days,
        row.reminder_leads,
        row.arrival_notes,
        row.wall_text,
        row.has_waitlist,
    ]


def test_the_page_says_what_holds_where_a_box_is_empty(client, admin, uptown):
    client.force_login(admin)
    page = client.get(address(uptown)).text
    assert "now 1 hour to 24 hours" in page
    assert "now 30 days to 90 days" in page
    assert "As each visit type says: 24 hours before and 2 hours before" in page
    VisitTypeFactory(reminder_leads=[]).offerings.create(
        location=uptown, doctor=OfferingFactory().doctor
    )
    assert usual_at(uptown).reminders == "each its own"
    assert usual_at(LocationFactory()).notice == "nothing is on offer here yet"


def test_what_is_saved_is_the_locations_alone_and_can_be_emptied(client, admin, uptown):
    other = LocationFactory()
    before = rules(other)
    client.force_login(admin)
    page = client.post(address(uptown), OWN)
    assert page.url == reverse("clinic:location", args=[uptown.public_id])
    mine = [240, 30, ["TWO_HOURS"], "Ring the bell", "Welcome", False]
    assert (rules(uptown), rules(other)) == (mine, before)
    assert 'value="240"' in client.get(address(uptown)).text
    entry = Entry.objects.get(verb="location.booking_rules_set")
    assert (entry.subject_id, entry.detail["notice_minutes"]) == (uptown.pk, 240)
    client.post(address(uptown), {"has_waitlist": "on"})
    assert rules(uptown) == [None, None, None, "", "", True]
    # None of its own and none at all are two things.
    client.post(address(uptown), {"reminders": "own"})
    assert rules(uptown)[2] == []


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("notice_minutes", "-1", "For the notice, enter 0 or more"),
        ("notice_minutes", "50000", "For the notice, enter 43200 or less"),
        ("notice_minutes", "an hour", "Enter a whole number"),
        ("horizon_days", "0", "For the days ahead, enter 1 or more"),
        ("horizon_days", "731", "For the days ahead, enter 730 or less"),
        ("reminders", "some", "Choose from the list"),
        ("reminders", "", "untick all of them"),
        ("reminder_leads", ["WEEK"], "Choose from the list"),
        ("wall_text", "x" * 121, "at most 120 characters"),
        ("arrival_notes", "x" * 501, "at most 500 characters"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    client, admin, uptown, field, typed, says
):
    client.force_login(admin)
    page = client.post(address(uptown), {**OWN, field: typed})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert says in page.context["form"].errors[field][0]
    kept = "Welcome" if field != "wall_text" else "Ring the bell"
    assert kept in page.text
    assert rules(uptown) == [None, None, None, "", "", True]


def test_only_who_runs_the_clinic_sets_them(client, ann, desk, dr_lee, uptown):
    for who in (ann, desk, dr_lee):
        client.force_login(who)
        assert client.post(address(uptown), OWN).status_code == 403
    assert rules(uptown)[0] is None


@pytest.mark.parametrize("wrong", [{"notice_minutes": 43201}, {"horizon_days": 0}])
def test_the_database_keeps_them_sensible(uptown, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Location.objects.filter(pk=uptown.pk).update(**wrong)
