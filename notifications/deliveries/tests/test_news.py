"""What is not about care reaches only who agrees to it, until they take it back."""

from datetime import UTC, datetime

import pytest

from accounts.consents.models import Consent
from accounts.consents.services import withdraw
from clinic.identity.queries import current
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.services import notify
from notifications.dispatch.queries import outgoing
from notifications.dispatch.tasks import deliver
from notifications.preferences.models import Channel
from notifications.preferences.queries import (
    recipient_for_patient,
    recipient_for_user,
    stop_news_url,
)
from notifications.preferences.services import set_preference
from tests.factories.accounts import ConsentFactory, ConsentTextFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture
def text(db):
    return ConsentTextFactory(purpose="MARKETING")


def send(recipient, key="news:1", **fields):
    message = {
        "event": "account_welcome",
        "context": {},
        "channels": [Channel.EMAIL, Channel.IN_APP],
        "kind": Kind.MARKETING,
        **fields,
    }
    return notify(recipient=recipient, dedupe_key=key, at=NOON, **message)


def test_news_are_made_only_for_who_agrees(ann, zoe, text):
    ConsentFactory(patient=ann.patient, text=text)
    ConsentFactory(patient=zoe.patient, text=text, decision="REFUSED")
    assert send(recipient_for_patient(ann.patient))
    assert send(recipient_for_patient(zoe.patient), key="news:2") == []
    # A yes to something else is none.
    other = ConsentTextFactory(purpose="RESEARCH")
    ConsentFactory(patient=zoe.patient, text=other)
    assert send(recipient_for_patient(zoe.patient), key="news:3") == []
    assert not Delivery.objects.filter(patient=zoe.patient).exists()
    # What is about their care comes all the same.
    assert send(recipient_for_patient(zoe.patient), key="visit:1", kind=Kind.NEWS)


def test_nobody_without_a_record_gets_any(desk, text):
    assert send(recipient_for_user(desk)) == []


def test_a_channel_that_is_off_is_off_for_news(ann, text):
    ConsentFactory(patient=ann.patient, text=text)
    set_preference(
        actor=ann, patient=ann.patient, channel=Channel.EMAIL, is_enabled=False
    )
    states = {
        row.channel: row.status for row in send(recipient_for_patient(ann.patient))
    }
    assert states[Channel.EMAIL] == Delivery.Status.SUPPRESSED


def test_taking_it_back_stops_what_waits_to_be_sent(ann, text):
    ConsentFactory(patient=ann.patient, text=text)
    made = send(recipient_for_patient(ann.patient), channels=[Channel.EMAIL])
    withdraw(actor=ann, patient=ann.patient, purpose="MARKETING", via="PORTAL", at=NOON)
    deliver(delivery_id=made[0].pk)
    made[0].refresh_from_db()
    assert made[0].status == Delivery.Status.SUPPRESSED
    assert "do not agree" in made[0].error


def test_each_has_a_link_that_ends_it_with_one_press(client, ann, zoe, text):
    for one in (ann, zoe):
        ConsentFactory(patient=one.patient, text=text)
    recipient = recipient_for_patient(ann.patient)
    mail = next(row for row in send(recipient) if row.channel == Channel.EMAIL)
    stop = stop_news_url(recipient)
    assert stop in mail.body_text
    # Looking changes nothing.
    assert client.get(stop).status_code == 200
    assert Consent.objects.count() == 2
    assert "No more news" in client.post(stop).text
    last = Consent.objects.latest("pk")
    assert (last.patient, last.decision, last.via) == (ann.patient, "WITHDRAWN", "LINK")
    assert send(recipient, key="news:2") == []
    assert send(recipient_for_patient(zoe.patient), key="news:3")
    # A second press is no second word.
    client.post(stop)
    assert Consent.objects.count() == 3


def test_the_senders_own_button_ends_it_too(ann, text):
    ConsentFactory(patient=ann.patient, text=text)
    recipient = recipient_for_patient(ann.patient)
    mail = next(row for row in send(recipient) if row.channel == Channel.EMAIL)
    assert outgoing(mail, current()).opt_out_url == stop_news_url(recipient)
