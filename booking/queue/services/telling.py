"""Telling a patient that the doctor is ready."""

from datetime import datetime, timedelta

from booking.appointments.models import Status
from booking.appointments.services.telling import patient_message
from booking.queue.models import Turn
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify_many

# Later they have been fetched, or have asked.
HELPS = timedelta(minutes=10)


def tell_called(*, turn_id: int, at: datetime) -> None:
    """Please come in, and where: by text to who wants texts, and on their page. Nothing
    to whoever is in already, or has been taken back. Two calls are two messages."""
    rows = Turn.objects.select_related(
        "appointment__patient__user",
        "appointment__doctor__user",
        "appointment__visit_type",
        "appointment__location",
        "appointment__room",
    )
    turn = rows.filter(pk=turn_id, called_at__isnull=False).first()
    if turn is None or turn.called_at is None:
        return
    visit = turn.appointment
    if visit.status != Status.ARRIVED or turn.called_at + HELPS <= at:
        return
    message = patient_message(
        visit,
        "turn_called",
        at=at,
        key=f"turn:{turn.pk}:{turn.called_at.timestamp():.0f}",
        # Whom texts bother has turned them off.
        kind=Kind.REMINDER,
        expires_at=turn.called_at + HELPS,
        words={"number": turn.number, "room": visit.room.name if visit.room else ""},
    )
    notify_many([message], at=at)
