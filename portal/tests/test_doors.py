"""Every address, with every method, as every role and as a visitor."""

import re
import uuid
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.urls import path as to
from django.urls import resolve

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation import doors
from foundation.doors import ANY, Door, Who
from portal.doors import Doors, addresses, check_doors, doorless, opens
from tests.second_factors import VerifiedClient

CAST = [
    "visitor",
    "ann",
    "dr_lee",
    "nurse",
    "desk",
    "biller",
    "author",
    "editor",
    "reviewer",
    "medical_admin",
    "admin",
]
SIGN_IN = "/account/sign-in/"
# What each part of a route can be filled with: well formed, and nobody's.
FILLINGS = {
    "uuid": "6f1c2c1e-0d7e-4a4f-9a57-0b8f2f6f2a11",
    "int": "0",
    "str": "x",
    "slug": "x",
    "path": "x",
}


def bare(request):
    return HttpResponse("in")


urlpatterns = [to("bare/", bare, name="bare")]


@pytest.fixture
def no_door(settings):
    settings.ROOT_URLCONF = "portal.tests.test_doors"


def _own():
    """The addresses of this house: those whose view carries its door."""
    return [
        address
        for address in addresses()
        if getattr(address.view, "door", None) is not None
    ]


def _filled(route):
    """A path that the route matches, of nobody's object. The CMS's pages are all
    behind one route; the home page stands for them."""
    if route.startswith("^(("):
        return "/"
    if route.startswith("^") or "(?P" in route:
        route = route.replace("[0-9a-f-]{36}", FILLINGS["uuid"])
        route = re.sub(r"\(\?P<\w+>([^()|]+)(?:\|[^()]*)?\)", r"\1", route)
        route = re.sub(r"\(\?P<\w+>(\w+)\|[^)]*\)", r"\1", route)
        route = route.replace("^", "").replace("$", "").replace("\\", "")
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda m: FILLINGS[m[1] or "str"], route)


def _asked(user):
    """What `user` asks: each address with each method that it takes. A method that it
    does not take is refused before anybody is asked who they are, so visitors and
    administrators try those for everybody; so they do HEAD, which is GET to a door. Nor
    is anybody asked who they are where everybody may enter: these two and patients try
    that."""
    tries_all = user is None or has_role(user, Role.ADMIN)
    tries_open = tries_all or has_role(user, Role.PATIENT)
    for address, method in product(_own(), ANY):
        if address.door.who is Who.EVERYBODY and not tries_open:
            continue
        if tries_all or (method in address.door.methods and method != "HEAD"):
            yield address, method


@pytest.fixture
def user(request, db):
    name = request.param
    return None if name == "visitor" else request.getfixturevalue(name)


def test_no_address_is_without_a_door():
    assert doorless() == ()
    assert check_doors(None) == []


def test_a_site_with_a_view_that_has_no_door_does_not_start(no_door):
    assert [error.id for error in check_doors(None)] == ["doors.1"]
    with pytest.raises(ImproperlyConfigured, match=r"bare/"):
        Doors(lambda request: HttpResponse())


def test_a_view_that_has_no_door_does_not_exist(no_door, monkeypatch, db):
    # Had the start not been refused, say because the table is out of date.
    monkeypatch.setattr("portal.doors.doorless", lambda: ())
    assert Client(raise_request_exception=False).get("/bare/").status_code == 404


def test_a_site_whose_doors_nobody_watches_is_refused(settings):
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if m != "portal.doors.Doors"]
    assert [error.id for error in check_doors(None)] == ["doors.2"]


@pytest.mark.parametrize("user", CAST, indirect=True)
def test_every_address_answers_every_method_as_its_door_says(user, settings):
    settings.DEV_OUTBOX = False
    client = VerifiedClient()
    if user:
        client.force_login(user)
    session = client.cookies.get(settings.SESSION_COOKIE_NAME)
    seen = 0
    for address, method in _asked(user):
        path = _filled(address.route)
        assert resolve(path).func is address.view, path
        answer = client.generic(method, path)
        door = address.door
        told = f"{method} /{address.route}: {answer.status_code}"
        # No worker runs beside the tests, and that is what this page says.
        assert answer.status_code < 500 or address.name == "health:readyz", told
        if method not in door.methods:
            assert answer.status_code == 405, told
        elif door.who is Who.EVERYBODY:
            pass
        elif user is None:
            assert answer.status_code == 302, told
            assert answer.url.startswith(SIGN_IN), told
        elif not opens(door, user):
            assert answer.status_code == 403, told
        else:
            assert not answer.headers.get("Location", "").startswith(SIGN_IN), told
        # Signing out and ending sessions are among them: sign in again.
        if user and client.cookies.get(settings.SESSION_COOKIE_NAME) != session:
            client.force_login(user)
            session = client.cookies.get(settings.SESSION_COOKIE_NAME)
        seen += 1
    assert seen > 200


def test_a_part_that_htmx_asks_for_sends_the_whole_page_to_sign_in(client, db):
    answer = client.get(
        "/clinic/desk/",
        headers={
            "HX-Request": "true",
            "HX-Current-URL": "http://testserver/clinic/desk/?day=2030-01-01",
        },
    )
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == f"{SIGN_IN}?next=/clinic/desk/%3Fday%3D2030-01-01"
    assert answer.content == b""


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://testserver/portal/notices/?page=2", "/portal/notices/%3Fpage%3D2"),
        ("https://elsewhere.example/portal/", "/portal/"),
        ("", "/portal/"),
    ],
)
def test_a_visitor_who_posts_comes_back_to_the_page_of_the_form(
    client, db, referrer, back
):
    answer = client.post("/portal/notices/read/", headers={"Referer": referrer})
    assert answer.url == f"{SIGN_IN}?next={back}"


def test_a_page_is_come_back_to_with_its_question(client, db):
    answer = client.get("/portal/health/?type=visit")
    assert answer.url == f"{SIGN_IN}?next=/portal/health/%3Ftype%3Dvisit"


def test_an_account_that_is_closed_opens_nothing(admin):
    door = doors.permitted("clinic.manage_staff", "staff", "list")
    assert opens(door, admin)
    admin.is_active = False
    assert not opens(door, admin)
    assert not opens(doors.signed_in("own record", "read"), admin)


def test_being_a_superuser_opens_no_door(django_user_model, db):
    root = django_user_model.objects.create_superuser("root@example.org")
    asked = {address.door for address in _own() if address.door.who is Who.PERMITTED}
    assert len(asked) > 20
    assert [door for door in asked if opens(door, root)] == []


def test_a_visitor_passes_only_what_is_open_to_everybody():
    who = [Door(kind, "x", "y", permission="accounts.work_here") for kind in Who]
    found = {door.who for door in who if opens(door, AnonymousUser())}
    assert found == {Who.EVERYBODY}
    assert not opens(None, AnonymousUser())


def test_a_view_has_one_door():
    door = doors.everybody("x", "read")
    with pytest.raises(ValueError, match="a door already"):
        door(door(lambda request: uuid.uuid4()))
