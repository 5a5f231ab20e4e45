"""kill -9 of what sends mails and text messages, at whatever moment, many times.

A text message reaches a phone once. A mail that the server had taken, but whose yes
died with its sender, may come twice: the copies bear one Message-ID (decision 9).
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings as conf
from django.utils import timezone

from notifications.models import Delivery
from tests.factories.mail_server import mail_server
from tests.factories.notifications import DeliveryFactory
from tests.factories.text_service import ACCOUNT, TOKEN, text_service
from tests.races.crashing import ROUNDS, seeded
from tests.servers import ROOT, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MESSAGES, KILLS = 50 * ROUNDS, 20 * ROUNDS
# How long the servers think, before and after they take a message.
THINK = 0.03

# Forks for each line that it reads, as the worker does for its jobs: a kill costs a
# process, not the time to load all addresses, and all of Twilio, again.
SENDER = """
import os, sys, django
django.setup()
from django.conf import settings
from django.urls import get_resolver
from notifications.channels import sms
from notifications.dispatch.tasks import deliver_due
client = sms._client(
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_API_BASE
)
client.messages
get_resolver().reverse_dict
for line in sys.stdin:
    child = os.fork()
    if not child:
        deliver_due()
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("over", flush=True)
"""


class Sending:
    """Processes that send, one after the other, on the test's database."""

    def __init__(self, smtp, texts):
        self.smtp, self.texts = smtp, texts
        self.parent = subprocess.Popen(
            [sys.executable, "-c", SENDER],
            cwd=ROOT,
            env=environment(
                EMAIL_URL=f"smtp://{smtp.host}:{smtp.port}",
                USE_SMS="1",
                TWILIO_ACCOUNT_SID=ACCOUNT,
                TWILIO_AUTH_TOKEN=TOKEN,
                TWILIO_FROM="+15005550006",
                TWILIO_API_BASE=texts.base,
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def taken(self):
        return len(self.smtp.mails) + len(self.texts.sent)

    def begin(self):
        self.parent.stdin.write("go\n")
        self.parent.stdin.flush()
        return int(self.parent.stdout.readline())

    def is_over(self):
        return bool(select.select([self.parent.stdout], [], [], 0)[0])

    def run_and_kill(self, *, after, pause):
        """Kill one `pause` seconds after the servers took `after` more messages; tells
        whether it had something in its hands, which the next may take over at once."""
        wanted = self.taken() + after
        child = self.begin()
        while self.taken() < wanted and not self.is_over():
            time.sleep(0.002)
        time.sleep(pause)
        if not self.is_over():
            os.kill(child, signal.SIGKILL)
        assert self.parent.stdout.readline() == "over\n"
        dead = timezone.now() - timedelta(seconds=conf.Q_CLUSTER["retry"])
        torn = Delivery.objects.filter(status="SENDING")
        names = {str(name) for name in torn.values_list("public_id", flat=True)}
        torn.update(claimed_at=dead)
        return names

    def finish(self):
        self.begin()
        assert self.parent.stdout.readline() == "over\n"

    def close(self):
        self.parent.kill()
        self.parent.wait()


@pytest.fixture
def sending():
    with mail_server() as smtp, text_service() as texts:
        smtp.pause = texts.pause = THINK
        running = Sending(smtp, texts)
        yield running
        running.close()


def test_killed_at_any_moment_every_message_goes_out_and_no_text_twice(sending):
    pick = seeded()
    for number in range(MESSAGES):
        DeliveryFactory(text=bool(number % 2), body_text=f"Message {number}")
    torn = []
    for _ in range(KILLS):
        # Rather less than all of them at each try, so that there is work till the end.
        after = pick.choice([0, 1, 1, 2, 3])
        torn += sending.run_and_kill(after=after, pause=pick.uniform(0, 3 * THINK))
    # Most kills fell into the middle of a message.
    assert len(torn) > KILLS / 2
    sending.finish()

    rows = Delivery.objects.all()
    assert Counter(rows.values_list("status", flat=True)) == {"SENT": MESSAGES}
    texts = Counter(text["Body"] for text in sending.texts.sent)
    wanted = [row.body_text for row in rows.filter(channel="SMS")]
    assert texts == dict.fromkeys(wanted, 1)
    mails = Counter(
        name.strip("<>").partition("@")[0] for name in sending.smtp.message_ids()
    )
    ours = rows.filter(channel="EMAIL").values_list("public_id", flat=True)
    assert set(mails) == {str(name) for name in ours}
    # At most one copy for each time that its sender died with it in its hands.
    deaths = Counter(torn)
    assert {name: n for name, n in mails.items() if n > 1 + deaths[name]} == {}
