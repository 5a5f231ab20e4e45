"""Paying while the provider is slow, dead, in trouble or talks nonsense: an answer in
time, in words that help, the time kept, and one more click under the same key."""

import re
import time
import uuid

import pytest
from django.urls import reverse

from billing.models import Payment
from booking.appointments.models import Status
from booking.models import Draft
from foundation.outages import ask_again
from tests.factories.babble import babble
from tests.servers import free_port

pytestmark = pytest.mark.django_db

# What the page's own gateway waits at most, connecting and reading, and a little.
IN_TIME = 6.0
NONSENSE = {
    "a page": (200, "text/html", b"<h1>It works!</h1>"),
    "half an answer": (200, "application/json", b'{"id": "cs_test_1", "sta'),
    "nothing": (200, "application/json", b""),
    "an empty object": (200, "application/json", b"{}"),
    "a list": (200, "application/json", b"[]"),
    "another status": (
        200,
        "application/json",
        b'{"id": "cs_1", "object": "checkout.session", "status": "dancing"}',
    ),
    "an error page": (502, "text/html", b"<h1>Bad gateway</h1>"),
    "trouble": (500, "application/json", b'{"error": {"message": "oh"}}'),
}


@pytest.fixture(autouse=True)
def _afresh(settings):
    settings.EVENT_SUBSCRIPTIONS = {event: [] for event in settings.EVENT_SUBSCRIPTIONS}
    ask_again()
    yield
    ask_again()


@pytest.fixture
def path(client, held):
    """The page where this browser pays for its booking."""
    draft = Draft.objects.create(
        token=uuid.uuid4(), appointment=held, answers={"service": "gp-visit"}
    )
    session = client.session
    session["drafts"] = [str(draft.token)]
    session.save()
    return reverse("billing:payment_pay", args=[draft.token])


def key_in(answer):
    return re.search(r'name="key" value="([0-9a-f-]{36})"', answer.text)[1]


def press(client, path, key=""):
    return client.post(path, {"key": key or key_in(client.get(path))})


def is_kind_and_keeps(answer, held, key):
    """The answer that helps; and nothing is lost."""
    assert answer.status_code == 503
    assert "We could not reach the payment service." in answer.text
    assert "You have not been charged, and we still hold your time" in answer.text
    assert key_in(answer) == key
    held.refresh_from_db()
    assert held.status == Status.HELD
    payment = Payment.objects.get()
    assert (payment.status, str(payment.idempotency_key)) == ("OPEN", key)
    return True


def works_again(client, path, key, provider):
    """One click on the same form, and it is the same payment."""
    ask_again()
    assert press(client, path, key)["Location"].startswith(provider.url)
    assert Payment.objects.count() == 1
    assert len(provider.ask("state")["checkout.session"]) == 1
    return True


def test_a_slow_answer_is_waited_for(client, provider, path):
    provider.ask("faults", mode="slow", seconds=1)
    assert press(client, path)["Location"].startswith(provider.url)


def test_a_silent_provider_is_given_up_in_time_and_not_asked_again_at_once(
    client, provider, path, held
):
    key = key_in(client.get(path))
    provider.ask("faults", mode="slow", seconds=30, count=9)
    begun = time.monotonic()
    assert is_kind_and_keeps(press(client, path, key), held, key)
    assert time.monotonic() - begun < IN_TIME
    begun = time.monotonic()
    assert is_kind_and_keeps(press(client, path, key), held, key)
    # Where paying ends asks nobody outside.
    assert client.get(f"{path}return/").status_code in {200, 302}
    assert time.monotonic() - begun < 2
    # The sandbox is still at it: the key is in use there.
    ask_again()
    assert is_kind_and_keeps(press(client, path, key), held, key)


def test_a_provider_that_is_gone(client, provider, path, held, settings):
    key = key_in(client.get(path))
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{free_port()}"
    assert is_kind_and_keeps(press(client, path, key), held, key)
    settings.STRIPE_API_BASE = provider.url
    assert works_again(client, path, key, provider)


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_what_is_no_answer_is_no_refusal(
    client, provider, path, held, settings, nonsense
):
    """It may have done what it was asked for, so nothing is begun anew."""
    key = key_in(client.get(path))
    with babble() as server:
        server.said = NONSENSE[nonsense]
        settings.STRIPE_API_BASE = server.url
        for _ in range(2):
            assert is_kind_and_keeps(press(client, path, key), held, key)
            ask_again()
        assert len(set(server.asked)) == 1
    settings.STRIPE_API_BASE = provider.url
    assert works_again(client, path, key, provider)
