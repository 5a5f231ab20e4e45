"""Hours and appointments, for tests."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import factory

from booking.appointments.models import Status
from booking.models import Appointment, WorkingHours
from tests.factories.accounts import PatientFactory
from tests.factories.clinic import DoctorFactory, LocationFactory, VisitTypeFactory


class WorkingHoursFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WorkingHours

    doctor = factory.SubFactory(DoctorFactory)
    location = factory.SubFactory(LocationFactory)
    weekday = 0
    starts_time = time(9)
    ends_time = time(17)
    valid_from = date(2026, 1, 1)


class AppointmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Appointment

    class Params:
        minutes = 30

    reference = factory.Sequence(lambda n: f"T{n:05}")
    patient = factory.SubFactory(PatientFactory)
    doctor = factory.SubFactory(DoctorFactory)
    visit_type = factory.SubFactory(VisitTypeFactory)
    location = factory.SubFactory(LocationFactory)
    starts_at = datetime(2026, 3, 16, 10, 20, tzinfo=UTC)
    ends_at = factory.LazyAttribute(
        lambda o: o.starts_at + timedelta(minutes=o.minutes)
    )
    busy_starts_at = factory.SelfAttribute("starts_at")
    busy_ends_at = factory.SelfAttribute("ends_at")
    status = Status.CONFIRMED
    price = factory.SelfAttribute("visit_type.price")
    payment_policy = factory.SelfAttribute("visit_type.payment_policy")
    idempotency_key = factory.LazyFunction(uuid.uuid4)
