"""The clinic's facts, for tests."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import factory

from clinic.models import (
    Capability,
    Doctor,
    Equipment,
    Location,
    Offering,
    Outage,
    Room,
    Shift,
    Specialty,
    VisitType,
)
from tests.factories.accounts import PlaceFactory, UserFactory


class LocationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Location

    place = factory.SubFactory(PlaceFactory)
    name = factory.Sequence(lambda n: f"Canal Street {n}")
    slug = factory.Sequence(lambda n: f"canal-street-{n}")
    address = "14 Canal Street"
    city = "Westhaven"
    postcode = "WH1 4TD"
    time_zone = "Europe/London"
    phone = "+442079460120"


class SpecialtyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Specialty

    name = factory.Sequence(lambda n: f"Specialty {n}")
    plain_name = factory.Sequence(lambda n: f"Plain {n}")
    slug = factory.Sequence(lambda n: f"specialty-{n}")
    practitioner = "specialist"


class DoctorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Doctor
        skip_postgeneration_save = True

    first_name = "Ines"
    last_name = factory.Sequence(lambda n: f"Calloway{n}")
    slug = factory.Sequence(lambda n: f"dr-calloway-{n}")
    languages = ["en", "pt"]
    registration_number = factory.Sequence(lambda n: f"{n:07}")
    joined_date = date(2020, 1, 1)

    @factory.post_generation
    def specialties(self, create, extracted, **kwargs):
        if create and extracted:
            self.specialties.add(*extracted)


class CapabilityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Capability

    name = factory.Sequence(lambda n: f"Couch {n}")


def _can(resource, create, extracted, **kwargs):
    if create and extracted:
        resource.capabilities.add(*extracted)


class RoomFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Room
        skip_postgeneration_save = True

    location = factory.SubFactory(LocationFactory)
    name = factory.Sequence(lambda n: f"Room {n}")
    capabilities = factory.PostGeneration(_can)


class EquipmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Equipment
        skip_postgeneration_save = True

    location = factory.SubFactory(LocationFactory)
    name = factory.Sequence(lambda n: f"Ultrasound {n}")
    capabilities = factory.PostGeneration(_can)


class OutageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Outage

    starts_at = datetime(2026, 3, 16, 10, tzinfo=UTC)
    ends_at = datetime(2026, 3, 16, 11, tzinfo=UTC)


def needs(visit_type, *, room=None, equipment=()):
    """Let a visit type need a room with these capabilities, and equipment."""
    visit_type.needs_room = room is not None
    visit_type.needs_equipment = bool(equipment)
    visit_type.save()
    visit_type.room_needs.set(room or ())
    visit_type.equipment_needs.set(equipment)


class VisitTypeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = VisitType

    name = factory.Sequence(lambda n: f"GP visit {n}")
    slug = factory.Sequence(lambda n: f"gp-visit-{n}")
    duration_minutes = 30
    price = Decimal("65.00")
    minimum_notice_minutes = 0

    class Params:
        free = factory.Trait(
            price=Decimal(0), payment_policy=VisitType.PaymentPolicy.FREE
        )
        at_clinic = factory.Trait(payment_policy=VisitType.PaymentPolicy.AT_CLINIC)
        on_request = factory.Trait(booking_policy=VisitType.BookingPolicy.REQUEST)


class OfferingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Offering

    doctor = factory.SubFactory(DoctorFactory)
    visit_type = factory.SubFactory(VisitTypeFactory)
    location = factory.SubFactory(LocationFactory)


class ShiftFactory(factory.django.DjangoModelFactory):
    """Nine to five on Mondays, for good."""

    class Meta:
        model = Shift

    user = factory.SubFactory(UserFactory)
    location = factory.SubFactory(LocationFactory)
    weekday = 0
    starts_time = time(9)
    ends_time = time(17)
    valid_from = date(2026, 1, 5)
