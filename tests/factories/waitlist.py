"""The waiting list, for tests."""

from datetime import UTC, datetime, timedelta

import factory

from booking.models import FreedTime, Offer, WaitlistEntry
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import DoctorFactory, OfferingFactory, VisitTypeFactory

JOINED = datetime(2026, 3, 3, 9, tzinfo=UTC)


class WaitlistEntryFactory(factory.django.DjangoModelFactory):
    """Waits for a doctor, whenever; with `offering` for what that is of."""

    class Meta:
        model = WaitlistEntry

    class Params:
        offering = None

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
    # The first made has waited longest.
    joined_at = factory.Sequence(lambda n: JOINED + timedelta(seconds=n))


class FreedTimeFactory(factory.django.DjangoModelFactory):
    """What a cancelled visit gave up."""

    class Meta:
        model = FreedTime

    class Params:
        offering = factory.SubFactory(OfferingFactory)

    appointment = factory.SubFactory(
        AppointmentFactory,
        offering=factory.SelfAttribute("..offering"),
        status="CANCELLED",
    )
    doctor = factory.SelfAttribute("appointment.doctor")
    location = factory.SelfAttribute("appointment.location")
    starts_at = factory.SelfAttribute("appointment.starts_at")
    ends_at = factory.SelfAttribute("appointment.ends_at")
    found_at = JOINED


class OfferFactory(factory.django.DjangoModelFactory):
    """An open offer of a freed time, as if the sweep had just made it."""

    class Meta:
        model = Offer

    class Params:
        offering_of = factory.SubFactory(OfferingFactory)

    freed = factory.SubFactory(
        FreedTimeFactory, offering=factory.SelfAttribute("..offering_of")
    )
    entry = factory.SubFactory(
        WaitlistEntryFactory, offering=factory.SelfAttribute("..offering_of")
    )
    offering = factory.SelfAttribute("offering_of")
    why = "Waiting since 3 March 2026."
    offered_at = JOINED
    expires_at = JOINED + timedelta(minutes=30)
