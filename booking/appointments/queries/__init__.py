"""Questions about appointments and the times between them."""

from booking.appointments.queries.acquaintance import doctors_seen, has_first_visit
from booking.appointments.queries.clocks import agreed_start, is_off_clock
from booking.appointments.queries.conflicts import (
    booked_at,
    booked_in,
    conflict_ids,
    conflicts_of,
    outside_hours,
    outside_ids,
)
from booking.appointments.queries.finding import (
    find_booking,
    is_cancellable,
    is_completed_today,
    reason_of_clinic,
)
from booking.appointments.queries.fits import Fit
from booking.appointments.queries.fitting import fit_of, fits_at
from booking.appointments.queries.follow_ups import (
    FollowUp,
    follow_ups_open,
    full_price_of,
    last_day_of,
    leaves_window,
    priced_for,
    show_price,
    why_stays,
)
from booking.appointments.queries.granting import (
    Grant,
    fields_of_grant,
    grant_of,
    grant_once_paid,
)
from booking.appointments.queries.ics import calendar_file
from booking.appointments.queries.loads import Loads, loads_of
from booking.appointments.queries.misfits import (
    Names,
    against,
    entry_into,
    misfits_at,
    stay_of,
)
from booking.appointments.queries.moments import (
    fit_beside,
    fit_exactly,
    fit_in,
    fit_instead,
    free_instead,
    is_free_at,
    is_full_day,
)
from booking.appointments.queries.money import Money, money_of
from booking.appointments.queries.obstacles import (
    Way,
    obstacles,
    room_obstacles,
)
from booking.appointments.queries.pools import lockable
from booking.appointments.queries.sharing import shared_ids, sharing, taken_times
from booking.appointments.queries.slots import (
    Slot,
    fit_at,
    free_slots,
    nearest_slots,
    next_free,
    slot_at,
)
from booking.appointments.queries.terms import (
    Link,
    Terms,
    bound_after_move,
    cancellation_terms,
    late_fee,
    leads_to_come,
    manage_token,
    missed_fee,
    missed_terms,
    read_manage_token,
    terms_after_move,
)

__all__ = [
    "Fit",
    "FollowUp",
    "Grant",
    "Link",
    "Loads",
    "Money",
    "Names",
    "Slot",
    "Terms",
    "Way",
    "against",
    "agreed_start",
    "booked_at",
    "booked_in",
    "bound_after_move",
    "calendar_file",
    "cancellation_terms",
    "conflict_ids",
    "conflicts_of",
    "doctors_seen",
    "entry_into",
    "fields_of_grant",
    "find_booking",
    "fit_at",
    "fit_beside",
    "fit_exactly",
    "fit_in",
    "fit_instead",
    "fit_of",
    "fits_at",
    "follow_ups_open",
    "free_instead",
    "free_slots",
    "full_price_of",
    "grant_of",
    "grant_once_paid",
    "has_first_visit",
    "is_cancellable",
    "is_completed_today",
    "is_free_at",
    "is_full_day",
    "is_off_clock",
    "last_day_of",
    "late_fee",
    "leads_to_come",
    "leaves_window",
    "loads_of",
    "lockable",
    "manage_token",
    "misfits_at",
    "missed_fee",
    "missed_terms",
    "money_of",
    "nearest_slots",
    "next_free",
    "obstacles",
    "outside_hours",
    "outside_ids",
    "priced_for",
    "read_manage_token",
    "reason_of_clinic",
    "room_obstacles",
    "shared_ids",
    "sharing",
    "show_price",
    "slot_at",
    "stay_of",
    "taken_times",
    "terms_after_move",
    "why_stays",
]
