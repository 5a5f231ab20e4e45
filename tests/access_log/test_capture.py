"""What counts as a reading, what does not, and what if it can not be written."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient, User
from accounts.patients.queries import claim_token
from audit.entries.models import Action, Outcome
from audit.entries.services import record
from audit.models import Entry
from foundation.scene import Scene, acting, current_scene
from portal.access_log import AccessLog


@pytest.fixture
def chart(ann):
    return reverse("workspace:patient", args=[ann.patient.public_id])


@pytest.fixture
def ask(ann):
    """ask(view, method): what the log's middleware makes of a view of ours."""

    def ask(view, method="get", user=None, **headers):
        request = getattr(RequestFactory(), method)("/", headers=headers)
        request.user = user or ann
        return AccessLog(view)(request)

    return ask


def readings():
    return list(Entry.objects.filter(verb__startswith="data.").order_by("pk"))


def test_an_entry_says_who_what_when_whence(client, dr_lee, ann, chart):
    client.force_login(dr_lee)
    before = timezone.now()
    response = client.get(
        chart,
        headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"},
        REMOTE_ADDR="203.0.113.9",
    )
    (entry,) = readings()
    assert before - timedelta(minutes=1) < entry.at < timezone.now()
    assert (entry.actor, entry.role, entry.patient_id) == (
        dr_lee,
        "DOCTOR",
        ann.patient.pk,
    )
    assert (entry.action, entry.outcome) == (Action.VIEW, Outcome.DONE)
    assert (entry.subject_type, entry.subject_id) == (
        "accounts.patient",
        ann.patient.pk,
    )
    assert (entry.address, entry.agent) == ("203.0.113.9", "Firefox on Windows")
    assert entry.view == "workspace:patient"
    assert len(entry.session_ref) == 32
    assert client.session.session_key not in str(vars(entry))
    assert response["X-Request-ID"] == entry.request_id


def test_nothing_is_shown_that_can_not_be_written(client, dr_lee, ann, chart, caplog):
    client.force_login(dr_lee)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.full() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RAISE EXCEPTION $$no space$$ USING ERRCODE = $$53100$$; END'"
        )
        cursor.execute(
            "CREATE TRIGGER no_space BEFORE INSERT ON audit_entry"
            " FOR EACH ROW EXECUTE FUNCTION pg_temp.full()"
        )
    with transaction.atomic():
        response = client.get(chart)
        transaction.set_rollback(True)
    assert response.status_code == 503
    assert ann.patient.last_name.encode() not in response.content
    assert ann.patient.number.encode() not in response.content
    assert "We can't answer right now" in response.text
    assert "access log can't be written" in caplog.text


def test_nothing_is_changed_that_can_not_be_written(client, ann):
    client.force_login(ann)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry ADD CHECK (verb NOT LIKE 'patient.%')")
    client.raise_request_exception = False
    with transaction.atomic():
        response = client.post(
            reverse("accounts:profile"),
            {
                "first_name": "Other",
                "last_name": "Name",
                "birth_date_day": "14",
                "birth_date_month": "3",
                "birth_date_year": "1986",
                "sex": "FEMALE",
                "phone": "07700 900124",
                "language": "en",
            },
        )
    assert response.status_code == 503
    # The form comes back as it was sent.
    assert "07700 900124" in response.text
    assert Patient.objects.get(user=ann).first_name == "Ann"


def test_a_redirect_shows_nothing(client, ann, story, entries):
    client.force_login(ann)
    entries()
    address = reverse("notifications:notice_open", args=[story.ann.notice.public_id])
    assert client.post(address).status_code == 302
    assert [entry for entry in entries() if entry.verb.startswith("data.")] == []


def test_what_a_service_loads_while_it_works_is_not_shown(ask, ann, zoe):
    """It locks and compares the rows of others; the answer shows the form again."""

    def view(request):
        with transaction.atomic():
            list(Patient.objects.select_for_update().filter(pk=zoe.patient.pk))
        Patient.objects.get(pk=ann.patient.pk)
        return HttpResponse(status=422)

    ask(view, "post")
    assert [entry.patient_id for entry in readings()] == [ann.patient.pk]


def test_a_page_counts_whatever_transaction_it_loads_in(ask, zoe):
    def view(request):
        with transaction.atomic():
            Patient.objects.get(pk=zoe.patient.pk)
        return HttpResponse()

    ask(view)
    assert [entry.patient_id for entry in readings()] == [zoe.patient.pk]


def test_jobs_read_in_nobodys_name(zoe):
    Patient.objects.get(pk=zoe.patient.pk)
    assert readings() == []


