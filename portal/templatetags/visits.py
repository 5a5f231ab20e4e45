"""What pages of visits say that lies above their own room."""

from django import template
from django.utils import timezone

from booking.appointments.models import Appointment
from booking.moves.queries import Moving, moving

register = template.Library()


@register.simple_tag
def moving_of(visit: Appointment) -> Moving:
    """Whether a visit can be moved, what was asked for it, and its earlier times.

    A tag, because it stands on pages of the visits themselves, which moves build on.
    """
    return moving(visit, at=timezone.now())
