"""Making and keeping appointments: every verb of the topic.

`state` holds the one function that moves an appointment; the others are sorted by who
acts: whoever books (`bookings`), who answers (`answers`), the clinic's day (`visits`),
who closes a place (`closing`), the clinic that keeps a time back (`keeping`), gives it
twice (`overbooking`) or for less (`granting`). `moving` holds what the topic `moves` is
made of.
"""

from booking.appointments.services.answers import (
    approve_request,
    confirm_paid,
    decline_request,
)
from booking.appointments.services.at_once import book_for_patient, book_instead
from booking.appointments.services.bookings import (
    extend_hold,
    hold_slot,
    hold_within,
    release_hold,
    submit_booking,
    submit_within,
)
from booking.appointments.services.closing import (
    close_unbooked_location,
    close_unbooked_room,
)
from booking.appointments.services.granting import grant_follow_up
from booking.appointments.services.keeping import (
    await_payment,
    give_back,
    keep_time,
    prolong,
)
from booking.appointments.services.looking import LOOK, SEEN, Look
from booking.appointments.services.moving import (
    disturb,
    give_doctor,
    give_time,
    hold_beside,
)
from booking.appointments.services.overbooking import overbook
from booking.appointments.services.refusals import (
    AlreadyExtended,
    Busy,
    ByPhoneOnly,
    EquipmentTaken,
    HoldExpired,
    KeyReused,
    MoveRefused,
    NewPatientsOnly,
    NothingFits,
    NotTakingPatients,
    NotThere,
    PatientBusy,
    PriceChanged,
    RoomTaken,
    RoomUnfit,
    SharedAlready,
    SlotTaken,
    VisitsBooked,
    WhyOverbooked,
)
from booking.appointments.services.rooms import (
    give_fitting,
    give_room,
    swap_rooms,
)
from booking.appointments.services.state import day_topic, locked
from booking.appointments.services.taking import offering_nearest, takes_time
from booking.appointments.services.visits import (
    cancel_appointment,
    complete_visit,
    expire_lapsed,
    mark_arrived,
    mark_missed,
    reopen_visit,
    start_consultation,
    undo_arrival,
)
from booking.appointments.services.walk_ins import book_walk_in

__all__ = [
    "LOOK",
    "SEEN",
    "AlreadyExtended",
    "Busy",
    "ByPhoneOnly",
    "EquipmentTaken",
    "HoldExpired",
    "KeyReused",
    "Look",
    "MoveRefused",
    "NewPatientsOnly",
    "NotTakingPatients",
    "NotThere",
    "NothingFits",
    "PatientBusy",
    "PriceChanged",
    "RoomTaken",
    "RoomUnfit",
    "SharedAlready",
    "SlotTaken",
    "VisitsBooked",
    "WhyOverbooked",
    "approve_request",
    "await_payment",
    "book_for_patient",
    "book_instead",
    "book_walk_in",
    "cancel_appointment",
    "close_unbooked_location",
    "close_unbooked_room",
    "complete_visit",
    "confirm_paid",
    "day_topic",
    "decline_request",
    "disturb",
    "expire_lapsed",
    "extend_hold",
    "give_back",
    "give_doctor",
    "give_fitting",
    "give_room",
    "give_time",
    "grant_follow_up",
    "hold_beside",
    "hold_slot",
    "hold_within",
    "keep_time",
    "locked",
    "mark_arrived",
    "mark_missed",
    "offering_nearest",
    "overbook",
    "prolong",
    "release_hold",
    "reopen_visit",
    "start_consultation",
    "submit_booking",
    "submit_within",
    "swap_rooms",
    "takes_time",
    "undo_arrival",
]
