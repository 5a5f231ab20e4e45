"""What the tests of people share: a clean count of tries, and the mails they got."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from notifications.models import Delivery


@pytest.fixture(autouse=True)
def _no_tries_counted():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clock(monkeypatch):
    """A time that passes only where a test says so."""
    now = [timezone.now()]
    monkeypatch.setattr("django.utils.timezone.now", lambda: now[0])
    monkeypatch.setattr("time.time", lambda: now[0].timestamp())

    def passes(**length):
        now[0] += timedelta(**length)

    return passes


@pytest.fixture
def mail_to():
    """mail_to(address): the newest message to it; fails when there is none."""

    def newest(address):
        found = Delivery.objects.filter(to_address__iexact=address).order_by("-pk")
        assert found, f"nothing was sent to {address}"
        return found[0]

    return newest


@pytest.fixture
def code_to(mail_to):
    """code_to(address): the code in the newest message to it."""

    def newest(address):
        code = re.search(r"^[A-Z]{4}-[A-Z]{4}$", mail_to(address).body_text, re.M)
        assert code is not None, "no code in the mail"
        return code[0]

    return newest
