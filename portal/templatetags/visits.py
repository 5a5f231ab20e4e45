"""What pages of visits say that lies above their own room."""

from datetime import timedelta

from django import template
from django.utils import timezone

from booking.appointments.models import Appointment
from booking.moves.queries import Moving, moving
from booking.queue.queries import Standing, standing_of
from portal.sockets.addresses import address_of

register = template.Library()


@register.simple_tag
def moving_of(visit: Appointment) -> Moving:
    """Whether a visit can be moved, what was asked for it, and its earlier times.

    A tag, because it stands on pages of the visits themselves, which moves build on.
    """
    return moving(visit, at=timezone.now())


@register.simple_tag
def here_of(visit: Appointment) -> Standing | None:
    """Whether one can check in to a visit, and when it is one's turn; a tag for the
    same reason. Nothing on any other day."""
    at = timezone.now()
    is_near = abs(visit.starts_at - at) < timedelta(days=1)
    return standing_of(visit, at=at) if is_near else None


@register.simple_tag
def socket_url(kind: str, key: object = "") -> str:
    """Where a live part of a page listens for changes; "" where there are no sockets,
    and it asks from time to time instead."""
    return address_of(kind, str(key))
