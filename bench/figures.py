"""What a measurement is, how it is taken, and how it is shown."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Call = Callable[[], Any]


@dataclass(frozen=True)
class Figure:
    """One measurement beside its limit, taken in the same run.

    `goal` bounds the ratio of ours to the limit: "<= 3", or ">= 0.4" where more is
    better.
    """

    name: str
    ours: float
    limit: float
    unit: str
    goal: str

    @property
    def ratio(self) -> float:
        return self.ours / self.limit if self.limit else float("inf")

    @property
    def is_met(self) -> bool:
        sign, bound = self.goal.split()
        if sign == "<=":
            return self.ratio <= float(bound)
        return self.ratio >= float(bound)

    def as_row(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "ours": round(self.ours, 3),
            "limit": round(self.limit, 3),
            "unit": self.unit,
            "ratio": round(self.ratio, 3),
            "goal": self.goal,
        }


def side_by_side(*calls: Call, rounds: int = 60, warm: int = 10) -> list[float]:
    """The median milliseconds of each call, taken in turns, so that whatever else the
    machine does disturbs all of them alike."""
    return [statistics.median(times) for times in _taken(calls, rounds, warm)]


def _taken(calls: Sequence[Call], rounds: int, warm: int) -> list[list[float]]:
    for _ in range(warm):
        for call in calls:
            call()
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times in zip(calls, taken, strict=True):
            began = time.perf_counter()
            call()
            times.append((time.perf_counter() - began) * 1000)
    return taken


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """The figures as an aligned table."""
    head = ("", "ours", "limit", "unit", "ratio", "goal", "met")
    rows = [head] + [
        (
            figure.name,
            f"{figure.ours:,.2f}",
            f"{figure.limit:,.2f}",
            figure.unit,
            f"{figure.ratio:.2f}",
            figure.goal,
            "yes" if figure.is_met else "NO",
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = []
    for row in rows:
        first, *others = row
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(w) for cell, w in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
