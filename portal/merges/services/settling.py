"""Where both records have a row of the same meaning, one is left that says what both
said. What is changed here is noted, so that undoing brings it back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import CareRelation, Patient
from booking.models import WaitlistEntry
from booking.waitlist.services.moving import move
from notifications.models import Preference
from portal.merges.queries import same_wishes

Changes = dict[str, Any]


@dataclass
class Settled:
    """What became of rows before the rest moved: columns before and after, by table and
    key; and those that stay with the record that goes, having nothing to add."""

    changed: dict[tuple[str, int], tuple[Changes, Changes]] = field(
        default_factory=dict
    )
    stay: set[tuple[str, int]] = field(default_factory=set)


def settle(*, kept: Patient, merged: Patient, at: datetime) -> Settled:
    """Settle every pair of rows of which only one can be left."""
    settled = Settled()
    for act in _ACTS:
        for label, key, before, after in act(kept, merged, settled, at):
            settled.changed[label, key] = before, after
    return settled


Line = tuple[str, int, Changes, Changes]


def _relations(
    kept: Patient, merged: Patient, settled: Settled, at: datetime
) -> Iterator[Line]:
    """Somebody treats both: from the earlier beginning to the later end, so that nobody
    who may reach the person now is shut out by it."""
    label = "accounts.CareRelation"
    mine = {(row.user_id, row.source): row for row in _of(CareRelation, kept)}
    for theirs in _of(CareRelation, merged):
        row = mine.get((theirs.user_id, theirs.source))
        if row is None:
            continue
        settled.stay.add((label, theirs.pk))
        ends = (row.ends_at, theirs.ends_at)
        wide: Changes = {
            "starts_at": min(row.starts_at, theirs.starts_at),
            "ends_at": None if None in ends else max(filter(None, ends)),
        }
        yield from _write(label, row, wide)


def _preferences(
    kept: Patient, merged: Patient, settled: Settled, at: datetime
) -> Iterator[Line]:
    """Whoever said no to a channel under one of the numbers is not written to."""
    label = "notifications.Preference"
    mine = {row.channel: row for row in _of(Preference, kept)}
    for theirs in _of(Preference, merged):
        row = mine.get(theirs.channel)
        if row is None:
            continue
        settled.stay.add((label, theirs.pk))
        both = row.is_enabled and theirs.is_enabled
        yield from _write(label, row, {"is_enabled": both})


def _wishes(
    kept: Patient, merged: Patient, settled: Settled, at: datetime
) -> Iterator[Line]:
    """They wait once for the same, since the earlier of both days."""
    label = "booking.WaitlistEntry"
    for mine, theirs in same_wishes(kept, merged):
        keys = [mine.pk, theirs.pk]
        rows = WaitlistEntry.objects.select_for_update().in_bulk(keys)
        row, other = rows[mine.pk], rows[theirs.pk]
        before: Changes = {"status": other.status, "ended_at": other.ended_at}
        move(other, WaitlistEntry.Status.WITHDRAWN, ended_at=at)
        yield label, other.pk, before, {"status": other.status, "ended_at": at}
        yield from _write(
            label, row, {"joined_at": min(row.joined_at, other.joined_at)}
        )


_ACTS: tuple[Callable[..., Iterator[Line]], ...] = (_relations, _preferences, _wishes)


def _of(model: Any, patient: Patient) -> Any:
    return model._base_manager.filter(patient=patient).select_for_update(of=("self",))


def _write(label: str, row: Any, values: Changes) -> Iterator[Line]:
    before = {name: getattr(row, name) for name in values}
    if before == values:
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=[*values, "updated_at"])
    yield label, row.pk, before, values
