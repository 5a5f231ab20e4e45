import socket
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.utils import timezone

from portal.health.services import note_worker_seen
from portal.settings.environment import clinical_storage
from tests.clinical_files import use_storage
from tests.factories.scanner import scanner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_cache(settings):
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "health",
        },
    }
    cache.clear()


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


def away(execute, query, params, many, context):
    raise OperationalError("password=secret host=db.internal")


def test_healthz_answers_without_the_database(client):
    with connection.execute_wrapper(away):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_cms_is_ready_with_a_database_and_no_worker_of_its_own(client, settings):
    settings.IN_CMS = True
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": "ok"},
    )
    with connection.execute_wrapper(away):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")


def test_readyz_says_that_all_works(client):
    note_worker_seen(at=timezone.now() - timedelta(seconds=10))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "worker": "ok",
        "worker_seen_seconds_ago": 10,
        "storage": "ok",
        "scanner": "not configured",
    }
    assert "no-store" in answer["Cache-Control"]


def test_readyz_says_that_no_worker_ever_ran(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker_seen_seconds_ago"] is None


@pytest.mark.parametrize("silent_for", [timedelta(minutes=4), timedelta(days=2)])
def test_readyz_says_that_the_worker_is_away(client, silent_for):
    note_worker_seen(at=timezone.now() - silent_for)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "not running"


def test_readyz_says_that_the_database_is_away_and_no_more(client):
    note_worker_seen(at=timezone.now())
    with connection.execute_wrapper(away):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "database": "not answering",
        "worker": "not running",
        "worker_seen_seconds_ago": None,
        "storage": "ok",
        "scanner": "not configured",
    }


def _ready(client):
    note_worker_seen(at=timezone.now())
    answer = client.get("/readyz")
    # Documents wait; nothing else does, and no server is taken out for it.
    assert answer.status_code == 200
    return answer.json()


def test_readyz_leaves_nothing_in_the_storage(client, clinical_files):
    assert _ready(client)["storage"] == "ok"
    assert [path for path in clinical_files.rglob("*") if path.is_file()] == []


def test_readyz_says_that_files_cannot_be_written_and_not_where(
    client, settings, monkeypatch, clinical_files
):
    (clinical_files / "file").write_text("")
    use_storage(settings, monkeypatch, clinical_storage(clinical_files / "file"))
    told = _ready(client)
    assert (told["status"], told["storage"]) == ("limited", "not working")
    assert str(clinical_files) not in str(told)


def test_readyz_waits_no_more_than_two_seconds_for_a_bucket(
    client, settings, monkeypatch
):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-bucket")
        monkeypatch.setenv("CLINICAL_BUCKET", "clinical")
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("CLINICAL_BUCKET_ENDPOINT", address)
        use_storage(settings, monkeypatch, clinical_storage(Path("unused")))
        begun = time.monotonic()
        told = _ready(client)
        assert time.monotonic() - begun < 5
    assert (told["status"], told["storage"]) == ("limited", "not answering")
    assert "secret" not in str(told)


def test_readyz_tells_whether_the_scanner_is_there(client, settings):
    with scanner() as server:
        settings.CLAMAV_ADDRESS = server.address
        assert _ready(client)["scanner"] == "ok"
    told = _ready(client)
    assert (told["status"], told["scanner"]) == ("limited", "not answering")
    assert server.address not in str(told)


def test_health_pages_only_answer_questions(client):
    assert client.post("/readyz").status_code == 405
