"""A worker that is killed while it sends, against a real mail server.

The guarantee: whatever is marked as sent arrived exactly once; what the server had not
accepted arrives exactly once after all. Only a message that the server had accepted,
but whose yes died with the worker, comes twice, under the same Message-ID.
"""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings as conf
from django.db import connection
from django.utils import timezone

from notifications.deliveries.models import Delivery
from notifications.dispatch.tasks import deliver_due
from portal import postgres
from tests.factories.notifications import DeliveryFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

WORKER = """
import django
django.setup()
from notifications.dispatch.tasks import deliver_due
deliver_due()
"""


@pytest.fixture
def kill_while_sending(smtp):
    """Runs the sweep in a process of its own, kills it once the server stalls, and
    lets the time pass after which its claims count as dead."""

    def run() -> None:
        server = urlsplit(conf.DATABASE_URL or postgres.url(postgres.TESTS))
        name = connection.settings_dict["NAME"]
        database = server._replace(path=f"/{name}").geturl()
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.test",
            "DATABASE_URL": database,
            "EMAIL_URL": conf.EMAIL_URL,
        }
        process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
        try:
            while not smtp.stalled.wait(timeout=0.2):
                assert process.poll() is None, "the worker never got that far"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=10)
        smtp.stall_before = smtp.stall_after = -1
        dead = timezone.now() - timedelta(seconds=conf.Q_CLUSTER["retry"])
        Delivery.objects.filter(status="SENDING").update(claimed_at=dead)

    return run


def arrivals(smtp):
    """How often each message arrived, by its public id."""
    ids = [header.strip("<>").split("@")[0] for header in smtp.message_ids()]
    return {identity: ids.count(identity) for identity in ids}


def test_killed_before_the_server_accepts_the_mail_arrives_once(
    smtp, kill_while_sending
):
    delivery = DeliveryFactory()
    smtp.stall_before = 0
    kill_while_sending()
    assert smtp.mails == []
    assert Delivery.objects.get().status == "SENDING"
    deliver_due()
    assert arrivals(smtp) == {str(delivery.public_id): 1}
    assert Delivery.objects.get().status == "SENT"


def test_killed_in_the_middle_of_a_batch_every_mail_arrives_once(
    smtp, kill_while_sending
):
    batch = [DeliveryFactory() for _ in range(6)]
    smtp.stall_before = 3
    kill_while_sending()
    done = set(Delivery.objects.filter(status="SENT").values_list("pk", flat=True))
    assert len(done) == len(smtp.mails) == 3
    deliver_due()
    assert arrivals(smtp) == {str(delivery.public_id): 1 for delivery in batch}
    assert set(Delivery.objects.values_list("status", flat=True)) == {"SENT"}


def test_killed_after_the_server_accepted_the_second_copy_bears_the_same_id(
    smtp, kill_while_sending
):
    batch = [DeliveryFactory() for _ in range(3)]
    smtp.stall_after = 1
    kill_while_sending()
    (torn,) = Delivery.objects.filter(status="SENDING")
    deliver_due()
    expected = {str(delivery.public_id): 1 for delivery in batch}
    assert arrivals(smtp) == expected | {str(torn.public_id): 2}
