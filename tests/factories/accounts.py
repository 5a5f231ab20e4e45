"""People, for tests."""

from datetime import UTC, date, datetime

import factory

from accounts.models import CareRelation, Patient, Place, User


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