def test_rows_loaded_while_an_answer_is_sent_are_written_before_they_leave(
    ask, ann, zoe
):
    def rows():
        for person in (ann, zoe):
            yield Patient.objects.get(pk=person.patient.pk).number.encode()

    response = ask(lambda request: StreamingHttpResponse(rows()))
    assert readings() == []
    parts = iter(response.streaming_content)
    next(parts)
    assert [entry.patient_id for entry in readings()] == [ann.patient.pk]
    next(parts)
    assert [entry.patient_id for entry in readings()][1:] == [zoe.patient.pk]
    assert {entry.action for entry in readings()} == {Action.EXPORT}


def test_each_patient_of_a_list_has_an_entry(client, desk, story, entries):
    client.force_login(desk)
    entries()
    client.get(reverse("workspace:desk"))
    added = entries()
    assert {entry.patient_id for entry in added} == {
        story.ann.visit.patient_id,
        story.zoe.visit.patient_id,
    }
    assert {entry.action for entry in added} == {Action.LIST}
    assert len({entry.request_id for entry in added}) == 1


def test_a_list_is_written_in_one_round_trip(client, desk, story):
    client.force_login(desk)
    counting = Counting()
    with connection.execute_wrapper(counting):
        client.get(reverse("workspace:desk"))
    assert counting.of("audit_entry") == 1


class Counting:
    """Counts statements."""

    def __init__(self):
        self.statements = []

    def __call__(self, execute, sql, params, many, context):
        self.statements.append(sql)
        return execute(sql, params, many, context)

    def of(self, table):
        return sum(table in statement for statement in self.statements)


def test_a_search_is_called_one(client, desk, ann, entries):
    client.force_login(desk)
    entries()
    client.get(reverse("workspace:patients"), {"q": ann.patient.number})
    assert [entry.action for entry in entries()] == [Action.SEARCH]


def test_so_is_one_that_finds_nobody(client, desk, ann, entries):
    client.force_login(desk)
    entries()
    client.get(reverse("workspace:patients"), {"q": "Zebedee"})
    (entry,) = entries()
    assert (entry.verb, entry.action) == ("data.searched", Action.SEARCH)
    assert (entry.actor, entry.role, entry.patient_id) == (desk, "RECEPTIONIST", None)
    # Names are typed there: not kept.
    assert "zebedee" not in str(vars(entry)).lower()
    # The public site's search is nothing of this kind.
    client.get(reverse("search:search"), {"q": "Zebedee"})
    assert entries() == []


def test_a_page_that_refreshes_itself_is_one_reading(client, desk, story, entries, ann):
    client.force_login(desk)
    refresh = {"hx-request": "true", "x-refresh": "true"}
    address = reverse("workspace:desk")
    client.get(address)
    entries()
    for _ in range(3):
        client.get(address, headers=refresh)
    assert entries() == []
    # Whoever appears for the first time is read for the first time.
    story.zoe.visit.patient = Patient.objects.create(
        number="P-NEW", first_name="New", last_name="Face", birth_date="2001-01-01"
    )
    story.zoe.visit.save()
    client.get(address, headers=refresh)
    assert [entry.patient_id for entry in entries()] == [story.zoe.visit.patient_id]
    # The mark is the browser's word: without a first reading it hides nothing.
    client.logout()
    client.force_login(desk)
    entries()
    client.get(address, headers=refresh)
    # Ann, the newcomer, and Zoe, who paid for the visit.
    assert len(entries()) == 3


def test_a_refusal_names_what_was_asked_for(client, dr_roy, ann, chart, entries):
    client.force_login(dr_roy)
    entries()
    assert client.get(chart).status_code == 404
    (entry,) = entries()
    assert (entry.outcome, entry.verb) == (Outcome.REFUSED, "access.refused")
    assert (entry.actor, entry.patient_id) == (dr_roy, ann.patient.pk)
    assert (entry.category, entry.view) == ("IDENTITY", "workspace:patient")


def test_asking_for_nothing_is_written_alike(client, dr_roy, ann, chart, entries):
    """The same statements, so that time does not tell what there is."""
    client.force_login(dr_roy)
    client.get(chart)
    counts = []
    for address in (chart, reverse("workspace:patient", args=[uuid.uuid4()])):
        counting = Counting()
        with connection.execute_wrapper(counting):
            assert client.get(address).status_code == 404
        counts.append(len(counting.statements))
    assert counts[0] == counts[1]
    assert entries()[-1].patient_id is None


