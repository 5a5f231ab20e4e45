"""The two ways to a visit: from the portal, and by the link in a message."""

from dataclasses import dataclass

from django.urls import reverse

from booking.appointments.models import Appointment


@dataclass(frozen=True)
class Way:
    """By which addresses somebody came to a visit: `here` is its own page."""

    visit: Appointment
    here: str
    times: str
    check: str
    is_link: bool = False


def portal_way(visit: Appointment) -> Way:
    """Of who is signed in."""

    def page(name: str) -> str:
        return reverse(f"booking:{name}", args=[visit.public_id])

    return Way(
        visit,
        here=page("appointment"),
        times=page("appointment_move"),
        check=page("appointment_move_check"),
    )


def link_way(visit: Appointment, signed: str) -> Way:
    """Of who has the link from a message."""

    def page(name: str) -> str:
        return reverse(f"booking:{name}", args=[signed])

    return Way(
        visit,
        here=page("manage"),
        times=page("manage_move"),
        check=page("manage_move_check"),
        is_link=True,
    )
