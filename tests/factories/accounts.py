"""People, for tests."""

from datetime import UTC, date, datetime

import factory

from accounts.consents.models import fingerprint
from accounts.models import (
    CareRelation,
    Consent,
    ConsentText,
    Patient,
    Place,
    Restriction,
    User,
)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    first_name = "Pat"
    last_name = factory.Sequence(lambda n: f"Person{n}")


class PlaceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Place

    name = factory.Sequence(lambda n: f"Place {n}")


class PatientFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Patient

    number = factory.Sequence(lambda n: f"P-TEST-{n:05}")
    first_name = "Robin"
    last_name = factory.Sequence(lambda n: f"Patient{n}")
    birth_date = date(1986, 3, 14)
    email = factory.Sequence(lambda n: f"patient{n}@example.org")
    phone = "+447700900123"


class CareRelationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CareRelation

    patient = factory.SubFactory(PatientFactory)
    user = factory.SubFactory(UserFactory)
    source = CareRelation.Source.VISIT
    starts_at = datetime(2026, 1, 1, tzinfo=UTC)


class ConsentTextFactory(factory.django.DjangoModelFactory):
    """A published version; `published_at=None` makes it a draft."""

    class Meta:
        model = ConsentText

    purpose = "RESEARCH"
    version = 1
    title = factory.LazyAttribute(lambda text: f"May we? {text.purpose}")
    body = "What we do, with which data, for how long."
    published_at = datetime(2026, 1, 1, tzinfo=UTC)
    sha256 = factory.LazyAttribute(
        lambda text: (
            fingerprint(text.purpose, text.version, text.title, text.body)
            if text.published_at
            else ""
        )
    )


class ConsentFactory(factory.django.DjangoModelFactory):
    """A yes to a text."""

    class Meta:
        model = Consent

    patient = factory.SubFactory(PatientFactory)
    text = factory.SubFactory(ConsentTextFactory)
    purpose = factory.SelfAttribute("text.purpose")
    decision = Consent.Decision.GIVEN
    sha256 = factory.SelfAttribute("text.sha256")
    via = Consent.Via.PORTAL
    at = datetime(2026, 1, 2, tzinfo=UTC)


class RestrictionFactory(factory.django.DjangoModelFactory):
    """A request; `standing=True`: it was granted, and the record is closed."""

    class Meta:
        model = Restriction

    patient = factory.SubFactory(PatientFactory)
    ground = Restriction.Ground.ACCURACY
    asked_by = factory.SubFactory(UserFactory)
    asked_at = datetime(2026, 1, 1, tzinfo=UTC)

    class Params:
        standing = factory.Trait(
            status=Restriction.Status.STANDING,
            decided_by=factory.SubFactory(UserFactory),
            reason="It is being looked into.",
            starts_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
