"""Setting the rules of the day, of the clinic and of a location."""

from typing import Any

from django.db import transaction

from audit.entries.models import Category
from audit.services import record
from booking.queue.models import QueueRules
from clinic.locations.models import Location


@transaction.atomic
def set_rules(
    *,
    actor: Any,
    opens_minutes: int,
    missed_minutes: int,
    back_minutes: int,
    marks_missed: bool,
) -> QueueRules:
    """How early one checks in, when a visit counts as missed and whether by itself, and
    for how long "Done" is taken back without a reason; in minutes. IntegrityError
    beyond what the table allows."""
    fields = {
        "opens_minutes": opens_minutes,
        "missed_minutes": missed_minutes,
        "back_minutes": back_minutes,
        "marks_missed": marks_missed,
    }
    rule, _ = QueueRules.objects.update_or_create(location=None, defaults=fields)
    record(
        actor=actor,
        verb="queue.rules_set",
        subject=rule,
        category=Category.SETTINGS,
        detail={**fields},
    )
    return rule


@transaction.atomic
def set_place_rules(
    *,
    actor: Any,
    location: Location,
    opens_minutes: int | None,
    missed_minutes: int | None,
    back_minutes: int | None,
    marks_missed: bool | None,
) -> None:
    """What the location has of its own, in minutes; None is the clinic's, whatever that
    is or becomes. IntegrityError beyond what the table allows."""
    fields = {
        "opens_minutes": opens_minutes,
        "missed_minutes": missed_minutes,
        "back_minutes": back_minutes,
        "marks_missed": marks_missed,
    }
    if all(value is None for value in fields.values()):
        QueueRules.objects.filter(location=location).delete()
    else:
        QueueRules.objects.update_or_create(location=location, defaults=fields)
    record(
        actor=actor,
        verb="queue.place_rules_set",
        subject=location,
        category=Category.SETTINGS,
        detail={**fields},
    )
