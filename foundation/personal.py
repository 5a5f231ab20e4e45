"""Tables whose rows leave a trace in the access log when they are shown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.db import models

from foundation.scene import current_scene


@dataclass(frozen=True)
class Reads:
    """What showing a row of a table means: the category, and the lookup from the row to
    the patient's key (empty: it concerns no patient)."""

    category: str
    patient: str = ""


class Personal(models.Model):
    """A table with data of people. Each subclass says in `reads` what it holds.

    Loading a row in a request notes it; what was noted is written before the answer
    leaves (`portal.access_log`). So a view can't forget, and need not think of it.
    """

    reads: ClassVar[Reads]

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        row = super().from_db(*args, **kwargs)
        row.note_loaded()
        return row

    def note_loaded(self) -> None:
        """For whoever makes a row of what was read without the ORM."""
        scene = current_scene()
        if scene is not None and scene.is_watching():
            scene.loaded.append(self)

    @classmethod
    def note_read(cls, keys: Iterable[Any]) -> None:
        """The same for rows of which none are made, by their primary keys."""
        scene = current_scene()
        if scene is not None and scene.is_watching():
            scene.loaded += [cls(pk=key) for key in keys]  # type: ignore[misc]


class PersonalQuerySet(models.QuerySet):
    """For tables that nearly every page joins for a name, such as users: only rows that
    were asked for themselves count, not those that came along with others."""

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new:
            self._note(self._result_cache or [])

    def iterator(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        for row in super().iterator(*args, **kwargs):
            self._note([row])
            yield row

    def _note(self, rows: Iterable[Any]) -> None:
        scene = current_scene()
        if scene is not None and scene.is_watching():
            scene.loaded += [row for row in rows if isinstance(row, self.model)]
