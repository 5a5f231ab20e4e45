import pytest
from anymail.signals import AnymailTrackingEvent, tracking
from django.urls import reverse
from twilio.request_validator import RequestValidator

from notifications.models import Preference
from tests.factories.accounts import PatientFactory
from tests.factories.notifications import DeliveryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(client, twilio, settings):
    """Posts as Twilio would, signed with the account's token."""

    def send(path, form, token=settings.TWILIO_AUTH_TOKEN, url=None):
        address = url or f"{settings.SITE_URL}{path}"
        signature = RequestValidator(token).compute_signature(address, form)
        return client.post(path, form, headers={"X-Twilio-Signature": signature})

    return send


def report_path(delivery):
    return reverse("notifications:twilio_report", args=[delivery.public_id])


def test_a_report_of_arrival_is_noted(post):
    delivery = DeliveryFactory(text=True, status="SENT")
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert post(report_path(delivery), form).status_code == 204
    delivery.refresh_from_db()
    assert (delivery.status, delivery.provider_id) == ("DELIVERED", "SM1")
    assert delivery.delivered_at is not None


@pytest.mark.parametrize("status", ["undelivered", "failed"])
def test_a_report_of_loss_says_why(post, status):
    delivery = DeliveryFactory(text=True, status="SENT")
    form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "30005"}
    post(report_path(delivery), form)
    delivery.refresh_from_db()
    assert delivery.status == "FAILED"
    assert delivery.error == "The number is unknown or no longer in use."


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "nonsense"])
def test_steps_on_the_way_change_nothing(post, status):
    delivery = DeliveryFactory(text=True, status="SENT")
    form = {"MessageSid": "SM1", "MessageStatus": status}
    assert post(report_path(delivery), form).status_code == 204
    delivery.refresh_from_db()
    assert delivery.status == "SENT"


def test_a_report_signed_by_another_is_refused(post, client):
    delivery = DeliveryFactory(text=True, status="SENT")
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    path = report_path(delivery)
    elsewhere = "https://evil.example" + path
    assert post(path, form, token="another").status_code == 403
    assert post(path, form, url=elsewhere).status_code == 403
    assert client.post(path, form).status_code == 403
    delivery.refresh_from_db()
    assert delivery.status == "SENT"


def test_without_a_token_nothing_counts_as_signed(post, settings):
    settings.TWILIO_AUTH_TOKEN = ""
    delivery = DeliveryFactory(text=True, status="SENT")
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert post(report_path(delivery), form, token="").status_code == 403


def test_reports_are_never_read_from_a_get(client):
    assert client.get(report_path(DeliveryFactory(text=True))).status_code == 405


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "cancel"])
def test_a_stop_word_ends_reminders_to_that_number(post, word):
    patient = PatientFactory(phone="+447700900555")
    form = {"From": "+447700900555", "Body": word}
    answer = post(reverse("notifications:twilio_reply"), form)
    assert (answer.status_code, answer.content) == (200, b"<Response/>")
    assert Preference.objects.get().patient == patient


def test_other_replies_change_nothing(post, client):
    PatientFactory(phone="+447700900555")
    path = reverse("notifications:twilio_reply")
    post(path, {"From": "+447700900555", "Body": "Please stop the rain"})
    assert client.post(path, {"From": "+447700900555", "Body": "STOP"}).status_code == (
        403
    )
    assert not Preference.objects.exists()


def mail_event(event_type, **fields):
    event = AnymailTrackingEvent(event_type=event_type, **fields)
    tracking.send(sender=object(), event=event, esp_name="Test")


@pytest.mark.parametrize("known_by", ["our id", "their id"])
def test_a_mail_provider_reports_arrival_and_loss(known_by):
    sent = {"status": "SENT", "provider_id": "x1"}
    arrived, lost = DeliveryFactory(**sent), DeliveryFactory(status="SENT")
    lost.provider_id = "x2"
    lost.save()
    for delivery, event_type in ((arrived, "delivered"), (lost, "bounced")):
        ours = {"delivery": str(delivery.public_id)} if known_by == "our id" else {}
        mail_event(event_type, message_id=delivery.provider_id, metadata=ours)
        delivery.refresh_from_db()
    assert (arrived.status, arrived.error) == ("DELIVERED", "")
    assert lost.status == "FAILED"
    assert lost.error == "The mailbox does not exist or takes no mail."


@pytest.mark.parametrize("event_type", ["queued", "sent", "opened", "clicked"])
def test_what_a_mail_provider_says_on_the_way_changes_nothing(event_type):
    delivery = DeliveryFactory(status="SENT", provider_id="x1")
    mail_event(event_type, message_id="x1")
    delivery.refresh_from_db()
    assert delivery.status == "SENT"


@pytest.mark.parametrize("metadata", [{}, {"delivery": "nonsense"}, None])
def test_a_report_on_a_mail_of_somebody_else_changes_nothing(metadata):
    delivery = DeliveryFactory(status="SENT")
    mail_event("bounced", message_id="", metadata=metadata)
    mail_event("bounced", message_id="unknown", metadata=metadata)
    delivery.refresh_from_db()
    assert delivery.status == "SENT"


def test_without_a_secret_mail_providers_have_no_door(client):
    path = "/webhooks/anymail/postmark/tracking/"
    assert client.post(path, {}, content_type="application/json").status_code == 404
