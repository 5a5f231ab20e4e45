"""Telling patients that there is something to fill in before a visit."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from booking.appointments.models import Appointment, Status
from booking.appointments.services import telling
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.services import Message, notify_many
from records.responses.queries import open_forms

EVENT = "forms_asked"
# The second message comes on the day before, and never when the first has just gone.
REMIND_WITHIN = timedelta(hours=30)
STILL_HELPS = timedelta(hours=2)
APART = timedelta(hours=20)


def send_asked(appointment_id: int) -> None:
    """A visit is booked: what there is to fill in."""
    visit = telling.load(appointment_id)
    if visit is None or visit.status != Status.CONFIRMED:
        return
    _tell([visit], first=True, at=timezone.now())


def remind() -> None:
    """Each quarter of an hour: who comes within a day and has not filled in everything.
    Found anew each time; the key of the message makes it one."""
    at = timezone.now()
    rows = Appointment.objects.filter(
        status=Status.CONFIRMED,
        starts_at__gt=at + STILL_HELPS,
        starts_at__lte=at + REMIND_WITHIN,
        confirmed_at__lt=at - APART,
        visit_type__questionnaires__status="ACTIVE",
    ).select_related("patient__user", "doctor__user", "visit_type", "location")
    _tell(list(rows.distinct()), first=False, at=at)


def _tell(visits: Iterable[Appointment], *, first: bool, at: datetime) -> None:
    keys = {_key(visit, first=first): visit for visit in visits}
    # Who was told is not asked about again at every quarter of an hour.
    rows = Delivery.objects.filter(dedupe_key__in=keys)
    told = set(rows.values_list("dedupe_key", flat=True))
    found = [visit for key, visit in keys.items() if key not in told]
    wanted = open_forms(found)
    messages = [
        _message(visit, first=first, at=at) for visit in found if visit.pk in wanted
    ]
    notify_many(messages, at=at)


def _key(visit: Appointment, *, first: bool) -> str:
    """Of the message about one visit, and before it about one time of it."""
    what = "booked" if first else f"soon:{int(visit.starts_at.timestamp())}"
    return f"forms:{visit.pk}:{what}"


def _message(visit: Appointment, *, first: bool, at: datetime) -> Message:
    """The names of forms stay out of it: they say why somebody comes."""
    patient = visit.patient
    is_guest = patient is not None and patient.user_id is None
    # Who has no account proves their address by the visit's own page first.
    path = reverse("records:visit_forms", args=[visit.public_id])
    return telling.patient_message(
        visit,
        EVENT,
        at=at,
        key=_key(visit, first=first),
        kind=Kind.NEWS if first else Kind.REMINDER,
        expires_at=visit.starts_at,
        words={"is_guest": "yes" if is_guest else ""},
        link=telling.manage_path(visit) if is_guest else path,
    )
