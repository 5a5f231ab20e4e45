"""kill -9 of page servers, worker and PostgreSQL while people pay and add documents.

The payment provider and the mail server live on, as they do: what they took they have
taken. Payers type their card once, and press our own button until it is answered.
"""

import io
import time
import uuid
from collections import Counter
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

import pytest
from django.conf import settings as conf
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from booking.appointments.models import HOLD, Status
from booking.appointments.queries import manage_token
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.mail_server import mail_server
from tests.factories.payment_sandbox import KEY, SECRET, RunningSandbox
from tests.races.crashing import (
    LONGEST,
    ROUNDS,
    Person,
    copy_to,
    in_background,
    seeded,
    until_one_waits,
)
from tests.second_factors import VerifiedClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PAYERS, SENDERS, EACH, KILLS = 4 * ROUNDS, 2, 3 * ROUNDS, 6 * ROUNDS


class Payer(Person):
    """Has a visit held for its payment, and the address of its pay page."""

    def __init__(self, port, visit, provider):
        super().__init__(port)
        self.path = reverse("billing:pay_managed", args=[manage_token(visit)])
        self.provider, self.key = provider, str(uuid.uuid4())
        self.has_paid = False

    def pay(self):
        pressed = self.send(self.path, {"key": self.key})
        assert pressed.status_code == 302
        address = pressed.headers["Location"]
        assert address.startswith(self.provider.url)
        # The provider's own form, which is sent once and answered.
        typed = self.provider.type_card(address)
        assert typed.status_code in (302, 303), typed.text
        self.has_paid = True


class Sender(Person):
    """Adds documents, each a picture in a colour of its own."""

    def __init__(self, port, user, colours):
        client = VerifiedClient()
        client.force_login(user)
        super().__init__(port, client.session.session_key)
        self.patient_id = user.patient.pk
        self.colours = colours
        self.told = []

    def add(self, colour):
        out = io.BytesIO()
        Image.new("RGB", (600, 400), colour).save(out, "PNG")
        answer = self.send(
            "/portal/documents/",
            {"title": f"Picture {colour}", "category": "IMAGE"},
            files={"file": ("picture.png", out.getvalue(), "image/png")},
        )
        assert answer.status_code == 302, answer.text
        self.told.append(colour)

    def acts(self):
        for colour in self.colours:
            yield lambda colour=colour: self.add(colour)


@pytest.fixture
def provider(house):
    sandbox = RunningSandbox(
        webhook_url=f"http://127.0.0.1:{house.port}/webhooks/stripe/"
    )
    # Each answer takes a moment, so that kills fall between their act and ours.
    sandbox.ask("faults", mode="slow", seconds=0.3, count=10_000, path="/v1/")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def smtp(house, provider, clinical_files):
    with mail_server() as server:
        house.variables = {
            "EMAIL_URL": f"smtp://{server.host}:{server.port}",
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRETS": SECRET,
            "STRIPE_API_BASE": provider.url,
            "CLINICAL_ROOT": str(clinical_files),
            # What a killed worker had in its hands is handed out again soon.
            "JOB_TIMEOUT": "20",
            "JOB_RETRY": "25",
            "QUIET_FROM": "03:00",
            "QUIET_UNTIL": "03:00",
        }
        yield server


def visits_to_pay():
    offering = open_offering(weekdays=range(7), visit_type__duration_minutes=20)
    start = timezone.now().replace(hour=10, minute=0, second=0, microsecond=0)
    return [
        AppointmentFactory(
            offering=offering,
            status=Status.HELD,
            starts_at=start + timedelta(days=7, minutes=20 * number),
            minutes=20,
            hold_expires_at=timezone.now() + HOLD,
            price=65,
            payment_policy="BEFORE",
        )
        for number in range(PAYERS)
    ]


def kill_and_open(house, what):
    if what == "database":
        house.kill_database()
    elif what == "web":
        house.kill_web()
        house.open()
    else:
        house.kill_worker()
        house.open_worker()


