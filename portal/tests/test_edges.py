"""What is refused before any view, and whose scripts may read the API."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from portal.cors import Cors

SIGN_IN = "/account/sign-in/"
FRIEND, STRANGER = "https://app.example.org", "https://evil.example"


@pytest.fixture
def browser():
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/search/?q=%00", "/account/sign-in/?next=/a%00b", "/a%00b/", "/?%00=1"]
)
def test_a_nul_in_an_address_is_refused_and_breaks_nothing(browser, path):
    assert browser.get(path).status_code == 400


@pytest.mark.django_db
def test_a_nul_in_a_form_is_refused(browser):
    assert browser.post(SIGN_IN, {"login": "a\x00b"}).status_code == 400
    assert browser.post(SIGN_IN, {"a\x00b": "1"}).status_code == 400
    body = json.dumps({"a": "\x00"})
    answer = browser.post(SIGN_IN, body, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/book/fragments/directory/", "/portal/"])
def test_a_page_without_an_address_is_refused(browser, path):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://["}
    assert browser.get(path, headers=headers).status_code == 400


@pytest.mark.django_db
def test_more_fields_and_files_than_a_form_has_are_refused(browser):
    many = {f"f{number}": "x" for number in range(1001)}
    assert browser.post(SIGN_IN, many).status_code == 400
    body = "&".join(f"f{number}=x" for number in range(1001))
    kind = "application/x-www-form-urlencoded"
    assert browser.post(SIGN_IN, body, content_type=kind).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["-1", "1e3", "abc", "+5", "5, 5", "٥"])
def test_a_length_that_is_none_is_refused(browser, length):
    answer = browser.generic("POST", SIGN_IN, b"login", CONTENT_LENGTH=length)
    assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "localhost:80@evil.example"},
        {"host": "localhost, evil.example"},
    ],
)
def test_another_host_is_refused(browser, headers):
    assert browser.get("/", headers=headers).status_code == 400


@pytest.mark.django_db
def test_forwarded_headers_change_no_address(browser):
    forged = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    forged |= {"x-forwarded-proto": "https", "x-original-url": "/portal/"}
    answer = browser.get("/portal/", headers=forged)
    assert answer.status_code == 302
    assert answer.url.startswith(SIGN_IN)


@pytest.fixture
def api(settings):
    settings.CORS_ALLOWED_ORIGINS = [FRIEND]
    return Cors(lambda request: HttpResponse("{}"))


def ask(api, method, origin, path="/api/visits/", **headers):
    request = RequestFactory().generic(
        method, path, headers={"origin": origin, **headers}
    )
    return api(request)


def test_a_friend_may_ask_first_and_then_call(api):
    first = ask(api, "OPTIONS", FRIEND, **{"access-control-request-method": "POST"})
    assert (first.status_code, first["Access-Control-Allow-Origin"]) == (204, FRIEND)
    assert "Authorization" in first["Access-Control-Allow-Headers"]
    assert ask(api, "GET", FRIEND)["Access-Control-Allow-Origin"] == FRIEND
    # Cookies never count for another site.
    assert "Access-Control-Allow-Credentials" not in first


@pytest.mark.parametrize(
    "origin", [STRANGER, "null", "*", "", f"{FRIEND}.evil.example", "http" + FRIEND[5:]]
)
def test_a_stranger_gets_no_word(api, origin):
    for method in ("OPTIONS", "GET", "POST"):
        answer = ask(api, method, origin, **{"access-control-request-method": "POST"})
        assert "Access-Control-Allow-Origin" not in answer
        assert answer["Vary"] == "Origin"


def test_pages_are_for_nobody_elses_scripts(api):
    assert "Access-Control-Allow-Origin" not in ask(api, "GET", FRIEND, path="/portal/")


def test_nobody_is_on_the_list_unless_set(settings):
    assert settings.CORS_ALLOWED_ORIGINS == []
