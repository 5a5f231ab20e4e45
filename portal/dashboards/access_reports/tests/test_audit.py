"""Compliance reports: for whom, about what, and that nobody reads charts with them."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.emergency_access.services import open_access
from audit.entries.models import Action
from audit.models import Entry
from audit.services import record
from portal.dashboards.access_reports.permissions import visible_to

PAGE = "workspace:audit"


@pytest.fixture
def acts(client, ann, zoe, dr_lee, dr_roy, desk, make_visit):
    """Dr Lee opened Ann's chart, the desk her visit; Dr Roy was refused."""
    visit = make_visit()
    chart = reverse("workspace:patient", args=[ann.patient.public_id])
    for person, address in (
        (dr_lee, chart),
        (dr_roy, chart),
        (desk, reverse("workspace:appointment", args=[visit.public_id])),
        (zoe, reverse("portal:home")),
    ):
        client.force_login(person)
        client.get(address)
    return visit


def read(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("who", ["ann", "dr_lee", "nurse", "desk", "editor"])
def test_it_is_not_for_everybody(client, acts, who, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse(PAGE)).status_code == 403


@pytest.mark.parametrize("who", ["medical_admin", "admin", "biller"])
def test_lists_and_single_entries_agree(acts, who, request):
    user = request.getfixturevalue(who)
    seen = set(visible_to(user))
    assert seen == {
        entry
        for entry in Entry.objects.all()
        if user.has_perm("portal.view_report_entry", entry)
    }
    assert bool(seen) == (who != "biller" or bool(seen))


def test_billing_sees_what_is_about_money(client, acts, biller, ann):
    client.force_login(biller)
    rows = read(client.get(reverse(PAGE), {"as": "csv"}))
    assert all("Payments" in row["Data"] for row in rows)
    assert not any("Prescriptions" in row["Data"] for row in rows)


def test_administrators_see_numbers_and_no_names(client, acts, admin, ann):
    client.force_login(admin)
    page = client.get(reverse(PAGE)).text
    assert ann.patient.number in page
    assert f"{ann.patient.last_name.upper()}, {ann.patient.first_name}" not in page


def test_medical_administration_sees_who_opened_whom(client, acts, medical_admin, ann):
    client.force_login(medical_admin)
    page = client.get(reverse(PAGE)).text
    assert "Lee Doctor" in page
    assert f"PATIENT, Ann ({ann.patient.number})" in page
    assert "Secret reason" not in page


def test_by_patient_by_person_refused_and_copies(
    client, acts, medical_admin, ann, zoe, dr_lee
):
    client.force_login(medical_admin)

    def asked(**question):
        return read(client.get(reverse(PAGE), {**question, "as": "csv"}))

    assert {row["Person"] for row in asked(patient=zoe.patient.number)} == {
        "Zoe Patient"
    }
    of_lee = asked(person=str(dr_lee.public_id))
    assert {row["Person"] for row in of_lee} == {"Lee Doctor"}
    assert [row["Person"] for row in asked(kind="refused")] == ["Roy Doctor"]
    copies = asked(kind="copies")
    assert {row["Act"] for row in copies} == {"data.exported"}
    oldest = asked(kind="sessions", sort="oldest")
    assert [row["Act"] for row in oldest][:1] == ["session.started"]
    assert oldest == sorted(oldest, key=lambda row: row[next(iter(row))])
    assert asked(since="2001-01-01", until="2001-01-02") == []


def test_emergencies_are_those_looks_and_no_other_unusual_ones(
    client, ann, zoe, dr_roy, medical_admin
):
    reason = "Found unconscious, need to know what she takes"
    open_access(actor=dr_roy, patient=ann.patient, reason=reason, at=timezone.now())
    client.force_login(dr_roy)
    client.get(reverse("workspace:patient", args=[ann.patient.public_id]))
    record(
        actor=medical_admin, verb="erasure.kept_opened", subject=zoe.patient,
        patient=zoe.patient, purpose="CLOSED",
    )  # fmt: skip
    client.force_login(medical_admin)
    rows = read(client.get(reverse(PAGE), {"kind": "emergency", "as": "csv"}))
    assert {(row["Act"], row["Why"]) for row in rows} == {("data.opened", "Emergency")}
    assert {row["Person"] for row in rows} == {"Roy Doctor"}


def test_what_can_not_be_read_is_said_beside_its_box(client, acts, medical_admin):
    client.force_login(medical_admin)
    response = client.get(
        reverse(PAGE),
        {"patient": "P-NONE", "since": "2026-02-30", "as": "csv"},
    )
    assert response.status_code == 422
    assert "No patient has this number" in response.text
    assert "Enter a day, for example" in response.text
    assert 'value="P-NONE"' in response.text


def test_files_are_neutral_and_leave_an_entry(client, acts, medical_admin, dr_lee):
    dr_lee.first_name = "@SUM(1)"
    dr_lee.save()
    client.force_login(medical_admin)
    rows = read(client.get(reverse(PAGE), {"as": "csv"}))
    assert "'@SUM(1) Doctor" in {row["Person"] for row in rows}
    exports = Entry.objects.filter(action=Action.EXPORT, actor=medical_admin)
    assert exports.filter(category__contains="ACCESS_LOG").count() == 1
    paper = client.get(reverse(PAGE), {"as": "pdf"})
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert exports.filter(category__contains="ACCESS_LOG").count() == 2


def test_a_report_goes_on(client, acts, medical_admin, monkeypatch):
    monkeypatch.setattr("portal.dashboards.access_reports.views.A_PAGE", 2)
    client.force_login(medical_admin)
    page = client.get(reverse(PAGE))
    after = page.context["more_after"].isoformat()
    more = client.get(reverse(PAGE), {"after": after})
    seen = {(row.at, row.verb, row.patient) for row in page.context["rows"]}
    assert len(more.context["rows"]) == 2
    assert not seen & {(row.at, row.verb, row.patient) for row in more.context["rows"]}
