"""Giving an anonymised copy away: checked, and written to the log."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from accounts.consents.models import Purpose
from accounts.consents.queries import current_text
from audit.entries.models import Action
from audit.services import record
from foundation.errors import Refused
from portal.anonymised.queries import (
    COLUMNS,
    Table,
    anonymise,
    smallest_group,
    visits_for_analysis,
)

SMALLEST_K = 11


class KTooSmall(Refused):
    sentence = f"Groups have {SMALLEST_K} people at least: the consent says so."


class NobodyAgrees(Refused):
    sentence = (
        "Nobody who agrees to research had a visit in that time, so there is nothing "
        "to write."
    )


class TooFew(Refused):
    sentence = (
        "There are too few people: even at its coarsest the table would show groups "
        "smaller than asked for."
    )


class NotAnonymous(Refused):
    sentence = "The check found a group that is too small. Nothing is written."


@transaction.atomic
def copy_visits(*, since: date, until: date, k: int = SMALLEST_K) -> Table:
    """The visits from `since` to before `until` that may be given away: in each group
    of rows that read the same stand `k` people at least.

    Records that a copy was taken, of how many rows, never of whom. Raises KTooSmall,
    NobodyAgrees, TooFew and NotAnonymous.
    """
    if k < SMALLEST_K:
        raise KTooSmall
    text = current_text(Purpose.RESEARCH)
    visits = list(visits_for_analysis(since=since, until=until))
    if not visits or text is None:
        raise NobodyAgrees
    table = anonymise(visits, COLUMNS, k=k)
    if not table.rows:
        raise TooFew
    if smallest_group(visits, COLUMNS, table) < k:
        raise NotAnonymous
    record(
        actor=None,
        verb="research.copied",
        subject=text,
        action=Action.EXPORT,
        category="CONSENTS",
        detail={
            "rows": len(table.rows),
            "left_out": table.lost,
            "k": table.k,
            "since": since.isoformat(),
            "until": until.isoformat(),
        },
    )
    return table


def coarsened(table: Table) -> Iterable[str]:
    """The columns that had to be made coarser, with the step."""
    for column, level in zip(COLUMNS, table.levels, strict=True):
        if level:
            words = "left open" if level == column.top else f"step {level}"
            yield f"{column.name}: {words}"
