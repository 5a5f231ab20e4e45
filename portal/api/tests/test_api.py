"""The API, asked as programs ask: by token, never by cookie."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.utils import timezone

from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.models import Entry
from booking.appointments.models import Appointment
from booking.appointments.permissions import visible_to
from tests.apps import App
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, WorkingHoursFactory
from tests.factories.clinic import LocationFactory, OfferingFactory
from tests.factories.proxies import ProxyFactory
from tests.saying import said
from tests.second_factors import VerifiedClient, with_app

pytestmark = pytest.mark.django_db
WORK = ("me.read", "work.appointments.read")
PROBLEM = "application/problem+json"


@pytest.fixture
def app(db):
    return App()


@pytest.fixture
def visits(ann, zoe, dr_lee, dr_roy):
    """Three of Ann's with Dr Lee, one of Zoe's with Dr Roy."""
    place = LocationFactory(name="Canal Street")
    lee = OfferingFactory(doctor=dr_lee.doctor, location=place)
    roy = OfferingFactory(doctor=dr_roy.doctor, location=place)
    days = [datetime(2030, 1, day, 9, tzinfo=UTC) for day in (1, 2, 3, 4)]
    return [
        *(
            AppointmentFactory(
                patient=ann.patient, offering=lee, starts_at=day, reason="Secret reason"
            )
            for day in days[:3]
        ),
        AppointmentFactory(
            patient=zoe.patient, offering=roy, starts_at=days[3], reason="Secret reason"
        ),
    ]


def token_of(app, user, scopes=("me.read", "appointments.read")):
    return app.tokens(VerifiedClient(), user, scopes)["access_token"]


def is_problem(answer, status):
    assert answer.status_code == status
    assert answer["Content-Type"] == PROBLEM
    said = answer.json()
    assert said["status"] == status
    assert said["detail"]
    return said


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


def test_a_patients_app_reads_their_own_visits_and_nobody_elses(app, ann, zoe, visits):
    anns, zoes = token_of(app, ann), token_of(app, zoe)
    assert ids(app.reads("appointments", anns)) == [
        str(v.public_id) for v in visits[:3]
    ]
    assert ids(app.reads("appointments", zoes)) == [str(visits[3].public_id)]
    text = app.reads("appointments", anns).text
    assert "Secret reason" not in text
    assert "Zoe" not in said(text)


def test_at_work_a_program_sees_what_its_person_may(
    app, visits, dr_lee, dr_roy, desk, biller, nurse, medical_admin
):
    for user in (dr_lee, dr_roy, desk, biller, nurse, medical_admin):
        token = token_of(app, user, WORK)
        allowed = visible_to(user).order_by("starts_at")
        found = ids(app.reads("work/appointments", token))
        assert found == [str(one.public_id) for one in allowed], user
        assert "Secret reason" not in app.reads("work/appointments", token).text
    assert [visible_to(user).count() for user in (dr_lee, dr_roy)] == [3, 1]


def test_at_work_nobody_sees_whom_they_act_for_in_private(app, visits, ann, dr_roy):
    until = timezone.now() + timedelta(days=1)
    ProxyFactory(patient=ann.patient, user=dr_roy, lapses_at=until)
    hers = {str(visit.public_id) for visit in visits[:3]}
    assert {str(one.public_id) for one in visible_to(dr_roy)} > hers
    found = ids(app.reads("work/appointments", token_of(app, dr_roy, WORK)))
    assert found
    assert not hers & set(found)


def test_a_scope_opens_what_it_names_and_nothing_else(app, ann, dr_lee):
    paths = {
        "me": "me.read",
        "appointments": "appointments.read",
        "work/appointments": "work.appointments.read",
    }
    tokens = {scope: token_of(app, dr_lee, (scope,)) for scope in paths.values()}
    for (path, needed), (scope, token) in product(paths.items(), tokens.items()):
        answer = app.reads(path, token)
        if scope == needed:
            assert answer.status_code == 200, path
        else:
            said = is_problem(answer, 403)
            assert said["scope"] == needed
            assert "insufficient_scope" in answer["WWW-Authenticate"]


def test_a_scope_gives_no_more_than_the_person_has(app, desk, visits, admin):
    """The token stays as it is when its person loses what they had."""
    token = token_of(app, desk, WORK)
    assert len(ids(app.reads("work/appointments", token))) == 4
    # Beside the services, which would end the token.
    desk.role_assignments.all().delete()
    assert ids(app.reads("work/appointments", token)) == []


def test_without_a_token_there_is_nothing(app, ann, visits):
    for path in ("me", "appointments", "work/appointments"):
        answer = app.reads(path)
        is_problem(answer, 401)
        assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
        for wrong in ("x", "mc_access_" + "x" * 43, "", "é"):
            headers = {"Authorization": f"Bearer {wrong}".encode().decode("latin-1")}
            answer = app.http.get(f"/api/v1/{path}", headers=headers)
            assert "invalid_token" in answer["WWW-Authenticate"]
            is_problem(answer, 401)


def test_a_browser_that_is_signed_in_opens_nothing_here(client, ann, desk, visits):
    for user in (ann, desk):
        with_app(user)
        client.force_login(user)
        assert client.get("/account/security/").status_code == 200
        for path in ("me", "appointments", "work/appointments"):
            is_problem(client.get(f"/api/v1/{path}"), 401)


def test_a_token_opens_nothing_but_the_api(app, ann, dr_lee):
    token = token_of(app, dr_lee, WORK)
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/clinic/", "/portal/", "/account/security/", "/cms/"):
        answer = app.http.get(path, headers=headers)
        assert answer.status_code == 302, path
        assert "is signed in" not in answer.text
    assert app.http.get(f"/api/v1/me?access_token={token}").status_code == 401


def test_a_token_that_is_no_good_is_refused_even_where_none_is_needed(app, dr_lee):
    path = "/api/v1/doctors/dr-lee/free-times"
    assert app.http.get(path).status_code == 200
    answer = app.http.get(path, headers={"Authorization": "Bearer wrong"})
    is_problem(answer, 401)


def test_me_is_the_person_and_the_scopes(app, ann):
    said = app.reads("me", token_of(app, ann)).json()
    assert said == {
        "id": str(ann.public_id),
        "email": "ann@example.org",
        "first_name": "Ann",
        "last_name": "Patient",
        "roles": ["PATIENT"],
        "scopes": ["me.read", "appointments.read"],
    }


def test_lists_come_in_pages_that_miss_and_repeat_nothing(app, ann, visits):
    twin = visits[1]
    AppointmentFactory(
        patient=ann.patient,
        offering=OfferingFactory(),
        starts_at=twin.starts_at,
        status="CANCELLED",
    )
    token = token_of(app, ann)
    found, after = [], None
    for _ in range(9):
        words = {"limit": 1} | ({"after": after} if after else {})
        page = app.reads("appointments", token, **words).json()
        assert len(page["items"]) <= 1
        found += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    own = Appointment.objects.filter(patient=ann.patient).order_by("starts_at", "pk")
    assert found == [str(one.public_id) for one in own]
    assert len(found) == 4


def test_filters_narrow_the_list(app, ann, visits):
    token = token_of(app, ann)
    second = [str(visits[1].public_id)]
    days = {"since": "2030-01-02", "until": "2030-01-02"}
    assert ids(app.reads("appointments", token, **days)) == second
    assert ids(app.reads("appointments", token, status="MISSED")) == []
    status = visits[1].status
    assert len(ids(app.reads("appointments", token, status=status))) == 3


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=51", 422),
        ("limit=0", 422),
        ("limit=-1", 422),
        ("limit=x", 422),
        ("since=yesterday", 422),
        ("since=0001-01-01", 422),
        ("until=9999-12-31", 422),
        ("status=GONE", 422),
        ("after=x", 422),
        ("after=2f0e3a3e-0000-4000-8000-000000000000", 422),
        ("sort=reason", 400),
        ("patient=1", 400),
        ("Limit=5", 400),
        ("limit=5&limit=50", 400),
    ],
)
def test_what_is_not_understood_is_refused_and_not_repeated(
    app, ann, visits, query, status
):
    token = token_of(app, ann)
    headers = {"Authorization": f"Bearer {token}"}
    answer = app.http.get(f"/api/v1/appointments?{query}", headers=headers)
    said = is_problem(answer, status)
    sent = query.partition("=")[2]
    assert len(sent) < 5 or sent not in str(said)


def test_a_page_begins_at_no_row_of_somebody_else(app, ann, zoe, visits):
    """Also not to find out whether there is one."""
    token = token_of(app, ann)
    theirs = app.reads("appointments", token, after=visits[3].public_id)
    nobodys = app.reads(
        "appointments", token, after="2f0e3a3e-0000-4000-8000-000000000000"
    )
    assert is_problem(theirs, 422) == is_problem(nobodys, 422)


def test_free_times_are_open_to_everybody(app, dr_lee):
    place = LocationFactory(name="Canal Street")
    offering = OfferingFactory(doctor=dr_lee.doctor, location=place)
    for weekday in range(7):
        WorkingHoursFactory(doctor=dr_lee.doctor, location=place, weekday=weekday)
    path = "/api/v1/doctors/dr-lee/free-times"
    items = app.http.get(path).json()["items"]
    assert len(items) == 20
    assert {one["visit_type"]["slug"] for one in items} == {offering.visit_type.slug}
    day = (timezone.now() + timedelta(days=5)).date()
    asked = {"since": day.isoformat(), "days": 1, "limit": 50}
    on_that_day = app.http.get(path, asked).json()["items"]
    assert on_that_day
    assert all(one["starts_at"][:10] <= day.isoformat() for one in on_that_day)
    assert app.http.get(path, {"location": "elsewhere"}).json()["items"] == []
    is_problem(app.http.get("/api/v1/doctors/nobody/free-times"), 404)
    dr_lee.doctor.is_listed = False
    dr_lee.doctor.save()
    is_problem(app.http.get(path), 404)


def test_every_use_is_in_the_access_log_as_one_session(app, ann, visits):
    token = token_of(app, ann)
    last = Entry.objects.order_by("pk").last().pk
    app.reads("appointments", token)
    app.reads("me", token)
    entries = list(Entry.objects.filter(pk__gt=last).order_by("pk"))
    said = [(entry.verb, entry.view) for entry in entries]
    assert (
        said.count(("token.used", ""))
        + said.count(("token.used", "api:appointments"))
        + said.count(("token.used", "api:me"))
        == 2
    )
    reading = next(entry for entry in entries if entry.verb.startswith("data."))
    assert reading.patient_id == ann.patient.pk
    assert reading.actor_id == ann.pk
    assert "APPOINTMENTS" in reading.category
    assert len({entry.session_ref for entry in entries}) == 1
    assert entries[0].session_ref


def test_a_refusal_of_a_scope_is_in_the_access_log(app, ann):
    token = token_of(app, ann, ("me.read",))
    app.reads("appointments", token)
    entry = Entry.objects.get(verb="access.refused")
    assert (entry.actor_id, entry.view) == (ann.pk, "api:appointments")


def test_nothing_is_kept_by_caches_and_no_cookie_is_set(app, ann, visits):
    token = token_of(app, ann)
    for answer in (
        app.reads("appointments", token),
        app.reads("appointments"),
        app.http.get("/api/v1/openapi.json"),
        app.http.get("/api/nothing"),
    ):
        assert answer["Cache-Control"] == "private, no-store"
        assert not answer.cookies


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/", 404),
        ("get", "/api/v2/me", 404),
        ("get", "/api/v1/", 404),
        ("get", "/api/v1/me/", 404),
        ("get", "/api/v1/patients", 404),
        ("post", "/api/v1/me", 405),
        ("put", "/api/v1/appointments", 405),
        ("delete", "/api/v1/appointments", 405),
        ("trace", "/api/v1/me", 405),
        ("get", "/api/v1/me?%00=1", 400),
    ],
)
def test_programs_get_problems_and_never_pages(app, method, path, status):
    is_problem(getattr(app.http, method)(path), status)


def test_a_failure_of_ours_is_a_problem_too(app, ann, monkeypatch):
    token = token_of(app, ann)

    def fails(*args, **kwargs):
        raise RuntimeError("Secret")

    monkeypatch.setattr("portal.api.queries.me", fails)
    answer = app.reads("me", token)
    assert "Secret" not in answer.text
    is_problem(answer, 500)


def test_one_program_that_runs_wild_is_held_alone(app, ann, settings):
    token, other = token_of(app, ann), token_of(app, ann)
    settings.RATE_LIMIT_FACTOR = 0.05
    statuses = [app.reads("me", token).status_code for _ in range(8)]
    assert statuses[:6] == [200] * 6
    assert statuses[6:] == [429, 429]
    answer = app.reads("me", token)
    is_problem(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 60
    assert app.reads("me", other).status_code == 200


def test_scripts_of_other_sites_read_it_only_from_the_list(app, ann, settings):
    friend, stranger = "https://app.example.org", "https://evil.example"
    settings.CORS_ALLOWED_ORIGINS = [friend]
    token = token_of(app, ann)
    for origin, answered in ((friend, friend), (stranger, None)):
        headers = {"Authorization": f"Bearer {token}", "Origin": origin}
        answer = app.http.get("/api/v1/me", headers=headers)
        assert answer.get("Access-Control-Allow-Origin") == answered
        headers = {"Authorization": "Bearer wrong", "Origin": origin}
        answer = app.http.get("/api/v1/me", headers=headers)
        assert answer.status_code == 401
        assert answer.get("Access-Control-Allow-Origin") == answered
        assert "Access-Control-Allow-Credentials" not in answer


def test_a_doctor_who_is_also_a_patient_keeps_the_two_apart(app, dr_lee, visits):
    assign_role(actor=None, user=dr_lee, role=Role.PATIENT)
    own = AppointmentFactory(
        patient=PatientFactory(user=dr_lee),
        offering=OfferingFactory(),
        starts_at=datetime(2030, 2, 1, 9, tzinfo=UTC),
    )
    token = token_of(app, dr_lee, ("appointments.read",))
    assert ids(app.reads("appointments", token)) == [str(own.public_id)]
