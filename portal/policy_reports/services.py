"""Keeping what browsers report."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from portal.policy_reports.models import PolicyReport

# Kinds of reports a day: whoever makes them up fills no disk.
MOST_A_DAY = 500


@dataclass(frozen=True)
class Seen:
    """One thing that a browser refused: on which kind of page, by which rule, from
    where."""

    page: str
    directive: str
    blocked: str


@transaction.atomic
def note_reports(*, reports: list[Seen], at: datetime) -> None:
    """Count what was seen. New kinds beyond MOST_A_DAY are dropped."""
    for seen in reports:
        what = {
            "day": at.date(),
            "page": seen.page,
            "directive": seen.directive,
            "blocked": seen.blocked,
        }
        rows = PolicyReport.objects.filter(**what)
        if rows.update(count=F("count") + 1, last_at=at):
            continue
        if PolicyReport.objects.filter(day=at.date()).count() < MOST_A_DAY:
            PolicyReport.objects.get_or_create(**what, defaults={"last_at": at})
