"""Money, for tests."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory

from billing.models import Finding, Payment, ProviderEvent, Refund
from booking.appointments.models import Status
from tests.factories.booking import AppointmentFactory

PAID_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


class PaymentFactory(factory.django.DjangoModelFactory):
    """An open payment for a held visit; `paid=True` for one that has its money."""

    class Meta:
        model = Payment

    class Params:
        paid = factory.Trait(
            appointment=factory.SubFactory(AppointmentFactory),
            status=Payment.Status.SUCCEEDED,
            received=factory.SelfAttribute("amount"),
            paid_at=PAID_AT,
            session_id=factory.Sequence(lambda n: f"cs_test_{n}"),
            intent_id=factory.Sequence(lambda n: f"pi_{n}"),
        )

    appointment = factory.SubFactory(
        AppointmentFactory,
        status=Status.HELD,
        hold_expires_at=PAID_AT + timedelta(minutes=15),
    )
    patient = factory.SelfAttribute("appointment.patient")
    amount = factory.LazyAttribute(lambda o: o.appointment.price or Decimal("65.00"))
    currency = factory.SelfAttribute("appointment.currency")
    idempotency_key = factory.LazyFunction(uuid.uuid4)
    return_path = "/portal/"
    session_expires_at = PAID_AT + timedelta(hours=1)


class RefundFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Refund

    payment = factory.SubFactory(PaymentFactory, paid=True)
    amount = factory.SelfAttribute("payment.amount")
    reason = "The visit was cancelled"
    dedupe_key = factory.LazyFunction(lambda: str(uuid.uuid4()))


class ProviderEventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProviderEvent

    provider = "stripe"
    provider_event_id = factory.Sequence(lambda n: f"evt_{n}")
    kind = "payment_intent.succeeded"
    object_id = factory.Sequence(lambda n: f"pi_event_{n}")
    is_live = False
    payment = factory.SubFactory(PaymentFactory)


class FindingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Finding

    kind = Finding.Kind.FOREIGN
    object_id = factory.Sequence(lambda n: f"pi_found_{n}")
