"""Setting what a location has of its own for booking."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from audit.entries.models import Category
from audit.services import record
from clinic.locations.models import Location


@transaction.atomic
def set_booking_rules(
    *,
    actor: Any,
    location: Location,
    notice_minutes: int | None,
    horizon_days: int | None,
    reminder_leads: Sequence[str] | None,
    wall_text: str,
    arrival_notes: str,
    has_waitlist: bool,
) -> None:
    """Set all of it at once. A notice (minutes) and a horizon (days) are added to what
    each visit type asks for; None asks for no more. Leads (None: each visit type's)
    take the place of those of all visits there, from the next look for reminders on.

    Visits that are booked stay, and so do offers of the waiting list that were made.
    IntegrityError beyond 30 days of notice or two years ahead.
    """
    fields = {
        "notice_minutes": notice_minutes,
        "horizon_days": horizon_days,
        "reminder_leads": None if reminder_leads is None else list(reminder_leads),
        "wall_text": wall_text,
        "arrival_notes": arrival_notes,
        "has_waitlist": has_waitlist,
    }
    row = Location.objects.select_for_update().get(pk=location.pk)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=[*fields, "updated_at"])
    record(
        actor=actor,
        verb="location.booking_rules_set",
        subject=row,
        category=Category.SETTINGS,
        # Words are the location's; the log keeps codes and numbers.
        detail={
            "notice_minutes": notice_minutes,
            "horizon_days": horizon_days,
            "reminder_leads": None
            if reminder_leads is None
            else ",".join(reminder_leads),
            "has_waitlist": has_waitlist,
        },
    )
