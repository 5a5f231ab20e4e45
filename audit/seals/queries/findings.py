"""What a check of the log finds."""

from collections import Counter
from dataclasses import dataclass, field

MOST_BREAKS = 20


@dataclass(frozen=True)
class Break:
    """Where the log is not what was sealed. `position` is the link's, 0 for none."""

    kind: str
    position: int
    entry_id: int | None = None

    def __str__(self) -> str:
        at = f"link {self.position}"
        about = f"entry {self.entry_id}"
        return {
            "CHANGED": f"{about} ({at}) was changed after it was sealed",
            "DELETED": f"{about} ({at}) is gone",
            "INSERTED": f"{about} was added without a seal",
            "TWICE": f"{about} ({at}) is there more than once",
            "LINK": f"{at} does not follow from the link before it: changed or moved",
            "MISSING": f"{at} is gone",
            "CUT": f"{at} was exported once and is gone: the tail was cut off",
            "REWRITTEN": f"{at} is not the one that was exported: the chain is another",
            "FORGED": f"The exported head of {at} has a wrong signature",
        }[self.kind]


@dataclass
class Report:
    """What a verification found. `head` is the last link that was looked at."""

    links: int = 0
    entries: int = 0
    breaks: list[Break] = field(default_factory=list)
    head: tuple[int, bytes] = (0, b"")
    retired: Counter[int] = field(default_factory=Counter)

    @property
    def is_whole(self) -> bool:
        return not self.breaks

    def add(self, kind: str, position: int, entry_id: int | None = None) -> None:
        if len(self.breaks) < MOST_BREAKS:
            self.breaks.append(Break(kind, position, entry_id))


@dataclass(frozen=True)
class Retired:
    """A month that was taken out of the log by rule, as the log itself says."""

    entry_id: int
    first_id: int
    last_id: int
    entries: int
