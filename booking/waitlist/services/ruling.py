"""Setting the clinic's rules of the waiting list."""

from typing import Any

from django.db import transaction

from audit.entries.models import Category
from audit.services import record
from booking.waitlist.models import WaitlistRules


@transaction.atomic
def set_rules(*, actor: Any, offer_minutes: int, offers_at_once: int) -> WaitlistRules:
    """How long an offer can be answered (10 to 1440 minutes), and how many are asked at
    once (1 to 20). Offers that were made stay as they are. IntegrityError beyond."""
    rules, _ = WaitlistRules.objects.update_or_create(
        pk=1,
        defaults={"offer_minutes": offer_minutes, "offers_at_once": offers_at_once},
    )
    record(
        actor=actor,
        verb="waitlist.rules_set",
        subject=rules,
        category=Category.SETTINGS,
        detail={"minutes": offer_minutes, "at_once": offers_at_once},
    )
    return rules
