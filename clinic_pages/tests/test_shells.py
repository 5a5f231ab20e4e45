from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.session import SessionStorage
from django.core.cache import caches
from django.db import connection
from django.test import RequestFactory
from wagtail.models import PageViewRestriction

from clinic.models import Doctor
from clinic_pages import content_version, shells
from clinic_pages.models import Menus, StandardPage
from tests.factories.clinic import DoctorFactory, OfferingFactory
from tests.factories.pages import (
    article,
    clinic_settings,
    doctor_page,
    menus,
    picture,
    standard_page,
)
from tests.saying import said

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_kept():
    caches["pages"].clear()
    caches["live"].clear()


@pytest.fixture
def renders(monkeypatch):
    """The paths that were rendered anew, in order."""
    seen = []
    real = shells._render

    def render(request, path):
        seen.append(path)
        return real(request, path)

    monkeypatch.setattr(shells, "_render", render)
    return seen


def html(client, path="/about/"):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_page_is_rendered_once(client, renders, db):
    standard_page(introduction="Since 1999.")
    assert "Since 1999." in html(client)
    assert "Since 1999." in html(client)
    assert renders == ["about/"]


def test_a_kept_page_costs_one_query(client, db, django_assert_num_queries):
    standard_page()
    html(client)
    with django_assert_num_queries(1):
        html(client)


def test_publishing_shows_at_once(client, renders, db):
    page = standard_page(introduction="Old words.")
    html(client)
    page.introduction = "New words."
    page.save_revision().publish()
    assert "New words." in html(client)
    assert renders == ["about/", "about/"]


def test_saving_a_draft_changes_nothing(client, renders, db):
    page = standard_page(introduction="Old words.")
    html(client)
    page.introduction = "Unfinished words."
    page.save_revision()
    assert "Old words." in html(client)
    assert renders == ["about/"]


def change_title(page):
    page.title = "Who we are"
    page.save()


def change_menu(page):
    link = {"label": "Prices", "page": None, "address": "/prices/"}
    menus(main=[("link", link)])


def change_by_bulk_update(page):
    StandardPage.objects.filter(pk=page.pk).update(introduction="Set in bulk.")


def change_doctors(page):
    Doctor.objects.update(first_name="Mia")


@pytest.mark.parametrize(
    "change",
    [
        change_title,
        change_menu,
        change_by_bulk_update,
        change_doctors,
        lambda page: clinic_settings(name="Another name"),
        lambda page: picture(),
        lambda page: Menus.objects.all().delete(),
        lambda page: DoctorFactory(),
        lambda page: page.delete(),
        lambda page: page.unpublish(),
    ],
)
def test_every_change_makes_a_new_version(change, db):
    DoctorFactory()
    menus()
    page = standard_page()
    before = content_version.current()
    change(page)
    assert content_version.current() != before


def test_an_unpublished_page_is_gone_at_once(client, db):
    page = standard_page()
    html(client)
    page.unpublish()
    assert client.get("/about/").status_code == 404


def test_every_visitor_has_a_nonce_of_their_own(client, db):
    standard_page()
    answers = [client.get("/about/") for _ in range(3)]
    nonces = {answer.wsgi_request._csp_nonce for answer in answers}
    assert len(nonces) == 3
    for answer in answers:
        nonce = answer.wsgi_request._csp_nonce
        assert f'nonce="{nonce}"' in answer.content.decode()
        assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]
        assert "hole-" not in answer.content.decode()


def test_who_is_signed_in_sees_another_link_and_no_name_is_kept(client, ann, db):
    standard_page()
    assert "Sign in" in html(client)
    client.force_login(ann)
    first = html(client)
    second = html(client)
    assert "My health" in first
    assert "Sign in" not in second
    assert "Ann" not in said(second)
    client.logout()
    assert "Sign in" in html(client)


def test_what_a_visitor_sends_does_not_get_into_the_page(client, db):
    standard_page()
    client.cookies["taste"] = "canary-cookie"
    client.get("/about/?q=canary-query", headers={"X-Forwarded-Host": "canary.host"})
    assert "canary" not in html(client)


