"""The API from outside: over HTTP, against the page server with its own role in the
database, and with whatever a fuzzer sends."""

import os
import time
from datetime import UTC, datetime

import pytest
import requests
from django.conf import settings as conf
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.users.services import suspend_user
from booking.appointments.models import Status
from portal.api import queries
from tests.apps import HOME, App
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import OfferingFactory
from tests.second_factors import VerifiedClient, with_app
from tests.servers import running_web

# `FUZZ_CASES=10000 pytest tests/edges/test_api.py` for a long look.
CASES = int(os.environ.get("FUZZ_CASES", "300"))
PROBLEM = "application/problem+json"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_program_from_the_code_to_the_end(ann, admin):
    """Two processes: what one ends, the other refuses within a second."""
    app = App()
    AppointmentFactory(patient=ann.patient, starts_at=datetime(2030, 1, 1, tzinfo=UTC))
    with running_web(WEB_PROCESSES="2", SITE_URL=conf.SITE_URL) as port:
        code = app.is_let_in(VerifiedClient(), ann)["code"]
        site = f"http://127.0.0.1:{port}"
        answer = requests.post(
            f"{site}/api/oauth/token",
            data={
                "grant_type": "authorization_code",
                "client_id": app.client_id,
                "code": code,
                "code_verifier": app.verifier,
                "redirect_uri": HOME,
            },
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
        by_token = {"Authorization": f"Bearer {tokens['access_token']}"}

        def reads(headers, path="appointments"):
            return requests.get(f"{site}/api/v1/{path}", headers=headers, timeout=10)

        assert len(reads(by_token).json()["items"]) == 1
        assert reads({}).status_code == 401
        assert (
            reads({"Cookie": f"sessionid={tokens['access_token']}"}).status_code == 401
        )
        traced = requests.request("TRACE", f"{site}/api/v1/me", timeout=10)
        assert traced.status_code == 405
        forged = {**by_token, "Host": "evil.example"}
        assert reads(forged).status_code == 400
        suspend_user(actor=admin, user=ann, at=timezone.now())
        began = time.monotonic()
        statuses = {reads(by_token).status_code for _ in range(6)}
        assert statuses == {401}
        again = {"grant_type": "refresh_token", "client_id": app.client_id}
        refused = requests.post(
            f"{site}/api/oauth/token",
            data=again | {"refresh_token": tokens["refresh_token"]},
            timeout=10,
        )
        assert refused.status_code == 400
        assert time.monotonic() - began < 5


# --- Whatever comes ---

TEXT = st.text(max_size=40)
VALUES = st.one_of(
    TEXT,
    st.integers().map(str),
    st.uuids().map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from(
        ["", "0", "1", "50", "51", "-1", "1e9", "nan", "null", "true", "[]"]
    ),
    st.sampled_from(Status.values),
    st.sampled_from(["'; drop table accounts_user; --", "%s", "\x00", "\ud83d", "../"]),
)
NAMES = st.one_of(
    st.sampled_from(
        ["limit", "after", "since", "until", "status", "days", "visit_type", "location"]
    ),
    TEXT,
)
PATHS = st.one_of(
    st.sampled_from(
        ["me", "appointments", "work/appointments", "doctors/dr-lee/free-times",
         "openapi.json", ""]
    ),
    TEXT.map(lambda slug: f"doctors/{slug}/free-times"),
    TEXT,
)  # fmt: skip
METHODS = ["GET"] * 9 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
NO_QUERY = str.maketrans("", "", "?#")
SHAPES = {
    "me": queries.Me,
    "appointments": queries.Visits,
    "work/appointments": queries.Visits,
    "doctors/dr-lee/free-times": queries.FreeTimes,
}


def _sendable(text):
    return text.encode("utf-8", "replace")


@pytest.fixture
def tokens(dr_lee):
    app = App()
    with_app(dr_lee)
    AppointmentFactory(
        offering=OfferingFactory(doctor=dr_lee.doctor),
        starts_at=datetime(2030, 1, 1, 9, tzinfo=UTC),
    )
    scopes = ("me.read", "appointments.read", "work.appointments.read")
    good = app.tokens(VerifiedClient(), dr_lee, scopes)["access_token"]
    return [f"Bearer {good}"] * 4 + [
        "Bearer x",
        "Basic eDp4",
        "Bearer ",
        "nonsense",
        "",
    ]


@pytest.mark.django_db
def test_whatever_is_sent_the_answer_is_one_that_the_description_knows(tokens):
    browser = Client(raise_request_exception=False)
    described = browser.get("/api/v1/openapi.json").json()["paths"]
    known = {
        int(code) for path in described.values() for code in path["get"]["responses"]
    }
    seen = set()

    @settings(
        max_examples=CASES,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=CASES < 1000,
    )
    @given(
        path=PATHS,
        words=st.dictionaries(NAMES, VALUES, max_size=4),
        token=st.sampled_from(tokens),
        method=st.sampled_from(
            ["GET"] * 9 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
        ),
        body=st.binary(max_size=50),
    )
    # What chance comes upon in most runs, but not in all.
    @example("work/appointments", {"limit": "0"}, tokens[0], "GET", b"")
    def look(path, words, token, method, body):
        query = {
            name: value.encode("utf-8", "replace") for name, value in words.items()
        }
        safe = (
            path.encode("utf-8", "replace").decode().replace("#", "").replace("?", "")
        )
        answer = browser.generic(
            method,
            f"/api/v1/{safe}",
            data=b"" if method in ("GET", "HEAD") else body,
            content_type="application/json",
            headers={"Authorization": token} if token else {},
            query_params=query,
        )
        seen.add(answer.status_code)
        assert answer.status_code < 500
        if method == "GET":
            assert answer.status_code in known
        if answer.status_code == 200 and method == "GET" and path in SHAPES:
            SHAPES[path].model_validate_json(answer.content)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == PROBLEM
        assert "no-store" in answer["Cache-Control"]

    look()
    # The look went past the doors, and was not stopped by one of them always.
    assert {200, 400, 401, 404, 405, 422} <= seen
