"""The wall between the editors and the care of patients, walked along."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.sites import all_sites
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from django.utils.regex_helper import normalize
from wagtail.admin.viewsets import viewsets
from wagtail.contrib.settings.registry import registry as site_settings
from wagtail.models import Page, ReferenceIndex
from wagtail.search.index import get_indexed_models
from wagtail.snippets.models import get_snippet_models

from accounts.models import CmsSession
from accounts.users.models import Role
from accounts.users.services import assign_role
from booking.models import Appointment
from clinic.models import Doctor, Location, Specialty, VisitType
from clinic_pages.cms_urls import urlpatterns as cms_patterns
from records.models import Document
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import DoctorFactory, LocationFactory, OfferingFactory
from tests.factories.pages import (
    article,
    doctor_page,
    draft_article,
    home,
    location_page,
    picture,
    specialty_page,
    standard_page,
)

CARE = {"accounts", "audit", "notifications", "booking", "records", "billing"}
PUBLIC = {"home", "search", "clinic_pages", "clinic"}
FACTS = [Doctor, Specialty, Location, VisitType]
CANARY = "Zebedee-Quatermain"
EDITORS = [Role.AUTHOR, Role.PUBLISHER, Role.CLINICAL_REVIEWER, Role.ADMIN]
OTHERS = [
    Role.PATIENT,
    Role.DOCTOR,
    Role.NURSE,
    Role.RECEPTIONIST,
    Role.BILLING,
    Role.MEDICAL_ADMIN,
]


def person(role):
    user = UserFactory(first_name="Edith", last_name="Torial")
    assign_role(actor=None, user=user, role=role)
    return user


def label(model):
    return model._meta.app_label


def test_nothing_of_care_is_indexed():
    assert {label(model) for model in get_indexed_models()} <= PUBLIC | {
        "wagtailcore",
        "wagtailimages",
        "wagtaildocs",
    }


def test_nothing_of_care_is_a_snippet_a_setting_or_in_an_admin():
    assert get_snippet_models() == []
    assert {label(model) for model in site_settings} == {"clinic_pages"}
    assert [site for site in all_sites if site._registry] == []
    assert not apps.is_installed("django.contrib.admin")


def test_choosers_and_listings_show_facts_and_content_only():
    models = [getattr(view, "model", None) for view in viewsets.viewsets]
    shown = {
        label(apps.get_model(one) if isinstance(one, str) else one)
        for one in models
        if one
    }
    assert shown <= {
        "clinic",
        "clinic_pages",
        "wagtailcore",
        "wagtaildocs",
        "wagtailimages",
        "wagtailredirects",
        # People have no page in the CMS: its addresses are closed, see below.
        "accounts",
        "auth",
    }


def test_pages_point_at_no_care():
    for model in [one for one in apps.get_models() if label(one) in PUBLIC]:
        for field in model._meta.get_fields():
            target = field.related_model
            if field.auto_created or target is None or isinstance(target, str):
                continue
            if (
                target._meta.label == settings.AUTH_USER_MODEL
                or label(model) == "clinic"
            ):
                continue
            assert label(target) not in CARE, field


def test_the_cms_keeps_no_reference_to_care(db):
    AppointmentFactory()
    doctor_page()
    kinds = {row.base_content_type.app_label for row in ReferenceIndex.objects.all()}
    assert kinds.isdisjoint(CARE)


def is_sent_away(client, path="/cms/"):
    """The CMS asks the site who it is, and the site says no."""
    asked = client.get(path)
    assert asked.status_code == 302, path
    assert asked["Location"].startswith(f"{settings.SITE_URL}/account/cms/?state=")
    answer = client.get(asked["Location"].removeprefix(settings.SITE_URL))
    return answer.status_code == 403


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_enters_the_cms(client, db, role):
    client.force_login(person(role))
    for path in ("/cms/", "/cms/pages/", "/cms/images/", "/cms/api/main/pages/"):
        assert is_sent_away(client, path)


def test_a_superuser_without_a_role_does_not_enter(client, db):
    client.force_login(UserFactory(is_superuser=True))
    assert is_sent_away(client)


@pytest.mark.parametrize("role", EDITORS)
def test_editors_enter_the_cms(client, db, role):
    client.force_login(person(role))
    assert client.get("/cms/").status_code == 200


def test_who_lost_the_role_is_out_at_once(client, editor):
    client.force_login(editor)
    assert client.get("/cms/").status_code == 200
    editor.role_assignments.all().delete()
    assert is_sent_away(client)


def test_strangers_sign_in_by_the_one_door(client, db):
    asked = client.get("/cms/pages/")["Location"]
    answer = client.get(asked.removeprefix(settings.SITE_URL))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sign-in/?next=/account/cms/")


@pytest.mark.parametrize("path", ["/cms/login/", "/_util/login/"])
def test_there_is_no_other_door(client, db, path):
    user = UserFactory()
    user.set_password("correct horse battery staple")
    user.save()
    credentials = {
        "username": user.email,
        "password": "correct horse battery staple",
        "next": "/cms/",
    }
    answer = client.post(path, credentials)
    # The site's other form does not even take a POST from strangers.
    assert answer.status_code in {403, 405}
    assert "_auth_user_id" not in client.session
    assert not CmsSession.objects.exists()


@pytest.mark.parametrize(
    "path",
    ["/cms/users/", "/cms/users/add/", "/cms/groups/", "/cms/password_reset/"],
)
def test_people_and_groups_are_managed_elsewhere(client, admin, path):
    admin.is_superuser = True
    admin.save()
    client.force_login(admin)
    assert client.get(path).status_code == 404


@pytest.fixture
def care(db):
    """Care data that could leak, each with a word that is nowhere else."""
    patient = PatientFactory(first_name=CANARY, last_name=CANARY)
    person = UserFactory(first_name=CANARY, email="zebedee-quatermain@example.org")
    patient.user = person
    patient.save()
    appointment = AppointmentFactory(patient=patient, reason=CANARY)
    AppointmentFactory(patient=patient, starts_at=appointment.ends_at)
    return appointment


@pytest.fixture
def content(db):
    """Something of every kind for the CMS to show."""
    OfferingFactory(doctor=doctor_page().doctor)
    DoctorFactory()
    specialty_page()
    location_page(location=LocationFactory())
    article()
    draft_article(title="Rash", slug="rash")
    standard_page()
    return picture()


def routes(found, before=""):
    """Every address of a tree of patterns, with %(name)s for its arguments."""
    for one in found:
        for text, names in normalize(one.pattern.regex.pattern):
            route = before + text
            if isinstance(one, URLResolver):
                yield from routes(one.url_patterns, route)
            elif isinstance(one, URLPattern):
                yield route, names


class Values(dict):
    """Likely values of an address's arguments, by name."""

    def __init__(self, content):
        page = Page.objects.get(slug="about")
        super().__init__(
            app_name="clinic_pages",
            model_name="clinicsettings",
            app_label="clinic_pages",
            content_type_app_name="clinic_pages",
            content_type_model_name="standardpage",
            image_id=content.pk,
            site_pk=home().get_site().pk,
            action="publish",
            action_name="approve",
            filter_spec="original",
        )
        self.usual = page.pk

    def __missing__(self, name):
        return self.usual