def test_a_message_is_shown_to_its_reader_and_not_kept(client, ann, renders, db):
    standard_page()
    client.force_login(ann)
    html(client)
    session = client.session
    request = RequestFactory().get("/")
    request.session = session
    storage = SessionStorage(request)
    session[SessionStorage.session_key] = storage.serialize_messages(
        [Message(constants.SUCCESS, "Your booking is cancelled.")]
    )
    session.save()
    assert "Your booking is cancelled." in html(client)
    assert "Your booking is cancelled." not in html(client)
    assert renders == ["about/"]


def test_a_private_page_is_never_kept(client, editor, db):
    page = standard_page(introduction="For us only.")
    html(client)
    PageViewRestriction.objects.create(
        page=page, restriction_type=PageViewRestriction.LOGIN
    )
    answer = client.get("/about/")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/account/sign-in/?next=/about/",
    )
    client.force_login(editor)
    assert "For us only." in html(client)
    client.logout()
    assert client.get("/about/").status_code == 302


def test_pages_are_private_to_each_visitor(client, db):
    standard_page()
    offering = OfferingFactory()
    doctor_page(doctor=offering.doctor)
    still = client.get("/about/")["Cache-Control"]
    live = client.get(f"/doctors/{offering.doctor.slug}/")["Cache-Control"]
    assert set(still.split(", ")) == {"private", "no-cache"}
    assert set(live.split(", ")) == {"private", "no-store"}
    assert not client.cookies


def test_a_page_lapses_when_a_doctor_leaves(client, monkeypatch, db):
    doctor = OfferingFactory(doctor__left_date=NOON.date() + timedelta(days=1)).doctor
    doctor_page(doctor=doctor)
    path = f"/doctors/{doctor.slug}/"
    left = f"{doctor.short_name} is no longer at the clinic"

    def clock(now):
        for name in ("shells", "models.base"):
            monkeypatch.setattr(f"clinic_pages.{name}.timezone.now", lambda: now)

    clock(NOON)
    assert left not in html(client, path)
    assert shells._seconds_kept(NOON) == 12 * 60 * 60
    caches["pages"].clear()
    clock(NOON + timedelta(days=1))
    assert left in html(client, path)


def test_only_reading_is_answered_from_what_is_kept(client, renders, db):
    standard_page()
    assert client.head("/about/").status_code == 200
    assert client.post("/about/").status_code in {200, 403, 405}
    assert renders == ["about/"]


def test_a_long_path_is_not_kept(client, renders, db):
    assert client.get("/" + "a/" * 200).status_code == 404
    assert renders == []


def test_preview_is_never_kept(client, editor, renders, db):
    page = standard_page(introduction="Live words.")
    page.introduction = "Words in the making."
    page.save_revision()
    client.force_login(editor)
    draft = client.get(f"/cms/pages/{page.pk}/view_draft/")
    assert "Words in the making." in draft.content.decode()
    assert "Words in the making." not in html(client)


def test_health_articles_show_at_once_when_approved(client, db):
    assert article().live
    assert "What helps" in html(client, "/articles/headaches/")


def test_every_table_that_pages_show_is_watched(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT event_object_table FROM information_schema.triggers "
            "WHERE trigger_name = 'new_version'"
        )
        watched = {row[0] for row in cursor.fetchall()}
    shown = {
        table
        for label in ("clinic", "clinic_pages", "home")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        for table in [model._meta.db_table]
    }
    not_shown = {
        "clinic_room",
        "clinic_room_capabilities",
        "clinic_capability",
        "clinic_equipment",
        "clinic_equipment_capabilities",
        "clinic_outage",
        "clinic_shift",
        "clinic_daysoff",
        "clinic_resourcehours",
        "clinic_visittype_room_needs",
        "clinic_visittype_equipment_needs",
        "clinic_credential",
        "clinic_credentialwarning",
        "clinic_grant",
        "clinic_licencerule",
        "clinic_pages_picturerendition",
        "clinic_pages_contentversion",
        "clinic_pages_clinicalreviewtask",
        "clinic_pages_clinicalreviewtask_groups",
    }
    assert shown - not_shown <= watched
    assert watched - shown == {
        "wagtailcore_page",
        "wagtailcore_site",
        "wagtailcore_pageviewrestriction",
        "wagtailcore_collectionviewrestriction",
        "wagtaildocs_document",
    }
