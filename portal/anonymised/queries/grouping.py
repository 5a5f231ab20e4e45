"""Making a table coarser until nobody stands in a group of fewer than k people. Pure.

Every column counts as something that somebody may know of a person. All rows that read
the same are a group, and what counts are the people in it, not their visits.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.anonymised.queries.columns import Column

Values = tuple[str, ...]
# The share of visits that may be left out before columns are made coarser.
MOST_LOST = 0.05


@dataclass(frozen=True)
class Visit:
    """One visit: whose, and what each column says at first."""

    patient_id: int
    values: Values


@dataclass(frozen=True)
class Table:
    """What may be given away. `levels`: the step of each column's ladder; `k`: the
    people in the smallest group, 0 for no rows; `lost`: visits that were left out."""

    rows: list[Values]
    levels: tuple[int, ...]
    k: int
    people: int
    lost: int


@dataclass
class _Group:
    people: set[int]
    visits: int = 0


def anonymise(
    visits: Iterable[Visit],
    columns: Sequence[Column],
    *,
    k: int,
    most_lost: float = MOST_LOST,
) -> Table:
    """The finest table that this way finds: one column at a time becomes one step
    coarser, whichever then loses the fewest visits, until at most `most_lost` of them
    stand in groups of fewer than `k` people. Those are left out.

    The rows are sorted, so that their order says nothing.
    """
    base: dict[Values, _Group] = {}
    for visit in visits:
        group = base.setdefault(visit.values, _Group(set()))
        group.people.add(visit.patient_id)
        group.visits += 1
    total = sum(group.visits for group in base.values())
    levels = tuple(0 for _ in columns)
    while _lost(base, columns, levels, k) > most_lost * total:
        coarser = [
            # Of columns that are alike now, the one that is worth following wins.
            (_lost(base, columns, _at(levels, at, levels[at] + 1), k),
             _lost(base, columns, _at(levels, at, column.top), k), at)
            for at, column in enumerate(columns)
            if levels[at] < column.top
        ]  # fmt: skip
        if not coarser:
            break
        *_, best = min(coarser)
        levels = _at(levels, best, levels[best] + 1)
    return _table(base, columns, levels, k)


def _at(levels: tuple[int, ...], at: int, level: int) -> tuple[int, ...]:
    """The levels with another one for one column."""
    return (*levels[:at], level, *levels[at + 1 :])


def _table(
    base: dict[Values, _Group],
    columns: Sequence[Column],
    levels: tuple[int, ...],
    k: int,
) -> Table:
    rows: list[Values] = []
    people: set[int] = set()
    smallest, lost = 0, 0
    for values, group in _grouped(base, columns, levels).items():
        if len(group.people) < k:
            lost += group.visits
            continue
        rows += [values] * group.visits
        people |= group.people
        smallest = min(smallest or len(group.people), len(group.people))
    return Table(sorted(rows), levels, smallest, len(people), lost)


def _lost(
    base: dict[Values, _Group],
    columns: Sequence[Column],
    levels: tuple[int, ...],
    k: int,
) -> int:
    groups = _grouped(base, columns, levels).values()
    return sum(group.visits for group in groups if len(group.people) < k)


def _grouped(
    base: dict[Values, _Group], columns: Sequence[Column], levels: tuple[int, ...]
) -> dict[Values, _Group]:
    steps = [column.steps[at] for column, at in zip(columns, levels, strict=True)]
    found: dict[Values, _Group] = {}
    for values, group in base.items():
        key = tuple(step(value) for step, value in zip(steps, values, strict=True))
        into = found.setdefault(key, _Group(set()))
        into.people |= group.people
        into.visits += group.visits
    return found


def smallest_group(
    visits: Iterable[Visit], columns: Sequence[Column], table: Table
) -> int:
    """The people in the smallest group of a table, counted anew from the visits; 0 for
    none. What is given away is checked with it, not with what made it."""
    people: dict[Values, set[int]] = defaultdict(set)
    given = set(table.rows)
    for visit in visits:
        said = tuple(
            column.steps[level](value)
            for column, level, value in zip(
                columns, table.levels, visit.values, strict=True
            )
        )
        if said in given:
            people[said].add(visit.patient_id)
    if given - people.keys():
        return 0
    return min((len(one) for one in people.values()), default=0)
