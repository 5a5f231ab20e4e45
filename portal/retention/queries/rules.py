"""What is kept how long, by which law: the one table of retention.

`docs/retention.md` is printed from it (`make permissions`), `apply_retention` carries
it out every night, and a test makes something overdue for every line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import Device, RememberedDevice, Reset, Session
from audit.seals.services import months_to_retire
from booking.drafts.services.answers import KEPT as DRAFT_KEPT
from booking.models import Draft, ImportedCalendar
from portal.erasures.queries import CHILD_UNTIL
from portal.exports.models import Export
from portal.exports.queries import outdated
from portal.guest_links.models import GuestLink
from portal.limits.models import Tally
from portal.merges.models import UNDO_WITHIN
from portal.policy_reports.models import PolicyReport
from portal.retention.queries.overdue import (
    A_YEAR,
    closed,
    freed,
    holds,
    merges,
    messages,
    payments,
    records,
    reviews,
    waited,
)
from records.uploads.queries import overdue as overdue_uploads

AN_HOUR = timedelta(hours=1)
REMEMBERED = timedelta(days=1)
REPORTS = timedelta(days=90)


@dataclass(frozen=True)
class Rule:
    """One class of data. `overdue(at)` are the rows, or names, that should be gone.

    `by` names the job or command that disposes of them where the nightly one does not.
    """

    key: str
    data: str
    period: Callable[[], str]
    source: str
    fate: str
    overdue: Callable[[datetime], Any]
    by: str = ""

    def count(self, at: datetime) -> int:
        """How many are overdue."""
        found = self.overdue(at)
        return found.count() if isinstance(found, QuerySet) else len(found)


RULES = (
    Rule(
        "records",
        "Documents, prescriptions, reasons of visits",
        lambda: (
            f"{settings.RECORDS_KEEP_YEARS} years after the last of them; of "
            f"children until they are {CHILD_UNTIL}"
        ),
        "NHS Records Management Code of Practice, appendix II; GDPR 5(1)(e), 9(2)(h)",
        "files shredded with their keys, rows deleted, reasons emptied",
        records,
    ),
    Rule(
        "closed records",
        "What is kept of somebody who was erased",
        lambda: "until the day that was said to them",
        "GDPR 17(3)(b) and 18",
        "shredded with its keys",
        closed,
    ),
    Rule(
        "payments",
        "Payments, refunds, the provider's events, findings",
        lambda: f"{settings.MONEY_KEEP_YEARS} years after the end of their year",
        "UK Companies Act 2006 s. 388, Finance Act 1998 sch. 18",
        "deleted",
        payments,
    ),
    Rule(
        "access log",
        "Who saw or changed what",
        lambda: f"{settings.AUDIT_KEEP_YEARS} years",
        "45 CFR 164.316(b)(2): six years at least",
        "months taken out of the chain, their seals stay",
        lambda at: months_to_retire(at=at),
        by="`manage.py retire_audit --yes`, by the owner of the tables",
    ),
    Rule(
        "messages",
        "Messages that were sent, or failed",
        lambda: "a year",
        "GDPR 5(1)(e): what was said stands in the record",
        "deleted",
        messages,
    ),
    Rule(
        "devices",
        "Browsers that were signed in with",
        lambda: "a year after they were last seen",
        "GDPR 5(1)(e)",
        "deleted",
        lambda at: Device.objects.filter(last_seen_at__lte=at - A_YEAR),
    ),
    Rule(
        "remembered",
        "Browsers that are not asked for the second step",
        lambda: "30 days",
        "NIST SP 800-63B-4",
        "deleted",
        lambda at: RememberedDevice.objects.filter(expires_at__lte=at),
    ),
    Rule(
        "resets",
        "New beginnings after a lost second step",
        lambda: "a year after they end",
        "GDPR 5(1)(e), 32",
        "deleted",
        lambda at: Reset.objects.filter(expires_at__lte=at - A_YEAR),
    ),
    Rule(
        "sessions",
        "Where somebody is signed in",
        lambda: "a day after it is over",
        "GDPR 5(1)(e), 32",
        "deleted",
        lambda at: Session.objects.filter(expires_at__lt=at - REMEMBERED),
        by="`accounts.sessions.tasks.sweep_sessions`, every hour",
    ),
    Rule(
        "drafts",
        "Bookings that were begun",
        lambda: "a day after the last change",
        "GDPR 5(1)(e)",
        "deleted",
        lambda at: Draft.objects.filter(updated_at__lte=at - DRAFT_KEPT),
        by="`booking.drafts.tasks.sweep_drafts`, every hour",
    ),
    Rule(
        "holds",
        "Times that were held by nobody we know",
        lambda: "30 days",
        "GDPR 5(1)(e)",
        "deleted",
        holds,
    ),
    Rule(
        "uploads",
        "Files on their way that nobody goes on sending",
        lambda: "a day",
        "GDPR 5(1)(e), 32",
        "shredded with their keys",
        overdue_uploads,
        by="`records.uploads.tasks.sweep_uploads`, every ten minutes",
    ),
    Rule(
        "waiting list",
        "What people waited for, and what they were offered",
        lambda: "a year after they left the list",
        "GDPR 5(1)(e), 5(2)",
        "deleted",
        waited,
    ),
    Rule(
        "freed times",
        "Times that visits gave up",
        lambda: "a year after they were settled",
        "GDPR 5(1)(e)",
        "deleted",
        freed,
    ),
    Rule(
        "calendars",
        "Imported calendars of who has left, with their secret addresses",
        lambda: "while they work here",
        "GDPR 5(1)(e), 32",
        "deleted",
        lambda at: ImportedCalendar.objects.of_who_left(at),
    ),
    Rule(
        "merges",
        "What two records that became one were before: notes to undo it by",
        lambda: f"{UNDO_WITHIN.days} days, as long as it can be undone",
        "GDPR 5(1)(e)",
        "notes deleted; that they became one, by whom and why stays",
        merges,
    ),
    Rule(
        "reviews",
        "Reviews that are not shown, or were taken back",
        lambda: "a year after that",
        "GDPR 5(1)(e), 5(2)",
        "deleted",
        reviews,
    ),
    Rule(
        "copies",
        "Archives of people's own data",
        lambda: "24 hours",
        "GDPR 5(1)(e), 32",
        "shredded with their keys",
        outdated,
        by="`portal.exports.tasks.sweep_exports`, every ten minutes",
    ),
    Rule(
        "guest links",
        "Links to the data of guests, with the address they went to",
        lambda: "24 hours",
        "GDPR 5(1)(e), 32",
        "deleted",
        lambda at: GuestLink.objects.filter(expires_at__lte=at - AN_HOUR),
        by="`portal.guest_links.tasks.forget_links`, every hour",
    ),
    Rule(
        "copies asked",
        "That somebody asked for a copy",
        lambda: "a year",
        "GDPR 5(2), 12(3)",
        "deleted",
        lambda at: Export.objects.filter(
            created_at__lte=at - A_YEAR, status__in=["GONE", "FAILED"]
        ),
    ),
    Rule(
        "counts",
        "What was counted for limits",
        lambda: "until its span is over",
        "GDPR 5(1)(e); hashes only",
        "deleted",
        lambda at: Tally.objects.filter(ends_at__lt=at),
        by="`portal.limits.tasks.forget_tallies`, every ten minutes",
    ),
    Rule(
        "browser reports",
        "What browsers were kept from doing",
        lambda: "90 days",
        "about pages, not about people",
        "deleted",
        lambda at: PolicyReport.objects.filter(day__lt=at.date() - REPORTS),
    ),
)


def table() -> str:
    """The rules as docs/retention.md has them."""
    lines = [
        "| data | kept | by | then | carried out by |",
        "|---|---|---|---|---|",
    ]
    for rule in RULES:
        by = rule.by or "`apply_retention`, every night"
        cells = (rule.data, rule.period(), rule.source, rule.fate, by)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
