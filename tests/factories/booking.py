"""Hours and appointments, for tests."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import factory

from booking.appointments.models import Status
from booking.models import (
    Appointment,
    AvailabilityException,
    Break,
    Disruption,
    WorkingHours,
)
from clinic.models import Offering
from tests.factories.accounts import PatientFactory
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    VisitTypeFactory,
)


class WorkingHoursFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WorkingHours

    doctor = factory.SubFactory(DoctorFactory)
    location = factory.SubFactory(LocationFactory)
    weekday = 0
    starts_time = time(9)
    ends_time = time(17)
    valid_from = date(2026, 1, 1)


class BreakFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Break

    working_hours = factory.SubFactory(WorkingHoursFactory)
    starts_time = time(12)
    ends_time = time(13)


class AvailabilityExceptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AvailabilityException

    doctor = factory.SubFactory(DoctorFactory)
    kind = AvailabilityException.Kind.CLOSED
    starts_at = datetime(2026, 3, 16, 9, tzinfo=UTC)
    ends_at = datetime(2026, 3, 16, 17, tzinfo=UTC)


class AppointmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Appointment

    class Params:
        minutes = 30
        # One at a time of an offering: its doctor, visit type, location and room.
        offering = None

    reference = factory.Sequence(lambda n: f"T{n:05}")
    patient = factory.SubFactory(PatientFactory)
    doctor = factory.Maybe(
        "offering",
        factory.SelfAttribute("offering.doctor"),
        factory.SubFactory(DoctorFactory),
    )
    visit_type = factory.Maybe(
        "offering",
        factory.SelfAttribute("offering.visit_type"),
        factory.SubFactory(VisitTypeFactory),
    )
    location = factory.Maybe(
        "offering",
        factory.SelfAttribute("offering.location"),
        factory.SubFactory(LocationFactory),
    )
    room = factory.Maybe("offering", factory.SelfAttribute("offering.room"), None)
    starts_at = datetime(2026, 3, 16, 10, 20, tzinfo=UTC)
    ends_at = factory.LazyAttribute(
        lambda o: o.starts_at + timedelta(minutes=o.minutes)
    )
    busy_starts_at = factory.SelfAttribute("starts_at")
    busy_ends_at = factory.SelfAttribute("ends_at")
    status = Status.CONFIRMED
    price = factory.SelfAttribute("visit_type.price")
    payment_policy = factory.SelfAttribute("visit_type.payment_policy")
    confirmed_at = factory.LazyAttribute(
        lambda o: (
            o.starts_at - timedelta(days=10) if o.status == Status.CONFIRMED else None
        )
    )
    idempotency_key = factory.LazyFunction(uuid.uuid4)


def open_offering(*, weekdays: range = range(5), **fields: object) -> Offering:
    """An offering whose doctor works 9 to 17 there on `weekdays`."""
    offering = OfferingFactory(**fields)
    for weekday in weekdays:
        WorkingHoursFactory(
            doctor=offering.doctor, location=offering.location, weekday=weekday
        )
    return offering


class DisruptionFactory(factory.django.DjangoModelFactory):
    """Away for a Monday's daytime."""

    class Meta:
        model = Disruption

    doctor = factory.SubFactory(DoctorFactory)
    kind = Disruption.Kind.AWAY
    starts_at = datetime(2026, 3, 16, 8, tzinfo=UTC)
    ends_at = datetime(2026, 3, 16, 20, tzinfo=UTC)
    made_at = datetime(2026, 3, 16, 7, tzinfo=UTC)
    reason = "The doctor cannot be here"
    idempotency_key = factory.LazyFunction(uuid.uuid4)
