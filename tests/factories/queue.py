"""The day's queue, for tests."""

from datetime import UTC, datetime

import factory

from booking.models import Screen, Turn
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory


class TurnFactory(factory.django.DjangoModelFactory):
    """Somebody checked in a while before their visit, at the desk."""

    class Meta:
        model = Turn

    appointment = factory.SubFactory(AppointmentFactory, status="ARRIVED")
    location = factory.SelfAttribute("appointment.location")
    day = factory.LazyAttribute(lambda o: o.appointment.starts_at.date())
    number = factory.Sequence(lambda n: f"{'ACDEFHJKLM'[n // 90 % 10]}{n % 90 + 10}")
    via = Turn.Via.DESK
    checked_in_at = factory.SelfAttribute("appointment.starts_at")


class ScreenFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Screen

    location = factory.SubFactory(LocationFactory)
    name = "Entrance hall"
    key_hash = factory.Sequence(lambda n: f"{n:064}")
    made_at = datetime(2026, 3, 12, 9, tzinfo=UTC)
