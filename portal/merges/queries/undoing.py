"""What undoing a merge gives back, and what it can't: worked out before it is pressed,
and again, under the locks, when it is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from booking.models import Appointment
from foundation.formats import local, plain_date
from portal.merges.models import Merge, MovedRow
from portal.merges.queries.comparing import value_of
from portal.merges.queries.digests import digests
from portal.merges.queries.rules import moving, title_of
from portal.merges.queries.sealed_facts import facts_of

Node = tuple[str, int]
# Being sent changes a message, and says nothing of whose it is.
EVER = frozenset({"notifications.Delivery"})


@dataclass
class Part:
    """Rows that hang together, such as a visit with its payment and its papers: they go
    back together or not at all.

    `added` are rows that came since and hang on them; `own` those that were the other
    record's before.
    """

    rows: list[MovedRow] = field(default_factory=list)
    changed: list[MovedRow] = field(default_factory=list)
    added: list[Node] = field(default_factory=list)
    own: list[Node] = field(default_factory=list)
    words: str = ""

    @property
    def key(self) -> str:
        """What stands for it in the form."""
        return str(min(row.pk for row in self.rows))

    @property
    def why(self) -> str:
        """Why it does not go back by itself."""
        if self.own:
            return "tied to what was in the other record before"
        titles = sorted({title_of(label).lower() for label, _ in self.added})
        said = ["changed since"] if self.changed else []
        said += [f"new since: {', '.join(titles)}"] if titles else []
        return ", ".join(said)


@dataclass
class Plan:
    """What goes back by itself, what only when somebody says so, and what stays.

    `settled` are rows of the record that stays which were changed by the merge, and
    look as they did then. `new` counts what came since, by name; it can't be told whose
    it is.
    """

    back: list[Part] = field(default_factory=list)
    asked: list[Part] = field(default_factory=list)
    stuck: list[Part] = field(default_factory=list)
    settled: list[MovedRow] = field(default_factory=list)
    new: dict[str, int] = field(default_factory=dict)
    gone: int = 0
    facts_back: list[str] = field(default_factory=list)
    facts_stay: list[str] = field(default_factory=list)

    @property
    def amounts(self) -> list[tuple[str, int]]:
        """How many rows go back by themselves, by name."""
        rows = [row for part in self.back for row in part.rows]
        return sorted(Counter(title_of(row.table) for row in rows).items())


def undo_plan(merge: Merge) -> Plan:
    """What undoing this merge would do now. A handful of queries a table."""
    plan = Plan()
    rows = list(merge.moved_rows.order_by("pk"))
    links = {(row.table, row.key): row for row in rows if "patient_id" in row.before}
    there, edges = _present(merge.kept_id)
    seen = _digests(rows)
    plan.gone = sum(node not in there for node in links)
    plan.settled = [
        row
        for row in rows
        if (row.table, row.key) not in links and seen.get(_node(row)) == row.digest
    ]
    loose: Counter[str] = Counter()
    for nodes in _groups(there, edges):
        part = _part(nodes, links, merge.marks)
        if not part.rows:
            loose.update(title_of(label) for label, _ in part.added)
            continue
        part.changed = [
            row
            for row in part.rows
            if row.table not in EVER and seen.get(_node(row)) != row.digest
        ]
        if part.own:
            plan.stuck.append(part)
        elif part.changed or part.added:
            plan.asked.append(part)
        else:
            plan.back.append(part)
    plan.new = dict(sorted(loose.items()))
    _say([*plan.asked, *plan.stuck])
    for name, (_, after) in facts_of(merge).items():
        same = value_of(merge.kept, name) == after
        (plan.facts_back if same else plan.facts_stay).append(name)
    return plan


def _node(row: MovedRow) -> Node:
    return row.table, row.key


def _digests(rows: Iterable[MovedRow]) -> dict[Node, str]:
    keys: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        keys[row.table].append(row.key)
    return {
        (label, key): digest
        for label, model in moving()
        for key, digest in digests(model, keys[label]).items()
    }


def _present(kept_id: int) -> tuple[set[Node], list[tuple[Node, Node]]]:
    """The rows of the record that stays, and which of them point at which others."""
    tables = dict(moving())
    labels = {model: label for label, model in tables.items()}
    there: set[Node] = set()
    points: list[tuple[Node, Node]] = []
    for label, model in tables.items():
        targets = [
            (column.attname, labels[column.related_model])
            for column in model._meta.concrete_fields
            if column.related_model in labels
        ]
        names = ["pk", *(name for name, _ in targets)]
        for key, *ends in model._base_manager.filter(patient=kept_id).values_list(
            *names
        ):
            there.add((label, key))
            points += [
                ((label, key), (target, end))
                for (_, target), end in zip(targets, ends, strict=True)
                if end is not None
            ]
    return there, [(one, other) for one, other in points if other in there]


def _groups(there: set[Node], edges: Iterable[tuple[Node, Node]]) -> list[list[Node]]:
    """The rows in groups that hang together, each in a steady order."""
    beside: dict[Node, set[Node]] = defaultdict(set)
    for one, other in edges:
        beside[one].add(other)
        beside[other].add(one)
    found, left = [], set(there)
    for start in sorted(there):
        if start not in left:
            continue
        group, waiting = [], [start]
        left.discard(start)
        while waiting:
            node = waiting.pop()
            group.append(node)
            near = beside[node] & left
            left -= near
            waiting += near
        found.append(sorted(group))
    return found


def _part(
    nodes: list[Node], links: Mapping[Node, MovedRow], marks: Mapping[str, int]
) -> Part:
    part = Part()
    for label, key in nodes:
        row = links.get((label, key))
        if row is not None:
            part.rows.append(row)
        elif key > marks.get(label, 0):
            part.added.append((label, key))
        else:
            part.own.append((label, key))
    return part


def _say(parts: list[Part]) -> None:
    """Give each its name for people. One query."""
    label = "booking.Appointment"
    keys = [row.key for part in parts for row in part.rows if row.table == label]
    visits = Appointment.objects.select_related("location").in_bulk(keys)
    for part in parts:
        mine = [visits[row.key] for row in part.rows if row.key in visits
                and row.table == label]  # fmt: skip
        part.words = ", ".join(
            [_visit(one) for one in mine]
            or [
                f"{title_of(table)} ({count})"
                for table, count in Counter(row.table for row in part.rows).items()
            ]
        )


def _visit(visit: Any) -> str:
    day = plain_date(local(visit.starts_at, visit.location.time_zone))
    return f"Visit {visit.reference}, {day}"


def standing_merges(patient_id: int) -> Any:
    """The merges, not undone, that this record took part in, the newest first."""
    rows = Merge.objects.filter(Q(kept=patient_id) | Q(merged=patient_id))
    return rows.filter(undone_at=None).order_by("-merged_at")
