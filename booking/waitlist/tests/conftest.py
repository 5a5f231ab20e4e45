"""A doctor with a full morning, and people who wait."""

from datetime import UTC, datetime

import pytest

from booking.appointments.models import Party
from booking.appointments.services import cancel_appointment
from booking.models import FreedTime, Offer
from booking.waitlist.services import sweep_waitlist
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.waitlist import WaitlistEntryFactory

# A Thursday morning; Monday's visit is four days off.
NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
MONDAY = datetime(2026, 3, 16, 10, tzinfo=UTC)


class List:
    """One doctor's list: `waits` puts somebody on it, `free` frees a time."""

    def __init__(self):
        self.offering = open_offering(
            visit_type__duration_minutes=30,
            visit_type__payment_policy="FREE",
            visit_type__price=0,
            visit_type__booking_policy="INSTANT",
            visit_type__minimum_notice_minutes=60,
        )

    def waits(self, patient=None, **fields):
        fields.setdefault("offering", self.offering)
        return WaitlistEntryFactory(patient=patient or PatientFactory(), **fields)

    def book(self, starts_at=MONDAY, patient=None, offering=None, **fields):
        return AppointmentFactory(
            offering=offering or self.offering,
            starts_at=starts_at,
            patient=patient or PatientFactory(),
            **fields,
        )

    def free(self, starts_at=MONDAY, *, at=NOW, **fields):
        """A visit is booked and cancelled; the sweep looks. The freed time."""
        visit = self.book(starts_at, **fields)
        self.cancel(visit, at=at)
        sweep_waitlist(at=at)
        return FreedTime.objects.get(appointment=visit)

    def cancel(self, visit, *, at=NOW):
        cancel_appointment(
            actor=None, appointment=visit, reason="", by=Party.PATIENT, at=at
        )


@pytest.fixture
def line(db):
    return List()


@pytest.fixture
def open_offers():
    """open_offers(): to which entries there are open offers, in order."""

    def entries():
        rows = Offer.objects.filter(status="OPEN").order_by("pk")
        return [offer.entry for offer in rows.select_related("entry")]

    return entries


@pytest.fixture
def paid_first(line):
    kind = line.offering.visit_type
    kind.payment_policy, kind.price, kind.payment_deadline_hours = "BEFORE", 65, 3
    kind.save()
    line.offering.refresh_from_db()
    return line
