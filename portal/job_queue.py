"""The job queue while SECRET_KEY changes: no job is lost.

django-q signs jobs with SECRET_KEY. By itself it reads them with that key alone, and
throws away what it cannot read.
"""

from typing import Any

from django.core import signing
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.signing import PickleSerializer, SignedPackage


class Queue(ORM):
    """django-q's queue in the database, which keeps what it cannot read.

    Two programs have different keys for as long as one of them was not started anew. A
    job that stays is handed out again after `Q_CLUSTER["retry"]` seconds, and counted
    among those that wait.
    """

    def fail(self, task_id: int) -> None:
        """Called for a job whose signature fits none of our keys."""


def read_with_every_key() -> None:
    """Have jobs read that were queued before the key changed. Called once."""
    SignedPackage.loads = staticmethod(_read)


def _read(package: str) -> Any:
    """Raises signing.BadSignature where no key fits, not even one of the fallbacks."""
    return signing.loads(package, salt=Conf.PREFIX, serializer=PickleSerializer)
