"""Breaches, for tests."""

from datetime import UTC, datetime

import factory

from portal.models import Breach
from tests.factories.accounts import UserFactory


class BreachFactory(factory.django.DjangoModelFactory):
    """Noticed, but not followed up yet."""

    class Meta:
        model = Breach

    title = "Open browser at the desk"
    noticed_at = datetime(2026, 3, 16, 10, tzinfo=UTC)
    since = datetime(2026, 3, 15, tzinfo=UTC)
    until = datetime(2026, 3, 16, tzinfo=UTC)
    opened_by = factory.SubFactory(UserFactory)