def addresses(content):
    values = Values(content)
    return sorted({"/cms/" + route % values for route, _ in routes(cms_patterns)})


@pytest.mark.parametrize("role", EDITORS)
def test_no_room_of_the_cms_shows_anything_of_care(client, care, content, role):
    client.force_login(person(role))
    client.raise_request_exception = False
    seen, answers = set(), {}
    for path in addresses(content):
        if "logout" in path or "/.../" in path:
            continue
        answer = client.get(path)
        answers[path] = answer.status_code
        if answer.status_code == 200:
            seen.add(path)
            body = getattr(answer, "content", b"") or b"".join(answer)
            assert CANARY.encode() not in body, path
            assert b"zebedee" not in body.lower(), path
    # The walk went through rooms, not along locked doors.
    assert {
        "/cms/",
        "/cms/images/chooser/",
        "/cms/reports/reviews/",
        "/cms/choose-page/",
        "/cms/doctor_chooser/",
        "/cms/account/",
    } <= seen
    assert len(seen) > 25, sorted(seen)
    assert {path: code for path, code in answers.items() if code >= 500} == {}


@pytest.mark.parametrize("role", EDITORS)
def test_no_search_of_the_cms_finds_anything_of_care(client, care, content, role):
    client.force_login(person(role))
    for path in (
        "/cms/pages/search/",
        "/cms/pages/search/results/",
        "/cms/images/",
        "/cms/images/results/",
        "/cms/documents/",
        "/cms/choose-page/search/",
        "/cms/doctor_chooser/results/",
        "/cms/location_chooser/results/",
        "/cms/reports/site-history/",
        "/cms/reports/workflow/",
        "/cms/reports/aging-pages/",
    ):
        answer = client.get(path, {"q": CANARY, "search": CANARY}, follow=True)
        body = answer.content.decode()
        # What was typed is repeated in the box, in links and in "nothing found".
        for said in (
            f'value="{CANARY}"',
            f"q={CANARY}",
            f"search={CANARY}",
            f"<em>{CANARY}</em>",
        ):
            body = body.replace(said, "")
        assert CANARY not in body, path


