"""Messages, for tests."""

from datetime import UTC, datetime

import factory

from notifications.deliveries.models import Delivery, Kind
from notifications.models import Preference
from notifications.preferences.models import Channel
from tests.factories.accounts import PatientFactory


class DeliveryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Delivery

    dedupe_key = factory.Sequence(lambda n: f"test:{n}")
    event = "test_event"
    kind = Kind.NEWS
    channel = Channel.EMAIL
    patient = factory.SubFactory(PatientFactory)
    to_name = "Robin Patient"
    to_address = factory.Sequence(lambda n: f"robin{n}@example.org")
    subject = "Booked: Monday 16 March, 10:20am"
    body_text = "Your visit is booked."
    body_html = "<p>Your visit is booked.</p>"
    send_after = datetime(2026, 3, 1, 9, tzinfo=UTC)

    class Params:
        text = factory.Trait(
            channel=Channel.SMS,
            to_address="+447700900123",
            subject="",
            body_html="",
            short_code=factory.Sequence(lambda n: f"code{n:06}"),
        )
        failed = factory.Trait(
            status=Delivery.Status.FAILED,
            attempts=5,
            error="The mail server says: no such address.",
        )
        note = factory.Trait(
            channel=Channel.IN_APP,
            to_address="portal",
            status=Delivery.Status.DELIVERED,
        )


class PreferenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Preference

    channel = Channel.SMS
    is_enabled = False
