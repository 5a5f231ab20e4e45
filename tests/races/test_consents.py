"""Somebody says the same twice at once, from two browsers: it stands there once."""

import time
from datetime import UTC, datetime

import pytest

from accounts.consents import services
from accounts.consents.models import Consent, Purpose
from tests.factories.accounts import ConsentTextFactory
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)


@pytest.fixture
def text():
    return ConsentTextFactory(purpose=Purpose.MARKETING, published_at=NOW)


@pytest.fixture(autouse=True)
def _slowly(monkeypatch):
    """Each has looked before the other is done, unless a lock makes one wait."""
    record = services.record

    def slow(**named):
        answer = record(**named)
        time.sleep(0.3)
        return answer

    monkeypatch.setattr(services, "record", slow)


def said(patient):
    rows = Consent.objects.filter(patient=patient).order_by("pk")
    return list(rows.values_list("decision", flat=True))


def test_a_yes_and_taking_it_back_are_written_once(ann, text):
    def answer():
        return services.answer(
            actor=ann,
            patient=ann.patient,
            text=text,
            is_given=True,
            via=Consent.Via.PORTAL,
            at=NOW,
        )

    def withdraw():
        return services.withdraw(
            actor=ann,
            patient=ann.patient,
            purpose=text.purpose,
            via=Consent.Via.PORTAL,
            at=NOW,
        )

    for both, decisions in ((answer, ["GIVEN"]), (withdraw, ["GIVEN", "WITHDRAWN"])):
        assert [one.error for one in at_once([both, both])] == [None, None]
        assert said(ann.patient) == decisions
