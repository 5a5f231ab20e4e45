"""Fifty at once leave one unbroken chain, and nobody waits for ever."""

import threading
import time
import uuid

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import Patient
from audit.models import Entry, Seal
from audit.seals.queries import verify
from audit.services import record
from booking.models import Draft
from tests.factories.accounts import PatientFactory
from tests.races.conftest import at_once

WRITERS, ACTS = 50, 4

# The chain's trigger without its second round: it seals in the order in which the
# transaction's deferred checks were queued.
ONE_ROUND = """
DROP TRIGGER audit_first_round ON audit_waiting;
CREATE CONSTRAINT TRIGGER audit_first_round AFTER INSERT ON audit_waiting
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION audit_seal_waiting()
"""
TWO_ROUNDS = ONE_ROUND.replace("audit_seal_waiting", "audit_turn")


@pytest.mark.slow
def test_fifty_writers_leave_one_unbroken_chain(no_deadlocks):
    patients = PatientFactory.create_batch(WRITERS)
    before = Seal.objects.count()

    def write(patient):
        for number in range(ACTS):
            with transaction.atomic():
                record(
                    actor=None,
                    verb="test.acted",
                    subject=patient,
                    patient=patient,
                    detail={"number": number},
                )
        connection.close()

    outcomes = at_once([lambda p=patient: write(p) for patient in patients])
    assert [one.error for one in outcomes if one.error] == []
    report = verify()
    assert report.breaks == []
    assert Entry.objects.filter(verb="test.acted").count() == WRITERS * ACTS
    assert report.links - before >= WRITERS * ACTS
    positions = list(
        Seal.objects.order_by("position").values_list("position", flat=True)
    )
    assert positions == list(range(1, len(positions) + 1))


def collide():
    """Two transactions: one adds a draft for a patient, whom the other has locked.

    The first seals, then checks the key of the patient, for which it waits; the second
    wants to seal. Returns the errors.
    """
    patient = PatientFactory()
    locked, recorded = threading.Event(), threading.Event()

    def add_draft():
        with transaction.atomic():
            record(actor=None, verb="test.added", subject=patient, patient=patient)
            locked.wait(10)
            # Of visits the database asks at once whether the patient was merged.
            Draft.objects.create(token=uuid.uuid4(), for_patient=patient)
            recorded.set()
        connection.close()

    def lock_patient():
        with transaction.atomic():
            Patient.objects.select_for_update().get(pk=patient.pk)
            locked.set()
            recorded.wait(10)
            time.sleep(0.5)
            record(actor=None, verb="test.locked", subject=patient, patient=patient)
        connection.close()

    outcomes = at_once([add_draft, lock_patient])
    return [one.error for one in outcomes if one.error]


@pytest.mark.slow
def test_sealing_waits_for_nobody(transactional_db):
    """Without the second round the two wait for each other; with it they don't."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_ROUND)
    try:
        errors = collide()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(TWO_ROUNDS)
    assert [type(error) for error in errors] == [OperationalError]
    assert "deadlock" in str(errors[0])
    assert collide() == []
    assert verify().breaks == []
