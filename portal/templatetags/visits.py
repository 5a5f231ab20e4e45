"""What pages of visits say that lies above their own room."""

from collections.abc import Sequence
from datetime import timedelta

from django import template
from django.urls import reverse
from django.utils import timezone

from accounts.patients.models import Patient
from booking.alternatives.queries import may_choose
from booking.appointments.models import Appointment
from booking.appointments.queries import manage_token
from booking.disruptions.queries import delay_of
from booking.moves.queries import Moving, moving
from booking.openings.queries import Opening
from booking.queue.queries import Standing, standing_of
from booking.strays.models import StrayDecision
from booking.strays.queries import asked_to_choose
from booking.suggestions.queries import Told, suggestions, tell
from portal.sockets.addresses import address_of
from records.responses.queries import VisitForm, forms_of_visit, open_forms

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
def forms_of(visit: Appointment) -> list[VisitForm]:
    """The forms before a visit, and how each stands; a tag for the same reason."""
    return forms_of_visit(visit)


@register.simple_tag
def forms_wait(visit: Appointment) -> bool:
    """Whether something is still to be filled in, for the page that a signed link
    opens: that there is, never what."""
    return bool(open_forms([visit]))


@register.simple_tag
def socket_url(kind: str, key: object = "") -> str:
    """Where a live part of a page listens for changes; "" where there are no sockets,
    and it asks from time to time instead."""
    return address_of(kind, str(key))


@register.simple_tag
def asked_of(visit: Appointment) -> StrayDecision | None:
    """The clinic's wish that the patient choose another time, where there is one."""
    return asked_to_choose(visit)


@register.simple_tag
def suggested_times(
    found: Sequence[Opening], patient: Patient | None, besides: int | None = None
) -> Told:
    """The free times that suit best, in front of all, also for the visit with the key
    `besides`, which would move; a tag, because the rooms of the picker lie below what
    is known of wishes."""
    return tell(suggestions(found, patient, at=timezone.now(), besides=besides))


@register.simple_tag
def instead_of(visit: Appointment) -> str:
    """Where another time is chosen instead of a visit that the clinic cancelled, or
    what was chosen is seen; empty for any other visit."""
    if not may_choose(visit):
        return ""
    return reverse("booking:manage_instead", args=[manage_token(visit)])


@register.inclusion_tag("booking/disruptions/_late.html")
def late_note(visit: Appointment) -> dict[str, object]:
    """That a doctor runs late, on the page of a visit that is still to come."""
    delay = delay_of(visit, at=timezone.now())
    minutes = delay.minutes if delay is not None else None
    if minutes is None:
        return {}
    return {
        "visit": visit,
        "minutes": minutes,
        "seen_about": visit.starts_at + timedelta(minutes=minutes),
    }
