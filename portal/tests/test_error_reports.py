"""What leaves the house when something fails, at the place where it arrives."""

import json
import subprocess
import sys
import time

import pytest
import requests
from django.conf import settings as conf

from tests.factories.error_sink import error_sink
from tests.second_factors import VerifiedClient
from tests.servers import ROOT, environment, running_web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PLANTED = {
    "in the code's own variables": "Quillwort",
    "in what was sent": "Bramblewick",
    "in the address": "zinnober",
    "in the query": "Saltpetre",
    "in a cookie": "Thistledown",
    "in a header": "Marrowfat",
    "in the browser's name": "Oxaltravine",
    "an e-mail address": "maya@",
    "a person's address": "ann@",
}


def _fail(port: int, user) -> requests.Response:
    client = VerifiedClient()
    client.force_login(user)
    token = "a" * 32
    return requests.post(
        f"http://127.0.0.1:{port}/fail/zinnober/?about=Saltpetre",
        data={"diagnosis": "Bramblewick biopsy", "csrfmiddlewaretoken": token},
        cookies={
            conf.SESSION_COOKIE_NAME: client.session.session_key,
            conf.CSRF_COOKIE_NAME: token,
            "note": "Thistledown",
        },
        headers={"X-Note": "Marrowfat", "User-Agent": "Oxaltravine/1.0"},
        timeout=30,
    )


def _wait_for(sink, count: int, log) -> None:
    until = time.monotonic() + 20
    while len(sink.events) < count:
        assert time.monotonic() < until, (sink.events, log.read_text())
        time.sleep(0.1)


@pytest.fixture
def told(ann, tmp_path):
    """What arrives, what the log says and what the page was, after one failure."""
    log = tmp_path / "web.log"
    with error_sink() as sink, log.open("wb") as output:
        with running_web(
            output=output,
            DJANGO_SETTINGS_MODULE="portal.tests.broken_site",
            SENTRY_DSN=sink.dsn,
            LOG_FORMAT="json",
            LOG_LEVEL="INFO",
        ) as port:
            answer = _fail(port, ann)
            _wait_for(sink, 3, log)
        yield sink, log.read_text(), answer


def test_a_failure_is_told_with_its_place_and_nothing_about_anybody(told, ann):
    sink, _, answer = told
    assert answer.status_code == 500
    by_kind = {
        event["exception"]["values"][-1]["type"]: event
        for event in sink.events
        if "exception" in event
    }
    page, job = by_kind["DataError"], by_kind["ValueError"]
    frames = page["exception"]["values"][-1]["stacktrace"]["frames"]
    assert any(frame["function"] == "fail" for frame in frames)
    assert page["transaction"] == "fail"
    assert page["user"] == {"id": str(ann.public_id)}
    assert page["request"]["method"] == "POST"
    assert page["tags"]["request_id"] == answer.headers["X-Request-ID"]
    assert job["tags"]["job"] == "portal.tests.broken_urls.fail_as_job"
    messages = [e["logentry"]["message"] for e in sink.events if "logentry" in e]
    assert "Nothing is known about %s" in messages
    # An envelope holds one event, and nothing else is sent.
    assert len(sink.events) == len(sink.bodies)
    # Our own lines of code are no secret, and one of them holds a planted word.
    arrived = json.dumps(_without_code(sink.events))
    assert {where: word for where, word in PLANTED.items() if word in arrived} == {}


def test_the_log_tells_the_failure_under_its_id_and_masks_addresses(told, ann):
    _, log, answer = told
    lines = [json.loads(line) for line in log.splitlines()]
    mine = [e for e in lines if e.get("request_id") == answer.headers["X-Request-ID"]]
    (access,) = [e for e in mine if e["logger"] == "portal.requests"]
    assert access["view"] == "fail"
    assert access["status"] == 500
    assert access["user"] == str(ann.public_id)
    (failure,) = [e for e in mine if e["logger"] == "django.request"]
    assert "DataError" in failure["exception"]
    for word in ("Saltpetre", "zinnober", "Thistledown", "Marrowfat", "maya@", "ann@"):
        assert word not in log, word


def _without_code(events):
    lines = {"context_line", "pre_context", "post_context"}
    for event in events:
        for error in event.get("exception", {}).get("values", []):
            for frame in error["stacktrace"]["frames"]:
                for name in lines & set(frame):
                    del frame[name]
    return events


@pytest.mark.parametrize("dsn", ["", "http://public@127.0.0.1:9/7"])
def test_what_is_not_configured_is_not_loaded(dsn):
    asked = "import sys; print('sentry_sdk' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", asked],
        cwd=ROOT,
        env=environment(SENTRY_DSN=dsn),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == str(bool(dsn))
