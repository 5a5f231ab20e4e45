"""What a location's visits would be asked for without rules of its own."""

from dataclasses import dataclass

from clinic.locations.models import Location, ReminderLead
from clinic.visit_types.models import VisitType
from foundation.formats import duration, join_words, plural


@dataclass(frozen=True)
class Usual:
    """In words, what the visit types on offer there say: notice, horizon, reminders."""

    notice: str
    horizon: str
    reminders: str


def usual_at(location: Location) -> Usual:
    """One query."""
    offered = VisitType.objects.filter(
        is_active=True, offerings__location=location, offerings__is_active=True
    )
    kinds = list(offered.distinct())
    notices = [kind.minimum_notice_minutes for kind in kinds]
    days = [kind.horizon_days for kind in kinds]
    leads = {tuple(sorted(kind.reminder_leads)) for kind in kinds}
    return Usual(
        notice=_range([_notice(min(notices)), _notice(max(notices))] if kinds else []),
        horizon=_range(
            [plural(min(days), "day"), plural(max(days), "day")] if kinds else []
        ),
        reminders=lead_words(leads.pop()) if len(leads) == 1 else "each its own",
    )


def _notice(minutes: int) -> str:
    return duration(minutes) if minutes else "none"


def _range(ends: list[str]) -> str:
    return " to ".join(dict.fromkeys(ends)) or "nothing is on offer here yet"


def lead_words(leads: tuple[str, ...]) -> str:
    """ "24 hours before and 2 hours before", or "none"."""
    known = [lead for lead in ReminderLead if lead in leads]
    return join_words([str(lead.label).lower() for lead in known]) or "none"
