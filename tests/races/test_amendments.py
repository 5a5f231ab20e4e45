"""Two do the same about one request for a correction at once: one of them is heard."""

import time
from datetime import UTC, datetime

import pytest

from accounts.models import User
from records.amendments import services
from records.amendments.models import Amendment, Part
from records.amendments.queries import Subject
from tests.factories.records import AmendmentFactory
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
# Each has looked before the other is done, unless a lock makes one of them wait.
A_MOMENT = 0.3


def refusals(outcomes):
    return [type(one.error) for one in outcomes if one.error is not None]


def slowly(monkeypatch, name):
    """What comes between looking and the end of the transaction takes a moment."""
    real = getattr(services, name)

    def slow(*args, **named):
        answer = real(*args, **named)
        time.sleep(A_MOMENT)
        return answer

    monkeypatch.setattr(services, name, slow)


def test_of_two_answers_one_counts(ann, dr_lee, medical_admin, monkeypatch):
    amendment = AmendmentFactory(patient=ann.patient, asked_by=ann)
    slowly(monkeypatch, "can_answer")

    def answer(user, is_accepted):
        return services.answer_amendment(
            actor=User.objects.get(pk=user.pk),
            amendment=amendment,
            is_accepted=is_accepted,
            reason="We looked at the letter again.",
            at=NOW,
        )

    outcomes = at_once(
        [lambda: answer(medical_admin, True), lambda: answer(dr_lee, False)]
    )
    assert refusals(outcomes) == [services.AnsweredAlready]
    (heard,) = [one.value for one in outcomes if one.value is not None]
    row = Amendment.objects.get()
    assert (row.status, row.decided_by) == (heard.status, heard.decided_by)


def test_of_two_requests_the_eleventh_is_refused(ann, monkeypatch):
    AmendmentFactory.create_batch(
        services.WAITING_AT_MOST - 1, patient=ann.patient, asked_by=ann
    )
    slowly(monkeypatch, "publish")

    def ask():
        return services.ask_amendment(
            actor=ann,
            patient=ann.patient,
            subject=Subject("other", Part.OTHER, "Something else"),
            wrong="It says that I smoke",
            right="I have never smoked",
            at=NOW,
        )

    assert refusals(at_once([ask, ask])) == [services.TooManyWaiting]
    assert Amendment.objects.count() == services.WAITING_AT_MOST


def test_what_the_patient_said_to_a_denial_is_not_written_over(
    ann, medical_admin, monkeypatch
):
    amendment = AmendmentFactory(
        patient=ann.patient,
        asked_by=ann,
        status=Amendment.Status.DENIED,
        decided_by=medical_admin,
        decided_at=NOW,
    )
    slowly(monkeypatch, "record")

    def disagree(words):
        return services.disagree(actor=ann, amendment=amendment, words=words, at=NOW)

    outcomes = at_once([lambda: disagree("One"), lambda: disagree("Two")])
    assert refusals(outcomes) == [services.NothingToSay]
    (heard,) = [one.value for one in outcomes if one.value is not None]
    assert Amendment.objects.get().disagreement == heard.disagreement