@pytest.mark.parametrize("role", EDITORS)
def test_the_cms_api_knows_pages_only(client, care, content, role):
    client.force_login(person(role))
    answer = client.get("/cms/api/main/pages/")
    assert answer.status_code == 200
    assert CANARY not in answer.content.decode()
    for name in ("appointments", "patients", "users", "documents"):
        if name != "documents":
            assert client.get(f"/cms/api/main/{name}/").status_code == 404


def test_choosers_of_facts_find_by_name(client, editor):
    DoctorFactory(first_name="Ines", last_name="Calloway")
    DoctorFactory(first_name="Ines", last_name="Wren")
    client.force_login(editor)
    found = client.get("/cms/doctor_chooser/results/", {"q": "call ine"})
    assert "Dr Ines Calloway" in found.content.decode()
    assert "Dr Ines Wren" not in found.content.decode()


def test_choosers_of_facts_only_read(client, editor, content):
    client.force_login(editor)
    for name in ("doctor", "specialty", "location", "visit_type"):
        listing = client.get(f"/cms/{name}_chooser/")
        assert listing.status_code == 200
        fields = {f"{name}-chooser-create-form-first_name": "x", "name": "x"}
        answer = client.post(f"/cms/{name}_chooser/create/", fields)
        assert answer.status_code in {302, 403, 404, 405}
    counts = {model: model.objects.count() for model in FACTS}
    assert counts == {Doctor: 2, Specialty: 1, Location: 2, VisitType: 1}


def test_what_a_stranger_can_reach_of_the_cms(client, content):
    """Without a session every room leads to the one door or is not there."""
    open_rooms = set()
    for path in addresses(content):
        if "/.../" in path or "//" in path:
            continue
        answer = client.get(path)
        if answer.status_code == 302 and answer["Location"].startswith(
            f"{settings.SITE_URL}/account/cms/?state="
        ):
            continue
        open_rooms.add((path, answer.status_code))
    # Leaving asks nobody who they are.
    assert open_rooms <= {("/cms/logout/", 200)}


def test_the_cms_speaks_to_nobody_else(client, editor):
    client.force_login(editor)
    policy = client.get("/cms/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "http" not in policy
    assert "*" not in policy
    html = client.get("/cms/").content.decode()
    loads = re.findall(r"<(?:script|img|link|iframe|source)[^>]*>", html)
    assert len(loads) > 3
    assert not [one for one in loads if re.search(r"""=["'](?:https?:)?//""", one)]


def test_clinical_files_are_no_documents_of_the_cms():
    assert not issubclass(Document, apps.get_model("wagtaildocs.Document"))
    assert Appointment._meta.app_label not in {
        label(model) for model in get_indexed_models()
    }
    assert get_resolver().resolve("/media/images/x.webp").func.__name__ == "serve"
