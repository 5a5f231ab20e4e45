"""A breach: whom it reached, from the log; the clock; what goes to whom."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient
from accounts.patients.services import merge_patients
from audit.entries.services import Line, add_lines
from audit.models import Entry
from portal.breaches.forms import MOMENT
from portal.breaches.queries import (
    entries_of,
    facts,
    lost_things,
    scope_of,
    session_named,
)
from portal.breaches.services import NotAllowed, NotYetHappened, note_told, save_breach
from portal.models import Breach
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.breaches import BreachFactory
from tests.factories.records import DocumentFactory
from tests.saying import said

NEW = reverse("breaches:new")
LIST = reverse("breaches:list")
SESSION = "5" * 32
AN_HOUR = timedelta(hours=1)


def look(patient, actor=None, category="DOCUMENTS,IDENTITY", **fields):
    """An entry of the log, as a look at a record leaves it, now."""
    given = {"verb": "data.opened", "action": "VIEW", "address": "203.0.113.9"}
    given |= {"subject_type": "records.document", "session_ref": SESSION}
    line = Line(
        actor_id=getattr(actor, "pk", None),
        patient_id=patient.pk if patient else None,
        category=category,
        **{**given, **fields},
    )
    add_lines([line])


@pytest.fixture
def breach(medical_admin):
    """breach(actor=…): of the hours around now."""

    def breach(**fields):
        at = timezone.now()
        hours = {"since": at - AN_HOUR, "until": at + AN_HOUR}
        return BreachFactory(opened_by=medical_admin, **{**hours, **fields})

    return breach


def reached(row):
    names = dict(Patient.objects.values_list("pk", "first_name"))
    return {names[one.patient_id]: one.categories for one in scope_of(row).people}


def test_the_log_tells_whom_one_account_reached(ann, zoe, gus, dr_lee, dr_roy, breach):
    look(ann.patient, dr_lee, subject_id=1)
    look(ann.patient, dr_lee, category="PRESCRIPTIONS")
    look(zoe.patient, dr_lee, category="APPOINTMENTS")
    # Another account, a refusal, and what is about nobody do not count.
    look(gus.patient, dr_roy)
    look(gus.patient, dr_lee, outcome="REFUSED")
    look(None, dr_lee, category="ACCOUNTS")
    row = breach(actor=dr_lee)
    assert reached(row) == {
        "Ann": {"DOCUMENTS", "IDENTITY", "PRESCRIPTIONS"},
        "Zoe": {"APPOINTMENTS"},
    }
    scope = scope_of(row)
    assert (scope.entries, scope.records, len(scope.people)) == (3, 3, 2)
    assert scope.by_category == {
        "Appointments": 1,
        "Documents": 1,
        "Medicines and allergies": 1,
        "Name and contacts": 1,
    }


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"session_ref": SESSION}, {"Ann"}),
        ({"address": "198.51.100.7"}, {"Zoe"}),
        ({"is_everything": True}, {"Ann", "Zoe"}),
        # All that is filled in must fit.
        ({"session_ref": SESSION, "address": "198.51.100.7"}, set()),
        ({}, set()),
    ],
)
def test_by_session_address_or_everything(ann, zoe, breach, fields, found):
    look(ann.patient)
    look(zoe.patient, session_ref="6" * 32, address="198.51.100.7")
    assert set(reached(breach(**fields))) == found


def test_only_the_time_in_question_counts(ann, breach):
    look(ann.patient)
    entry = Entry.objects.get(verb="data.opened")
    exact = breach(is_everything=True, since=entry.at, until=entry.at + AN_HOUR)
    assert list(entries_of(exact)) == [entry]
    before = breach(is_everything=True, since=entry.at - AN_HOUR, until=entry.at)
    assert not entries_of(before).filter(pk=entry.pk).exists()
    assert reached(before) == {}
    after = entry.at + timedelta(seconds=1)
    later = breach(is_everything=True, since=after, until=after + AN_HOUR)
    assert not entries_of(later).filter(pk=entry.pk).exists()
    assert reached(later) == {}


def test_who_was_looked_at_most_comes_first_with_first_and_last(ann, zoe, breach):
    look(ann.patient, category="IDENTITY")
    for category in ("IDENTITY", "PAYMENTS", "DOCUMENTS"):
        look(zoe.patient, category=category)
    people = scope_of(breach(is_everything=True)).people
    most = [one for one in people if one.patient_id in {ann.patient.pk, zoe.patient.pk}]
    assert [one.patient_id for one in most] == [zoe.patient.pk, ann.patient.pk]
    times = Entry.objects.filter(patient_id=zoe.patient.pk).order_by("at")
    at = list(times.values_list("at", flat=True))
    assert (most[0].first_at, most[0].last_at) == (at[0], at[-1])
    assert at[0] < at[-1]


def test_lost_things_count_whoever_looked_at_them(ann, zoe, breach):
    paper = DocumentFactory(patient=ann.patient)
    row = breach(objects_text=f"{paper.public_id}\n{zoe.patient.number}")
    assert lost_things(row) == [
        (ann.patient.pk, "DOCUMENTS"),
        (zoe.patient.pk, "IDENTITY"),
    ]
    scope = scope_of(row)
    assert reached(row) == {"Ann": {"DOCUMENTS"}, "Zoe": {"IDENTITY"}}
    assert (scope.entries, scope.records) == (0, 2)


def test_lost_things_are_named_in_any_case_and_what_is_nobodys_counts_not(zoe, breach):
    nobodys = AppointmentFactory(patient=None, status="EXPIRED")
    row = breach(
        objects_text=f"{nobodys.public_id}\n {zoe.patient.number.lower()} \nwhat\n"
    )
    assert lost_things(row) == [(zoe.patient.pk, "IDENTITY")]


def test_who_has_two_records_is_told_once(ann, dr_lee, dr_roy, breach):
    double = PatientFactory(first_name="Double")
    look(double, dr_lee, category="APPOINTMENTS")
    look(ann.patient, dr_lee, category="IDENTITY")
    merge_patients(actor=dr_roy, kept=ann.patient, merged=double)
    row = breach(actor=dr_lee)
    assert reached(row) == {"Ann": {"APPOINTMENTS", "IDENTITY"}}
    assert scope_of(row).entries == 2


def test_a_session_is_named_by_any_of_its_requests(ann):
    look(ann.patient, request_id="a" * 32)
    assert session_named("A" * 32) == SESSION
    assert session_named(SESSION) == SESSION
    assert session_named("b" * 32) == ""
    assert session_named("") == ""


@pytest.mark.parametrize("count", [1, 12])
def test_the_numbers_cost_a_fixed_number_of_queries(
    dr_lee, breach, count, django_assert_num_queries
):
    for _ in range(count):
        look(PatientFactory(), dr_lee)
    row = breach(actor=dr_lee)
    with django_assert_num_queries(4):
        assert len(scope_of(row).people) == count


# --- The clock ------------------------------------------------------------------------


def test_the_authority_has_72_hours_from_noticing(breach):
    row = breach(noticed_at=datetime(2026, 3, 27, 22, tzinfo=UTC))
    # Hours, whatever clocks do in between.
    assert row.due_at == datetime(2026, 3, 30, 22, tzinfo=UTC)
    assert not row.is_overdue(row.due_at)
    assert row.is_overdue(row.due_at + timedelta(seconds=1))
    row.authority_told_at = row.due_at
    assert not row.is_overdue(row.due_at + timedelta(days=9))


def test_when_somebody_was_told_is_written_down(medical_admin, dr_lee, breach):
    at = timezone.now()
    row = breach(noticed_at=at - timedelta(hours=80))
    tell = {"breach": row, "whom": "authority", "at": at}
    with pytest.raises(NotAllowed):
        note_told(actor=dr_lee, told_at=at, **tell)
    for wrong in (at + timedelta(minutes=1), row.noticed_at - timedelta(minutes=1)):
        with pytest.raises(NotYetHappened):
            note_told(actor=medical_admin, told_at=wrong, **tell)
    note_told(actor=medical_admin, told_at=at, **tell)
    row.refresh_from_db()
    assert (row.authority_told_at, row.people_told_at) == (at, None)
    assert Entry.objects.get(verb="breach.authority_told").detail == {"late": True}


def test_only_what_is_a_field_of_it_is_written_down(medical_admin, breach):
    row = breach()
    for name in ("opened_by", "authority_told_at", "colour"):
        with pytest.raises(TypeError, match=name):
            save_breach(actor=medical_admin, breach=row, fields={name: None})


def test_the_reason_for_being_late_is_asked_of_the_late_alone(breach):
    at = timezone.now()
    for hours, asked in ((1, False), (73, True)):
        row = breach(noticed_at=at - timedelta(hours=hours), is_everything=True)
        told = dict(facts(row, scope_of(row), at=at, say=str))
        assert ("Why later than 72 hours" in told) == asked


def test_others_write_down_none(dr_lee, breach):
    with pytest.raises(NotAllowed):
        save_breach(actor=dr_lee, fields={"title": "X"})
    with pytest.raises(NotAllowed):
        save_breach(actor=dr_lee, breach=breach(), fields={"title": "X"})


def test_what_is_written_about_it_is_sealed(breach):
    row = breach(nature="A browser stood open")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nature FROM portal_breach WHERE id = %s", [row.pk])
        assert "browser" not in cursor.fetchone()[0]


# --- Over HTTP ------------------------------------------------------------------------


def typed(**changes):
    now = timezone.now().astimezone(ZoneInfo("Europe/London"))
    return {
        "title": "Open browser",
        "noticed_at": now.strftime(MOMENT),
        "since": (now - AN_HOUR).strftime(MOMENT),
        "until": (now + AN_HOUR).strftime(MOMENT),
        "is_everything": "on",
        "risk": "SOME",
        **changes,
    }


def sheet(response):
    return list(csv.reader(io.StringIO(response.text.removeprefix("\ufeff"))))


def page_of(row, name="breach"):
    return reverse(f"breaches:{name}", args=[row.public_id])


def test_medical_administration_writes_one_down_and_sees_whom_it_reached(
    client, ann, dr_lee, medical_admin
):
    look(ann.patient, dr_lee)
    client.force_login(medical_admin)
    data = typed(actor=dr_lee.public_id)
    del data["is_everything"]
    made = client.post(NEW, data)
    row = Breach.objects.get()
    assert made.url == page_of(row)
    shown = client.get(page_of(row))
    assert "Ann Patient" in shown.text
    assert "71 h 5" in shown.text
    assert "The report still lacks: what happened" in shown.text
    assert row.title in client.get(LIST).text
    assert Entry.objects.get(verb="breach.opened").actor == medical_admin


def test_times_are_those_of_the_clinics_clock(client, admin):
    client.force_login(admin)
    # Clocks go forward in that night.
    times = {"since": "2026-03-28T10:00", "until": "2026-03-29T02:30"}
    client.post(NEW, typed(noticed_at="2026-03-29T03:00", **times))
    row = Breach.objects.get()
    assert row.since == datetime(2026, 3, 28, 10, tzinfo=UTC)
    assert row.noticed_at == datetime(2026, 3, 29, 2, tzinfo=UTC)
    assert 'value="2026-03-29T03:00"' in client.get(page_of(row, "edit")).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "Give it a name"),
        ({"until": "2020-01-01T00:00"}, "This is not after its beginning"),
        ({"since": "yesterday"}, "Enter a day and a time"),
        ({"is_everything": ""}, "Say whom or what to look for"),
        ({"session": "nothing"}, "No entry of the log has this code"),
        ({"address": "here"}, "Enter an address such as"),
        ({"objects_text": "P-0000-0000"}, "Nothing of a patient is called so"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, admin, changes, words):
    client.force_login(admin)
    data = typed(nature="A browser stood open", **changes)
    if not data["is_everything"]:
        del data["is_everything"]
    page = client.post(NEW, data)
    assert page.status_code == 422
    assert words in page.text
    assert "A browser stood open" in page.text
    assert not Breach.objects.exists()


def test_the_report_has_what_the_law_asks_for_and_no_names(
    client, ann, dr_lee, medical_admin, breach
):
    look(ann.patient, dr_lee)
    row = breach(
        actor=dr_lee,
        nature="A browser stood open",
        consequences="Somebody may know of visits",
        measures="The session was ended",
        contact="dpo@clinic.example",
    )
    client.force_login(medical_admin)
    answers = dict(sheet(client.get(f"{page_of(row)}?as=csv")))
    assert answers["What happened"] == "A browser stood open"
    assert answers["People concerned, about"] == "1"
    assert answers["Records concerned, about"] == "1"
    assert answers["Categories of data, with people"] == (
        "Documents: 1, Name and contacts: 1"
    )
    assert answers["What may follow from it"] == "Somebody may know of visits"
    assert answers["What was done about it"] == "The session was ended"
    assert answers["Whom the authority may ask"] == "dpo@clinic.example"
    # Noticed long ago, and not told.
    assert answers["Why later than 72 hours"] == "Not stated yet"
    assert "Ann" not in said(str(answers))
    paper = client.get(f"{page_of(row)}?as=pdf")
    assert paper.content.startswith(b"%PDF")


def test_administrators_see_numbers_and_medical_administration_names(
    client, ann, dr_lee, medical_admin, admin, breach
):
    Patient.objects.filter(pk=ann.patient.pk).update(first_name="=cmd()")
    look(ann.patient, dr_lee)
    page = page_of(breach(actor=dr_lee))
    client.force_login(medical_admin)
    (row,) = sheet(client.get(f"{page}?as=people"))[1:]
    assert row[:3] == [ann.patient.number, "'=cmd() Patient", ann.patient.email]
    assert row[5] == "name and contacts and documents"
    client.force_login(admin)
    (row,) = sheet(client.get(f"{page}?as=people"))[1:]
    assert row == [ann.patient.number, "", "", "", "", row[5]]
    shown = client.get(page).text
    assert ann.patient.number in shown
    assert "=cmd()" not in shown


def test_taking_the_list_is_in_the_log(client, ann, dr_lee, medical_admin, breach):
    look(ann.patient, dr_lee)
    client.force_login(medical_admin)
    client.get(f"{page_of(breach(actor=dr_lee))}?as=people")
    taken = Entry.objects.filter(action="EXPORT", patient_id=ann.patient.pk)
    assert [entry.actor for entry in taken] == [medical_admin]


def test_the_draft_says_what_happened_and_nothing_of_anybodys_health(
    client, ann, dr_lee, medical_admin, breach
):
    DocumentFactory(patient=ann.patient, title="Letter on diabetes")
    look(ann.patient, dr_lee)
    row = breach(actor=dr_lee, consequences="Somebody may know of visits")
    client.force_login(medical_admin)
    shown = client.get(page_of(row)).text
    draft = shown.partition('<pre class="mc-mailtext">')[2].partition("</pre>")[0]
    assert "name and contacts and documents" in draft
    assert "Somebody may know of visits" in draft
    assert "diabetes" not in draft
    assert "Ann" not in said(draft)


def test_the_clock_is_stopped_on_the_page(client, admin, breach):
    client.force_login(admin)
    at = timezone.now()
    row = breach(noticed_at=at - timedelta(hours=80))
    assert "The 72 hours ended" in client.get(page_of(row)).text
    told = page_of(row, "told")
    wrong = client.post(told, {"whom": "authority", "told_at": "2020-01-01T00:00"})
    assert wrong.status_code == 422
    assert "Nobody can have been told in the future" in wrong.text
    now = at.astimezone(ZoneInfo("Europe/London")).strftime(MOMENT)
    answer = client.post(told, {"whom": "authority", "told_at": now})
    assert answer.url == page_of(row)
    assert "after the 72 hours" in client.get(page_of(row)).text


@pytest.mark.parametrize(
    "who", ["ann", "dr_lee", "nurse", "desk", "biller", "editor", "author"]
)
def test_nobody_else_comes_in(client, who, request, breach):
    row = breach()
    client.force_login(request.getfixturevalue(who))
    for address in (LIST, NEW, page_of(row), page_of(row, "edit")):
        assert client.get(address).status_code == 403
    assert client.post(NEW, typed()).status_code == 403
    assert Breach.objects.count() == 1
