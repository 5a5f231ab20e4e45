"""Services outside that are away or slow: pages go on, work waits and is done once,
and people are told how it stands. Every service is a server on this machine that can
fall silent; ten seconds of silence are as good as for ever to whoever waits."""

import os
import time
import uuid
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Payment
from booking.appointments.models import HOLD, Status
from booking.appointments.queries import free_slots
from booking.drafts.forms import new_key as draft_key
from booking.drafts.tests.walking import DETAILS
from booking.models import Appointment
from foundation import outages
from foundation.encryption.keyring import keyring, new_key
from foundation.encryption.kms import encrypt
from notifications.dispatch.tasks import deliver_due
from notifications.models import Delivery
from tests.edges.patience import PAGE_SECONDS, add_letter, look_around, within
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import SpecialtyFactory
from tests.factories.gate import gate
from tests.factories.kms_server import kms_server
from tests.factories.mail_server import mail_server
from tests.factories.notifications import DeliveryFactory
from tests.factories.text_service import ACCOUNT, TOKEN, text_service
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afresh(clinical_files):
    outages.ask_again()
    yield
    outages.ask_again()


def is_due_again():
    """The pause after a failed try is over."""
    Delivery.objects.filter(status="QUEUED").update(send_after=timezone.now())


# --- Mail, text messages ------------------------------------------------------------


def book(client, offering):
    """From the first form to the last, each in time."""
    now = timezone.now()
    span = {"after": now + timedelta(days=2), "until": now + timedelta(days=5)}
    (first, *_) = free_slots([offering], at=now, **span)[offering.pk]
    token = uuid.uuid4()
    begin = {
        "service": offering.visit_type.slug,
        "specialty": offering.doctor.specialties.get().slug,
        "reason": "",
        "key": draft_key(token),
    }
    wish = f"{offering.public_id} {first.starts_at.isoformat()}"
    agree = {"key": str(uuid.uuid4()), "agree": "on"}
    for path, fields in [
        ("/book/", begin),
        (f"/book/{token}/time/", {"slot": wish}),
        (f"/book/{token}/details/", DETAILS),
        (f"/book/{token}/check/", agree),
    ]:
        with within(PAGE_SECONDS):
            answer = client.post(path, fields)
        assert answer.status_code == 302, path
    return client.get(answer["Location"]).text


def test_while_mail_is_silent_visits_are_booked_and_confirmed_once_later(
    client, settings
):
    offering = open_offering(
        weekdays=range(7),
        doctor__specialties=[SpecialtyFactory()],
        visit_type__free=True,
    )
    with mail_server() as server, gate((server.host, server.port)) as way:
        settings.EMAIL_URL = f"smtp://{way.address}"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", way.port
        settings.EMAIL_TIMEOUT = 0.5
        look_around(client)
        assert "booked" in book(client, offering)
        assert Appointment.objects.get().status == Status.CONFIRMED
        run_jobs()
        waiting = Delivery.objects.get(channel="EMAIL")
        for _ in range(2):
            is_due_again()
            deliver_due()
        assert way.entered >= 2
        waiting.refresh_from_db()
        assert (waiting.status, waiting.error) == (
            "QUEUED",
            "The mail server does not answer.",
        )
        way.open()
        is_due_again()
        deliver_due()
        deliver_due()
        assert server.message_ids() == [
            f"<{waiting.public_id}@{urlsplit(settings.SITE_URL).hostname}>"
        ]


def test_while_texts_are_silent_they_wait_and_go_out_once(settings, monkeypatch):
    monkeypatch.setattr("notifications.channels.sms.TIMEOUT_SECONDS", 0.5)
    with text_service() as server:
        target = urlsplit(server.base)
        with gate((target.hostname, target.port)) as way:
            settings.USE_SMS = True
            settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
            settings.TWILIO_FROM = "+15005550006"
            settings.TWILIO_API_BASE = f"http://{way.address}"
            DeliveryFactory(text=True)
            # It takes the message, and its answer comes too late.
            way.open()
            way.delay = 1.0
            deliver_due()
            assert (Delivery.objects.get().status, len(server.sent)) == ("QUEUED", 1)
            way.be_silent()
            is_due_again()
            deliver_due()
            assert Delivery.objects.get().error == (
                "The text message service does not answer."
            )
            way.open()
            way.delay = 0.0
            is_due_again()
            deliver_due()
            deliver_due()
            assert Delivery.objects.get().status == "SENT"
            assert len(server.sent) == 1


# --- Money ----------------------------------------------------------------------------


def test_while_the_provider_is_silent_nobody_is_charged_and_all_others_go_on(
    client, ann, provider
):
    visit = AppointmentFactory(
        patient=ann.patient,
        status=Status.HELD,
        starts_at=timezone.now() + timedelta(days=7),
        hold_expires_at=timezone.now() + HOLD,
        price=Decimal("65.00"),
        payment_policy="BEFORE",
    )
    client.force_login(ann)
    path = reverse("billing:pay_appointment", args=[visit.public_id])
    provider.ask("faults", mode="slow", seconds=10, count=5, path="/v1/")
    key = str(uuid.uuid4())
    # Whoever is first waits for the provider, but not for all of ten seconds.
    with within(9):
        told = client.post(path, {"key": key})
    assert told.status_code == 503
    assert "You have not been charged, and we still hold your time" in told.text
    assert key in told.text
    # The next ones are told at once, without asking, and no other page is any slower.
    with within(PAGE_SECONDS):
        assert client.post(path, {"key": key}).status_code == 503
    (slow, _) = provider.ask("faults", mode="slow", count=0)["faults"]
    assert slow["count"] == 4
    look_around(client)
    provider.ask("faults")
    pressed = press_until_it_answers(client, path, key)
    assert pressed.status_code == 302
    assert pressed["Location"].startswith(provider.url)
    assert Payment.objects.count() == 1
    assert len(provider.ask("state")["checkout.session"]) == 1


def press_until_it_answers(client, path, key):
    """The same form again and again, as somebody does who wants to pay."""
    until = time.monotonic() + 30
    while True:
        outages.ask_again()
        pressed = client.post(path, {"key": key})
        if pressed.status_code < 500 or time.monotonic() > until:
            return pressed
        time.sleep(0.5)


# --- Keys -----------------------------------------------------------------------------


def test_when_the_keeper_of_keys_falls_silent_what_runs_runs_on(
    client, ann, settings, monkeypatch
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    with kms_server() as server:
        target = urlsplit(server.url)
        with gate((target.hostname, target.port)) as way:
            way.open()
            monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://{way.address}")
            settings.ENCRYPTION_KEYS = wrapped("vault")
            # As production does before it takes the first request.
            assert keyring().active == "vault"
            way.be_silent()
            entered = way.entered
            client.force_login(ann)
            assert add_letter(client).status_code == 302
            look_around(client)
            assert "My letter" in client.get("/portal/documents/").text
            assert way.entered == entered


def wrapped(name):
    """A ring whose one key only KMS can open."""
    sealed = encrypt(name, os.urandom(32), master="alias/clinic")
    return f"{name}:kms:{sealed},index:{new_key()}"
