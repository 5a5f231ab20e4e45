"""A patient reads who has seen their record, in plain words."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.entries.models import Action, Category
from audit.entries.services import Line, add_lines, record
from audit.models import Entry
from foundation.scene import Scene, acting
from tests.saying import said

PAGE = "portal:access"


@pytest.fixture
def opened(client, ann, zoe, dr_lee, desk, make_visit):
    """Dr Lee and the desk opened Ann's record; Ann herself did; Zoe hers."""
    visit = make_visit()
    for person, address in (
        (dr_lee, reverse("workspace:patient", args=[ann.patient.public_id])),
        (dr_lee, reverse("workspace:patient", args=[ann.patient.public_id])),
        (desk, reverse("workspace:appointment", args=[visit.public_id])),
        (ann, reverse("portal:home")),
        (zoe, reverse("portal:home")),
    ):
        client.force_login(person)
        assert client.get(address).status_code == 200
    return visit


def test_others_are_named_with_role_and_time(client, ann, opened):
    client.force_login(ann)
    page = client.get(reverse(PAGE)).text
    assert "Lee Doctor" in page
    assert ", Doctor</span>" in page
    assert "Desi Receptionist" in page
    assert "Opened your appointments" in page
    assert "2 times, last at" in page
    assert "Zoe" not in said(page)


def test_own_acts_stand_apart(client, ann, opened):
    client.force_login(ann)
    assert ">You<" not in client.get(reverse(PAGE)).text.split("</nav>")[-1]
    mine = client.get(reverse(PAGE), {"show": "mine"}).text
    assert "Opened your" in mine
    assert "Lee Doctor" not in mine


def test_nobody_reads_it_for_somebody_else(client, ann, zoe, opened):
    client.force_login(zoe)
    page = client.get(reverse(PAGE)).text
    assert "Lee Doctor" not in page
    assert "Nobody but you so far" in page


@pytest.mark.parametrize("who", ["dr_lee", "desk", "biller", "admin", "editor"])
def test_it_is_a_page_for_patients(client, who, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse(PAGE)).status_code == 302


def test_emergency_access_and_copies_can_be_picked_out(client, ann, dr_roy, opened):
    with acting(Scene(actor=lambda: dr_roy, role_for=lambda _: "DOCTOR")):
        record(
            actor=dr_roy,
            verb="data.opened",
            subject=ann.patient,
            patient=ann.patient,
            action=Action.DOWNLOAD,
            category=Category.DOCUMENTS,
            purpose="EMERGENCY",
        )
    client.force_login(ann)
    for kind in ("emergency", "copies"):
        page = client.get(reverse(PAGE), {"show": kind}).text
        assert "Roy Doctor" in page
        assert "Downloaded your documents" in page
        assert "Desi" not in said(page)
    assert "Emergency</span>" in page


def test_a_refused_try_is_shown(client, ann, dr_roy):
    client.force_login(dr_roy)
    client.get(reverse("workspace:patient", args=[ann.patient.public_id]))
    client.force_login(ann)
    page = client.get(reverse(PAGE)).text
    assert "Roy Doctor" in page
    assert "and was refused" in page


def test_older_looks_are_on_further_pages(client, ann, desk, monkeypatch):
    monkeypatch.setattr("portal.dashboards.access.views.A_PAGE", 2)
    client.force_login(desk)
    for words in ("a", "b", "c"):
        client.get(
            reverse("workspace:patients"), {"q": ann.patient.number, "page": words}
        )
    client.force_login(ann)
    page = client.get(reverse(PAGE))
    assert page.context["more_before"] is not None
    older = client.get(
        reverse(PAGE), {"before": page.context["more_before"].isoformat()}
    )
    assert [line.times for day in older.context["days"] for line in day.lines] == [1]
    assert older.context["more_before"] is None


def test_what_happened_at_one_moment_is_not_torn_apart(client, ann, desk, monkeypatch):
    monkeypatch.setattr("portal.dashboards.access.views.A_PAGE", 2)
    for categories in (("DOCUMENTS", "MESSAGES"), ("FORMS",)):
        lines = [
            Line(
                verb="data.opened",
                action=Action.VIEW,
                actor_id=desk.pk,
                patient_id=ann.patient.pk,
                category=category,
            )
            for category in categories
        ]
        # One statement is one moment.
        add_lines(lines)
    client.force_login(ann)
    page = client.get(reverse(PAGE))
    [day] = page.context["days"]
    assert [line.what for line in day.lines] == ["answers to forms"]
    older = client.get(
        reverse(PAGE), {"before": page.context["more_before"].isoformat()}
    )
    [day] = older.context["days"]
    assert {line.what for line in day.lines} == {"documents", "messages"}


def test_the_file_holds_the_same_and_runs_nothing(client, ann, desk, opened):
    desk.first_name = "=cmd|' /C calc'!A0"
    desk.save()
    client.force_login(ann)
    response = client.get(reverse(PAGE), {"as": "csv"})
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0][1:] == ["Who", "Role", "What they did", "With what"]
    names = {row[1] for row in rows[1:]}
    assert names == {"Lee Doctor", "'=cmd|' /C calc'!A0 Receptionist"}
    assert response["Cache-Control"] == "private, no-store"


def test_reading_the_list_is_an_entry_too(client, ann, opened):
    client.force_login(ann)
    client.get(reverse(PAGE), {"as": "csv"})
    entry = Entry.objects.get(category="ACCESS_LOG")
    assert (entry.action, entry.actor) == (Action.EXPORT, ann)


def test_it_takes_few_queries_however_long(client, ann, opened):
    client.force_login(ann)
    client.get(reverse(PAGE))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(PAGE))
    for _ in range(5):
        client.get(reverse(PAGE))
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(PAGE))
    assert len(many) == len(few)
