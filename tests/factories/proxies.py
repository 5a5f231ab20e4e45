"""People who act for others, for tests."""

from datetime import UTC, datetime, timedelta

import factory

from accounts.models import Proxy
from accounts.proxies.models import Scope
from tests.factories.accounts import PatientFactory, UserFactory

OPENING = [scope.value for scope in Scope if scope != Scope.COPIES]


class ProxyFactory(factory.django.DjangoModelFactory):
    """In force, with every scope that opens something, by the patient's own word."""

    class Meta:
        model = Proxy

    patient = factory.SubFactory(PatientFactory)
    user = factory.SubFactory(UserFactory)
    status = Proxy.Status.ACTIVE
    relation = Proxy.Relation.CARER
    scopes = factory.LazyFunction(lambda: list(OPENING))
    ground = Proxy.Ground.PATIENT
    starts_at = datetime(2026, 1, 1, tzinfo=UTC)
    lapses_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=30)

    class Params:
        invited = factory.Trait(
            status=Proxy.Status.INVITED,
            user=None,
            ground="",
            starts_at=None,
            email=factory.Sequence(lambda n: f"invited{n}@example.org"),
            lapses_at=datetime(2100, 1, 1, tzinfo=UTC),
        )
        asked = factory.Trait(
            status=Proxy.Status.ASKED,
            ground="",
            starts_at=None,
            asked_number=factory.LazyAttribute(
                lambda one: one.patient.number if one.patient else "P-NONE-0000"
            ),
            reason="I look after them",
            lapses_at=datetime(2100, 1, 1, tzinfo=UTC),
        )
        of_minor = factory.Trait(
            ground=Proxy.Ground.MINOR,
            relation=Proxy.Relation.PARENT,
            confirmed_by=factory.SubFactory(UserFactory),
            document_seen="Birth certificate",
            until_age=True,
        )
