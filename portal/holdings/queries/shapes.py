"""What a line of the table of holdings says."""

from dataclasses import dataclass, field
from enum import Enum

from django.db.models import Q


class Fate(Enum):
    """What an erasure does to the rows about a person."""

    DELETE = "deleted"
    # The row stays, for what others must be able to prove; the columns are emptied.
    CLEAR = "emptied"
    # The law asks to keep it: it moves into a sealed file of its own, closed to all but
    # medical administration (GDPR 18 and recital 67: another system, out of reach).
    KEEP = "moved into the closed record"
    # It says nothing of the person once their account is a pseudonym.
    STAY = "stays without a name"


@dataclass(frozen=True)
class Holding:
    """A table with rows about people, and what becomes of them.

    `patient` and `user` are the lookups from a row to the person's record and
    account; empty where it has none. `kind` is the name of its file in a person's
    export; without one the table is not in it, and `note` says why. `shown` and
    `hidden` are its columns, with blanks between them: those in the export, and those
    that are keys, secrets, other people's or the program's own. Together they must be
    all columns, so that a new one is decided about. `own` are shown where the person
    acted themselves. `is_shared` tables are about two people at once: a row reached by
    the account counts also where the patient is another.

    Rows reached by `patient` are limited by `only`; those reached by the account of
    somebody who works here by `at_work`, because the rest is about their work.

    `fate` is what an erasure does. `clears` are the columns that it empties in rows
    that stay; rows whose content is kept stay too, for the books and the calendar,
    unless `leaves`. `basis` is the class of retention by which it is kept.
    """

    kind: str = ""
    title: str = ""
    patient: str = ""
    user: str = ""
    shown: str = ""
    hidden: str = ""
    own: str = ""
    is_shared: bool = False
    note: str = ""
    only: Q = field(default_factory=Q)
    at_work: Q = field(default_factory=Q)
    fate: Fate = Fate.DELETE
    clears: str = ""
    basis: str = ""
    leaves: bool = False

    @property
    def columns(self) -> list[str]:
        """The columns in the export, in their order."""
        return [*self.shown.split(), *self.own.split()]
