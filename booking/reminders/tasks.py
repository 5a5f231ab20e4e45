"""The minute's job of reminders."""

from django.utils import timezone

from booking.reminders import services


def send_due_reminders() -> None:
    """Find, claim and send what is due now. Missed minutes are caught up with."""
    services.send_due_reminders(at=timezone.now())


def withdraw_reminders(appointment_id: int) -> None:
    """A visit was cancelled: what still waits to be sent stays here."""
    services.withdraw_reminders(appointment_id=appointment_id)