def test_whatever_is_killed_money_documents_and_messages_come_through_once(
    house, provider, smtp, clinical_files
):
    pick = seeded()
    visits = visits_to_pay()
    users = [UserFactory() for _ in range(SENDERS)]
    for user in users:
        PatientFactory(user=user, email=user.email)
    payers = [Payer(house.port, visit, provider) for visit in visits]
    colours = [tuple(pick.sample(range(256), 3)) for _ in range(SENDERS * EACH)]
    senders = [
        Sender(house.port, user, colours[number::SENDERS])
        for number, user in enumerate(users)
    ]
    copy_to(house.database)
    house.open()
    house.open_worker()

    paying = [[one.pay for one in payers[number::2]] for number in range(2)]
    threads = in_background([*paying, *(one.acts() for one in senders)])
    whom = ["web", "worker", "database"] * (KILLS // 3)
    pick.shuffle(whom)
    for what in whom:
        until_one_waits([*payers, *senders], threads)
        kill_and_open(house, what)
        time.sleep(pick.uniform(0.2, 1.5))
    for thread in threads:
        thread.join(LONGEST)
    assert all(one.has_paid for one in payers)
    assert [one.told for one in senders] == [one.colours for one in senders]
    # Somebody had to send a form again, or nothing was killed in the middle.
    assert sum(p.tries for p in [*payers, *senders]) > len(payers) + len(colours)
    wait_until_settled(house)

    is_true_of_the_money(house, provider, visits)
    is_true_of_the_files(house, senders)
    is_true_of_the_mails(house, smtp, visits)


def wait_until_settled(house):
    """Until the worker has done all that follows from what was acknowledged."""
    until = time.monotonic() + LONGEST
    question = (
        "SELECT (SELECT count(*) FROM billing_payment WHERE status <> 'SUCCEEDED'),"
        " (SELECT count(*) FROM notifications_delivery"
        "   WHERE status IN ('QUEUED', 'SENDING')),"
        " (SELECT count(*) FROM django_q_ormq)"
    )
    while house.ask(question) != [(0, 0, 0)]:
        assert time.monotonic() < until, house.ask(question)
        time.sleep(0.5)


def is_true_of_the_money(house, provider, visits):
    books = provider.ask("state")
    assert len(books["checkout.session"]) == len(visits)
    assert [one["status"] for one in books["charge"]] == ["succeeded"] * len(visits)
    paid = house.ask("SELECT appointment_id, status FROM billing_payment ORDER BY 1")
    assert paid == [(visit.pk, "SUCCEEDED") for visit in visits]
    confirmed = (
        "SELECT appointment_id FROM booking_statuschange"
        " WHERE to_status = 'CONFIRMED' ORDER BY 1"
    )
    assert house.ask(confirmed) == [(visit.pk,) for visit in visits]
    states = house.ask("SELECT DISTINCT status FROM billing_providerevent")
    assert set(states) <= {("HANDLED",), ("IGNORED",)}
    assert house.ask("SELECT count(*) FROM billing_refund") == [(0,)]


def is_true_of_the_files(house, senders):
    rows = house.ask("SELECT patient_id, file FROM records_document")
    found = {one.patient_id: Counter() for one in senders}
    for patient_id, name in rows:
        with storages["clinical"].open(name) as file:
            picture = Image.open(io.BytesIO(file.read()))
        found[patient_id][picture.getpixel((5, 5))] += 1
    for one in senders:
        assert found[one.patient_id] == dict.fromkeys(one.colours, 1)
    assert house.ask(
        "SELECT count(*) FROM audit_entry WHERE verb = 'document.added'"
    ) == [(len(rows),)]


def is_true_of_the_mails(house, smtp, visits):
    """One message each. A copy that came twice bears the same Message-ID, as the
    mailbox's owner can see: decision 9."""
    sent = house.ask(
        "SELECT public_id::text, to_address, event FROM notifications_delivery"
        " WHERE channel = 'EMAIL' AND status = 'SENT'"
    )
    assert set(Counter((to, event) for _, to, event in sent).values()) == {1}
    assert {to for _, to, _ in sent} >= {visit.patient.email for visit in visits}
    host = urlsplit(conf.SITE_URL).hostname
    arrived = {
        (mail["Message-ID"], parseaddr(mail["To"])[1], mail["Subject"])
        for mail in smtp.mails
    }
    assert len(arrived) == len(sent)
    assert {(message, to) for message, to, _ in arrived} == {
        (f"<{key}@{host}>", to) for key, to, _ in sent
    }
