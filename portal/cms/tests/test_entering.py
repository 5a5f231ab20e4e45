"""The way from the site into the CMS and out again, in one browser."""

from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.urls import Resolver404, get_resolver
from django.utils import timezone
from wagtail.users.models import UserProfile

from accounts.models import CmsSession, Ticket
from accounts.users.services import remove_role
from clinic.identity.queries import current
from portal.cms.sessions import SEEN, SessionStore
from tests.cms import TwoDoorsClient
from tests.factories.pages import standard_page
from tests.second_factors import VerifiedClient


@pytest.fixture
def browser(editor):
    """An editor's: signed in on the site, not yet in the CMS."""
    found = TwoDoorsClient(enforce_csrf_checks=True)
    VerifiedClient.force_login(found, editor)
    return found


def path_of(response):
    """Where a redirect leads, less the host, which the client knows by the path."""
    assert response.status_code == 302, response.content
    parts = urlsplit(response["Location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def press(browser):
    """Press the button of the page that is at the CMS's door."""
    page = browser.get("/cms/enter/")
    token = browser.cookies["cms-csrf"].value
    assert page.status_code == 200
    return browser.post("/cms/enter/", {"csrfmiddlewaretoken": token})


def walk_to_the_door(browser, path="/cms/"):
    question = path_of(browser.get(path))
    return path_of(browser.get(question))


def test_an_editor_is_led_to_the_page_that_was_asked_for(browser):
    page = standard_page()
    path = f"/cms/pages/{page.pk}/edit/"
    door = walk_to_the_door(browser, path)
    assert path_of(browser.get(door)) == "/cms/enter/"
    # Looking at the door opens nothing.
    assert not CmsSession.objects.exists()
    inside = press(browser)
    assert path_of(inside) == path
    assert browser.get(path).status_code == 200
    assert not Ticket.objects.exists()


def test_the_ticket_leaves_the_address_and_reaches_no_other_page(browser):
    answer = browser.get(walk_to_the_door(browser))
    assert answer["Location"] == "/cms/enter/"
    cookie = answer.cookies["cms-ticket"]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (
        True,
        "Lax",
        "",
    )
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_coming_in_is_a_form_of_the_cms_itself(browser):
    browser.get(walk_to_the_door(browser))
    assert browser.post("/cms/enter/").status_code == 403
    assert not CmsSession.objects.exists()


def test_nobody_is_led_in_as_somebody_else(browser, author):
    """A stranger's link with a stranger's ticket opens nothing in another browser."""
    stranger = TwoDoorsClient(enforce_csrf_checks=True)
    VerifiedClient.force_login(stranger, author)
    door = walk_to_the_door(stranger)
    # The victim has been at the door too, so has a state of its own.
    walk_to_the_door(browser)
    browser.get(door)
    answer = press(browser)
    assert answer.status_code == 403
    assert "Start again" in answer.text
    assert not CmsSession.objects.exists()
    # And the stranger's ticket is spent.
    assert not Ticket.objects.filter(user=author).exists()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/"])
def test_the_way_in_leads_into_the_cms_only(browser, elsewhere):
    question = parse_qs(urlsplit(path_of(browser.get("/cms/"))).query)
    answer = browser.get(
        "/account/cms/", {"state": question["state"][0], "next": elsewhere}
    )
    browser.get(path_of(answer))
    assert press(browser)["Location"] == "/cms/"


@pytest.mark.parametrize("state", ["x", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_state_that_is_none_gets_no_ticket(browser, state):
    assert browser.get("/account/cms/", {"state": state}).status_code == 403
    assert not Ticket.objects.exists()


def test_who_comes_to_the_door_by_themselves_is_sent_to_the_cms_first(browser):
    assert browser.get("/account/cms/")["Location"] == f"{settings.CMS_URL}/cms/"
    assert not Ticket.objects.exists()


def test_former_addresses_of_the_cms_lead_there(client, db):
    for path in ("/cms/", "/cms/pages/3/edit/", "/cms/images/?q=x"):
        assert client.get(path)["Location"] == settings.CMS_URL + path


def test_being_signed_in_on_the_site_opens_no_cms(browser):
    assert path_of(browser.get("/cms/pages/")).startswith("/account/cms/?state=")
    browser.cookies["cms-session"] = browser.cookies["sessionid"].value
    assert path_of(browser.get("/cms/pages/")).startswith("/account/cms/?state=")


def test_being_in_the_cms_opens_nothing_on_the_site(client, editor):
    browser = TwoDoorsClient()
    browser.force_login(editor)
    key = browser.cookies["cms-session"].value
    browser.cookies = SimpleCookie({"cms-session": key, "sessionid": key})
    assert browser.get("/portal/").status_code == 302
    assert browser.get("/account/sessions/")["Location"].startswith("/account/sign-in/")


def test_forms_and_scripts_of_strangers_are_refused_and_not_led_on(db):
    stranger = TwoDoorsClient()
    assert stranger.post("/cms/pages/1/edit/", {"title": "x"}).status_code == 403
    script = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}
    assert stranger.get("/cms/pages/", **script).status_code == 403


@pytest.fixture
def inside(editor):
    found = TwoDoorsClient()
    found.force_login(editor)
    assert found.get("/cms/").status_code == 200
    return found


def is_out(browser):
    return browser.get("/cms/").status_code == 302


def test_leaving_ends_the_session_here_and_says_how_to_leave_the_site(inside):
    assert inside.get("/cms/logout/").status_code == 200
    assert not is_out(inside)
    answer = inside.post("/cms/logout/")
    assert answer["Clear-Site-Data"] == '"cache"'
    page = inside.get(path_of(answer)).text
    assert f"{settings.SITE_URL}/account/sign-out/" in page
    assert is_out(inside)
    assert not CmsSession.objects.exists()
    assert inside.get("/account/sessions/").status_code == 200


def test_signing_out_of_the_site_closes_the_cms_at_once(inside):
    inside.post("/account/sign-out/")
    assert is_out(inside)


def test_who_loses_the_role_is_out_at_once(inside, editor, admin):
    remove_role(actor=admin, user=editor, role="PUBLISHER")
    assert is_out(inside)


def test_who_is_suspended_is_out_at_once(inside, editor):
    # Past the service, which ends the session as well.
    type(editor).objects.filter(pk=editor.pk).update(is_active=False)
    assert is_out(inside)


def age(browser, seconds):
    session = SessionStore(browser.cookies["cms-session"].value)
    session[SEEN] = timezone.now().timestamp() - seconds
    session.save()


def test_who_does_nothing_for_too_long_is_out(inside, settings):
    age(inside, settings.CMS_IDLE_SECONDS - 60)
    assert not is_out(inside)
    age(inside, settings.CMS_IDLE_SECONDS + 1)
    assert is_out(inside)
    assert not CmsSession.objects.exists()


def test_what_the_browser_asks_by_itself_does_not_count(inside, settings):
    page = standard_page()
    late = settings.CMS_IDLE_SECONDS - 60
    age(inside, late)
    inside.post(f"/cms/editing-sessions/ping/wagtailcore/page/{page.pk}/1/")
    seen = SessionStore(inside.cookies["cms-session"].value)[SEEN]
    assert timezone.now().timestamp() - seen > late - 5
    inside.get("/cms/")
    seen = SessionStore(inside.cookies["cms-session"].value)[SEEN]
    assert timezone.now().timestamp() - seen < 60


def test_a_session_that_the_site_ended_meanwhile_stays_ended(inside):
    session = SessionStore(inside.cookies["cms-session"].value)
    session["x"] = 1
    CmsSession.objects.all().delete()
    with pytest.raises(UpdateError):
        session.save()
    assert not CmsSession.objects.exists()


@pytest.mark.parametrize(
    "path", ["/portal/", "/clinic/", "/book/", "/account/sign-in/", "/webhooks/stripe/"]
)
def test_the_cms_has_no_room_of_the_site(path):
    site, cms = get_resolver("portal.urls"), get_resolver("portal.cms.urls")
    assert site.resolve(path)
    try:
        found = cms.resolve(path).func.__name__
    except Resolver404:
        return
    assert found == "to_site"


@pytest.mark.parametrize(
    "path", ["/cms/", "/cms/pages/", "/cms/images/add/", "/cms/api/main/pages/"]
)
def test_the_site_has_no_room_of_the_cms(path):
    assert get_resolver("portal.urls").resolve(path).func.__name__ == "to_cms"
    names = get_resolver("portal.urls").reverse_dict
    assert "wagtailadmin_home" not in names
    assert "wagtailadmin_home" in get_resolver("portal.cms.urls").reverse_dict


def test_times_in_the_cms_are_the_clinics_until_the_editor_chooses(browser, editor):
    """An article that goes live "at 9:00" goes live at nine at the clinic."""
    identity = current()
    identity.time_zone = "America/Halifax"
    identity.save()
    browser.get(walk_to_the_door(browser))
    press(browser)
    profile = UserProfile.objects.get(user=editor)
    assert profile.current_time_zone == "America/Halifax"
    profile.current_time_zone = "Europe/Lisbon"
    profile.save()
    browser.cms.cookies.pop("cms-session")
    browser.get(walk_to_the_door(browser))
    press(browser)
    profile.refresh_from_db()
    assert profile.current_time_zone == "Europe/Lisbon"
