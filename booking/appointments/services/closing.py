"""Closing a location or a room where nobody is booked."""

from datetime import datetime

from django.db import transaction

from accounts.users.models import User
from booking.appointments.queries import booked_at, booked_in
from booking.appointments.services.refusals import VisitsBooked
from booking.availability.services import lock_calendars
from clinic.locations.models import Location
from clinic.locations.services import close_location
from clinic.resources.models import Room
from clinic.resources.services import close_room
from clinic.visit_types.models import Offering


@transaction.atomic
def close_unbooked_location(*, actor: User, location: Location, at: datetime) -> None:
    """Close the location, unless a visit or a held time is still to come there.

    Locks the calendars of everybody who can be booked there: a booking is either seen
    here, or finds the location closed. Raises VisitsBooked.
    """
    offered = Offering.objects.filter(location=location, is_active=True)
    lock_calendars(doctor_ids=set(offered.values_list("doctor_id", flat=True)))
    if booked_at(location, at=at).exists():
        raise VisitsBooked
    close_location(actor=actor, location=location)


@transaction.atomic
def close_unbooked_room(*, actor: User, room: Room, at: datetime) -> None:
    """Close the room, unless a visit or a held time is still to come in it.

    Locks the room's calendar: a booking is either seen here, or finds the room closed.
    Raises VisitsBooked, StillOffered.
    """
    lock_calendars(room_ids=[room.pk])
    count = booked_in(room, at=at).count()
    if count:
        visits = "1 visit is" if count == 1 else f"{count} visits are"
        raise VisitsBooked(f"{visits} booked in {room.name}. It can be closed after.")
    close_room(actor=actor, room=room)
