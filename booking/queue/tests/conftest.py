"""Ann is booked with Dr Calloway at half past nine today, in Room 1."""

from datetime import timedelta

import pytest

from booking.conftest import NOW
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import OfferingFactory, RoomFactory


@pytest.fixture
def room(practice):
    return RoomFactory(location=practice.location, name="Room 1")


@pytest.fixture
def offering(practice, calloway, room):
    """Half an hour with Dr Calloway, paid at the clinic."""
    return OfferingFactory(
        doctor=calloway,
        location=practice.location,
        room=room,
        visit_type=practice.kind("at_clinic"),
    )


@pytest.fixture
def make_visit(offering, ann):
    """A visit of today; of Ann's, now, unless told more."""

    def make(minutes=0, **fields):
        return AppointmentFactory(
            **{
                "offering": offering,
                "patient": ann.patient,
                "starts_at": NOW + timedelta(minutes=minutes),
                **fields,
            }
        )

    return make


@pytest.fixture
def visit(make_visit):
    return make_visit(reference="K7Q-2MX")