def test_staff_who_are_patients_read_their_own_record_as_patients(
    client, dr_lee, story, entries
):
    dr_lee.role_assignments.create(role="PATIENT")
    Patient.objects.create(
        user=dr_lee,
        number="P-LEE",
        first_name="Min",
        last_name="Lee",
        birth_date="1980-01-01",
    )
    client.force_login(dr_lee)
    entries()
    client.get(reverse("portal:home"))
    assert {entry.role for entry in entries()} == {"PATIENT"}
    client.get(reverse("workspace:day"))
    assert {entry.role for entry in entries()} == {"DOCTOR"}


def test_signing_in_and_out_leave_entries(client, desk):
    desk.set_password("correct horse battery staple")
    desk.save()
    desk.emailaddress_set.create(email=desk.email, verified=True, primary=True)
    where = reverse("account_login")
    for password in ("wrong \x1b[31m\r\npassword", "correct horse battery staple"):
        client.post(where, {"login": desk.email, "password": password})
    client.post(reverse("account_logout"))
    found = [
        (entry.verb, entry.outcome, entry.actor, entry.subject_id)
        for entry in Entry.objects.filter(verb__startswith="session.").order_by("pk")
    ]
    assert found == [
        ("session.refused", "REFUSED", None, desk.pk),
        ("session.started", "DONE", desk, desk.pk),
        ("session.ended", "DONE", desk, desk.pk),
    ]
    started, ended = Entry.objects.filter(action__in=["SIGN_IN", "SIGN_OUT"]).exclude(
        outcome="REFUSED"
    )
    assert started.session_ref == ended.session_ref != ""


def test_what_was_typed_into_a_failed_sign_in_is_not_kept(client, db):
    """People type passwords into the wrong field."""
    client.post(
        reverse("account_login"),
        {"login": "hunter2-is-my-password@x.org", "password": "hunter2"},
    )
    entry = Entry.objects.get(verb="session.refused")
    assert entry.subject_id is None
    assert "hunter2" not in str(vars(entry))


def test_accounts_of_others_are_read_ones_own_is_not(client, admin, desk, entries):
    client.force_login(admin)
    entries()
    client.get(reverse("accounts:settings"))
    assert entries() == []
    client.get(reverse("clinic:person", args=[desk.public_id]))
    (entry,) = entries()
    assert (entry.category, entry.subject_id) == ("ACCOUNTS", desk.pk)


def test_lines_and_terminal_codes_can_not_be_smuggled_in(client, ann, entries):
    with acting(Scene(agent="a\r\nb\x1b[2Jc\u202e", view="x\ny", request_id="1\r2")):
        entry = record(
            actor=None,
            verb="test.acted",
            subject=ann.patient,
            detail={"code": "1\r\n2026-01-01 root DELETED\x1b[0m" + "x" * 500},
        )
    entry.refresh_from_db()
    text = f"{entry.agent}{entry.view}{entry.request_id}{entry.detail['code']}"
    assert not any(sign in text for sign in "\r\n\x1b\u202e")
    assert len(entry.detail["code"]) == 120


def test_detail_takes_codes_and_numbers_only(ann):
    with pytest.raises(TypeError, match="codes"):
        record(
            actor=None, verb="x.y", subject=ann.patient, detail={"all": {"a": "dict"}}
        )


def test_acting_for_somebody_and_why_are_kept(ask, ann, zoe):
    def view(request):
        scene = current_scene()
        scene.for_whom, scene.purpose = lambda _: zoe.patient.pk, "EMERGENCY"
        Patient.objects.get(pk=zoe.patient.pk)
        return HttpResponse()

    ask(view)
    (entry,) = readings()
    assert (entry.on_behalf_of_id, entry.purpose) == (zoe.patient.pk, "EMERGENCY")


def test_a_claim_link_shows_nobody(client, zoe, entries):
    guest = Patient.objects.create(
        number="P-G",
        first_name="Gil",
        last_name="Guest",
        birth_date="1990-01-01",
        email="gil@example.org",
    )
    entries()
    client.get(reverse("accounts:claim", args=[claim_token(guest)]))
    assert [entry.patient_id for entry in entries()] == [guest.pk]


def test_users_who_come_along_with_others_are_no_reading(ask, story, desk):
    def view(request):
        visit = Patient.objects.select_related("user").get(user=request.user)
        assert visit.user.first_name
        assert User.objects.filter(pk=desk.pk).exists()
        return HttpResponse()

    ask(view)
    assert {entry.category for entry in readings()} == {"IDENTITY"}


def test_what_changes_the_clinic_or_a_role_says_so(client, admin, desk, story):
    record(actor=admin, verb="closure.added", subject=story.ann.offering.location)
    assert Entry.objects.get(verb="closure.added").category == "SETTINGS"
    assert {entry.category for entry in Entry.objects.filter(verb="role.assigned")} == {
        "ACCOUNTS"
    }
