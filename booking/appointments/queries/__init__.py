"""Questions about appointments and the times between them."""

from booking.appointments.queries.conflicts import conflicts_of, outside_hours
from booking.appointments.queries.slots import (
    Slot,
    free_slots,
    nearest_slots,
    next_free,
    slot_at,
)
from booking.appointments.queries.terms import (
    Terms,
    cancellation_terms,
    manage_token,
    read_manage_token,
)

__all__ = [
    "Slot",
    "Terms",
    "cancellation_terms",
    "conflicts_of",
    "free_slots",
    "manage_token",
    "nearest_slots",
    "next_free",
    "outside_hours",
    "read_manage_token",
    "slot_at",
]
