"""Reviews, for tests."""

from datetime import UTC, datetime

import factory

from booking.models import Review
from tests.factories.accounts import UserFactory
from tests.factories.booking import AppointmentFactory

WRITTEN = datetime(2026, 3, 18, 9, tzinfo=UTC)


class ReviewFactory(factory.django.DjangoModelFactory):
    """Waits to be read; `shown=True`: it is on the website."""

    class Meta:
        model = Review

    appointment = factory.SubFactory(AppointmentFactory, status="COMPLETED")
    doctor = factory.SelfAttribute("appointment.doctor")
    stars = 4
    waited = "ON_TIME"
    listened = "YES"
    again = "PARTLY"
    comment = "Took time for my questions."
    written_at = WRITTEN

    class Params:
        shown = factory.Trait(
            status=Review.Status.SHOWN,
            words=factory.SelfAttribute("comment"),
            decided_by=factory.SubFactory(UserFactory),
            decided_at=WRITTEN,
        )
