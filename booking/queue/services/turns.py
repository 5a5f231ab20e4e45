"""Giving somebody a number."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from booking.appointments.models import Appointment
from booking.queue.models import Turn
from booking.queue.services.refusals import NotNow
from foundation.formats import local

# Without letters that are mistaken for digits or for each other across a hall.
_LETTERS = "ACDEFHJKLMNPRTUVWXY"
_TRIES = 10


def give_turn(
    appointment: Appointment, *, via: str, at: datetime, is_walk_in: bool = False
) -> Turn:
    """A number that nobody has at the place today. The caller has the visit locked."""
    zone = appointment.location.time_zone
    turn = Turn(
        appointment=appointment,
        location_id=appointment.location_id,
        day=local(at, zone).date(),
        via=via,
        is_walk_in=is_walk_in,
        checked_in_at=at,
    )
    for _ in range(_TRIES):
        turn.number = f"{secrets.choice(_LETTERS)}{secrets.randbelow(90) + 10}"
        try:
            with transaction.atomic():
                turn.save(force_insert=True)
        except IntegrityError:
            continue
        return turn
    # 1,710 numbers a day and place: ten clashes in a row mean that they are used up.
    raise NotNow("All numbers of today are given out. Ask at the front desk.")
