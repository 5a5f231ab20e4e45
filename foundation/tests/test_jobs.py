"""The queue takes ids and nothing else."""

from decimal import Decimal

import pytest
from django.db import transaction
from django_q.models import OrmQ

from foundation.jobs import enqueue

pytestmark = pytest.mark.django_db
JOB = "portal.health.tasks.beat"


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": 1},
        {"patient": 1},
        {"id": 1},
        {"patient_id": "1"},
        {"patient_id": "Ann"},
        {"patient_id": None},
        {"patient_id": True},
        {"patient_id": 1.0},
        {"patient_id": Decimal(1)},
        {"patient_id": [1]},
        {"patient_id": {"name": "Ann"}},
        {"patient_id": 1, "reason": "headache"},
    ],
)
def test_enqueue_refuses_all_but_ids(arguments):
    with pytest.raises(TypeError, match="only integer ids"):
        enqueue(JOB, **arguments)
    assert OrmQ.objects.count() == 0


def test_enqueue_takes_no_argument_without_a_name():
    with pytest.raises(TypeError):
        enqueue(JOB, 1)
    assert OrmQ.objects.count() == 0


def test_ids_are_all_that_the_queue_holds():
    enqueue(JOB, patient_id=7, visit_id=8)
    job = OrmQ.objects.get().task
    assert (job["args"], job["kwargs"]) == ((), {"patient_id": 7, "visit_id": 8})


def test_a_job_is_there_if_and_only_if_its_transaction_is():
    with transaction.atomic():
        enqueue(JOB, patient_id=7)
        assert OrmQ.objects.count() == 1
        transaction.set_rollback(True)
    assert OrmQ.objects.count() == 0
    enqueue(JOB, patient_id=7)
    assert OrmQ.objects.count() == 1


def test_a_program_without_a_queue_refuses_the_same(settings):
    settings.JOBS_AT_ONCE = True
    with pytest.raises(TypeError):
        enqueue(JOB, name="Ann")
