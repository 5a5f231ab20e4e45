"""Telling patients and doctors what became of an appointment.

Jobs call these, minutes after the fact perhaps, and perhaps twice: each looks at what
is true now, and the message's key makes it one message.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from booking.appointments.models import LIVE, Appointment, Status, StatusChange
from booking.appointments.queries import manage_token
from booking.appointments.queries.ics import calendar_file
from booking.appointments.queries.words import message_words, staff_words
from clinic.identity.queries import current
from notifications.channels.base import Attachment
from notifications.deliveries.models import Kind
from notifications.deliveries.services import Message, notify_many
from notifications.preferences.models import Channel
from notifications.preferences.queries import (
    recipient_for_patient,
    recipient_for_user,
)

# A visit so near must be known to be off at night too.
URGENT = timedelta(hours=12)
IN_PORTAL = (Channel.IN_APP,)
BY_MAIL_TOO = (Channel.IN_APP, Channel.EMAIL)


def load(appointment_id: int) -> Appointment | None:
    """The appointment with all that its messages speak of; None if it is gone."""
    rows = Appointment.objects.select_related(
        "patient__user", "doctor__user", "visit_type", "location"
    )
    return rows.filter(pk=appointment_id).first()


def patient_message(
    appointment: Appointment,
    event: str,
    *,
    at: datetime,
    key: str = "",
    kind: str = Kind.NEWS,
    expires_at: datetime | None = None,
    attachments: tuple[Attachment, ...] = (),
    words: Mapping[str, str] | None = None,
    link: str = "",
) -> Message:
    """One message to the patient, with the link by which the visit can be seen, moved
    or cancelled without signing in, or another `link`. `words` are more than
    `message_words` says."""
    assert appointment.patient is not None  # noqa: S101
    return Message(
        event=event,
        recipient=recipient_for_patient(appointment.patient),
        context={**message_words(appointment, at=at), **(words or {})},
        dedupe_key=key or f"appointment:{appointment.pk}:{event}",
        kind=kind,
        attachments=attachments,
        expires_at=expires_at,
        link=link or manage_path(appointment),
    )


def manage_path(appointment: Appointment) -> str:
    """The signed address of the visit, as a path of this site."""
    return reverse("booking:manage", args=[manage_token(appointment)])


def doctor_message(
    appointment: Appointment,
    event: str,
    channels: tuple[str, ...],
    *,
    key: str = "",
    words: Mapping[str, str] | None = None,
) -> list[Message]:
    """One message to the doctor; none to those who cannot sign in. `words` are more
    than `staff_words` says."""
    user = appointment.doctor.user
    if user is None or not user.is_active:
        return []
    message = Message(
        event=event,
        recipient=recipient_for_user(user),
        context={**staff_words(appointment), **(words or {})},
        dedupe_key=key or f"appointment:{appointment.pk}:{event}",
        channels=channels,
        link=reverse("workspace:appointment", args=[appointment.public_id]),
    )
    return [message]


def invitation(appointment: Appointment, at: datetime) -> tuple[Attachment, ...]:
    """The visit for the patient's calendar; a cancelled one takes it out again."""
    patient, clinic = appointment.patient, current()
    email = patient.email if patient else ""
    if not email:
        return ()
    content = calendar_file(
        appointment,
        clinic_name=clinic.name,
        url=f"{settings.SITE_URL}{manage_path(appointment)}",
        host=urlsplit(settings.SITE_URL).netloc,
        at=at,
        organizer=clinic.email or settings.DEFAULT_FROM_EMAIL,
        attendee=email,
    )
    method = "REQUEST" if appointment.status in LIVE else "CANCEL"
    attachment = Attachment(
        name="visit.ics",
        content_type=f"text/calendar; method={method}; charset=utf-8",
        content=content.decode(),
    )
    return (attachment,)


def tell_requested(*, appointment: Appointment, at: datetime) -> None:
    """The patient: we have asked. The doctor: please answer."""
    if appointment.status != Status.REQUESTED:
        return
    notify_many(
        [
            patient_message(appointment, "appointment_requested", at=at),
            *doctor_message(appointment, "doctor_requested", BY_MAIL_TOO),
        ],
        at=at,
    )


def tell_approved(*, appointment: Appointment, at: datetime) -> None:
    """The patient: pay until then, and it is yours."""
    expires_at = appointment.hold_expires_at
    if appointment.status != Status.HELD or expires_at is None or expires_at <= at:
        return
    message = patient_message(
        appointment, "appointment_approved", at=at, expires_at=expires_at
    )
    notify_many([message], at=at)


def tell_declined(*, appointment: Appointment, at: datetime) -> None:
    """The patient: not this time. The doctor's reason stays on the visit's page."""
    if appointment.status != Status.DECLINED:
        return
    notify_many([patient_message(appointment, "appointment_declined", at=at)], at=at)


def tell_confirmed(*, appointment: Appointment, at: datetime) -> None:
    """The patient: it is booked, with an entry for the calendar. The doctor: new."""
    if appointment.status != Status.CONFIRMED:
        return
    entry = invitation(appointment, at)
    notify_many(
        [
            patient_message(
                appointment, "appointment_confirmed", at=at, attachments=entry
            ),
            *doctor_message(appointment, "doctor_booked", IN_PORTAL),
        ],
        at=at,
    )


def tell_cancelled(*, appointment: Appointment, at: datetime) -> None:
    """The patient: it is off, and what happens to the money. The doctor, unless it
    was they who cancelled."""
    if appointment.status != Status.CANCELLED or appointment.patient is None:
        return
    is_near = appointment.starts_at - at < URGENT
    messages = [
        patient_message(
            appointment,
            "appointment_cancelled",
            at=at,
            kind=Kind.URGENT if is_near else Kind.NEWS,
            attachments=invitation(appointment, at),
        )
    ]
    last = _last_change(appointment, Status.CANCELLED)
    was_known = last is not None and last.from_status != Status.HELD
    if was_known and last and last.actor_id != appointment.doctor.user_id:
        messages += doctor_message(appointment, "doctor_cancelled", BY_MAIL_TOO)
    notify_many(messages, at=at)


def tell_expired(*, appointment: Appointment, at: datetime) -> None:
    """The patient: nobody answered, or nothing was paid, and the time is free again.
    Nobody where nobody was named yet."""
    if appointment.status != Status.EXPIRED or appointment.patient is None:
        return
    last = _last_change(appointment, Status.EXPIRED)
    was_request = last is not None and last.from_status == Status.REQUESTED
    event = "appointment_unanswered" if was_request else "appointment_unpaid"
    notify_many([patient_message(appointment, event, at=at)], at=at)


def _last_change(appointment: Appointment, to: str) -> StatusChange | None:
    changes = appointment.status_changes.filter(to_status=to)
    return changes.order_by("-at", "-pk").first()
