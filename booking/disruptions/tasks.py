"""Jobs of disruptions."""

from django.utils import timezone

from booking.disruptions import services
from booking.disruptions.queries import going_on
from booking.disruptions.services import telling


def cancel_visits(disruption_id: int) -> None:
    """A doctor is away: cancel what is booked then."""
    disruption = telling.load(disruption_id)
    if disruption is not None:
        services.carry_out(disruption=disruption, at=timezone.now())


def go_on() -> None:
    """Each minute: finish what a worker that went away left of it."""
    at = timezone.now()
    for disruption in going_on(at=at):
        services.carry_out(disruption=disruption, at=at)


def send_late(disruption_id: int) -> None:
    """A doctor runs late."""
    disruption = telling.load(disruption_id)
    if disruption is not None:
        telling.tell_late(disruption=disruption, at=timezone.now())


def send_on_time(disruption_id: int) -> None:
    """They are on time again."""
    disruption = telling.load(disruption_id)
    if disruption is not None:
        telling.tell_on_time(disruption=disruption, at=timezone.now())
