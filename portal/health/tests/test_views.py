from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.utils import timezone

from portal.health.services import note_worker_seen

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


def away(execute, query, params, many, context):
    raise OperationalError("password=secret host=db.internal")


def test_healthz_answers_without_the_database(client):
    with connection.execute_wrapper(away):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_says_that_all_works(client):
    note_worker_seen(at=timezone.now() - timedelta(seconds=10))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "worker": "ok",
        "worker_seen_seconds_ago": 10,
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
    }


def test_health_pages_only_answer_questions(client):
    assert client.post("/readyz").status_code == 405
