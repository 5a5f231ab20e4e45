"""The rules of the day, of the clinic and of each location."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from booking.queue.models import QueueRules
from clinic.locations.models import Location


@dataclass(frozen=True)
class Rules:
    """What holds somewhere, in minutes: how long before one checks in, when a visit
    counts as missed and whether by itself, and for how long "Done" is taken back."""

    opens_minutes: int = 60
    missed_minutes: int = 30
    back_minutes: int = 15
    marks_missed: bool = True


class RuleBook:
    """The clinic's rules, with what locations have of their own."""

    def __init__(self, rows: Iterable[QueueRules]) -> None:
        own = {row.location_id: row for row in rows}
        self.clinic = _over(Rules(), own.pop(None, None))
        self.places = {
            place: _over(self.clinic, row)
            for place, row in own.items()
            if place is not None
        }

    def at(self, location_id: int) -> Rules:
        """What holds at the location."""
        return self.places.get(location_id, self.clinic)


def _over(base: Rules, row: QueueRules | None) -> Rules:
    if row is None:
        return base
    said = {one.name: getattr(row, one.name) for one in fields(Rules)}
    usual = {one.name: getattr(base, one.name) for one in fields(Rules)}
    return Rules(**usual | {k: v for k, v in said.items() if v is not None})


def rules_row(location: Location | None) -> QueueRules:
    """What was set for the location, or (None) the clinic; unsaved and empty, or the
    defaults, where nothing was."""
    found = QueueRules.objects.filter(location=location).first()
    if found is not None or location is None:
        return found or QueueRules()
    unset = dict.fromkeys([one.name for one in fields(Rules)])
    return QueueRules(location=location, **unset)


def rule_book() -> RuleBook:
    """All rules; the defaults where none were set. One query."""
    return RuleBook(QueueRules.objects.all())


def rules_at(location_id: int) -> Rules:
    """What holds at one location. One query."""
    return rule_book().at(location_id)
