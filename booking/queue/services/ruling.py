"""Setting the clinic's rules of the day."""

from typing import Any

from django.db import transaction

from audit.entries.models import Category
from audit.services import record
from booking.queue.models import QueueRules


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
    rule, _ = QueueRules.objects.update_or_create(pk=1, defaults=fields)
    record(
        actor=actor,
        verb="queue.rules_set",
        subject=rule,
        category=Category.SETTINGS,
        detail={**fields},
    )
    return rule
