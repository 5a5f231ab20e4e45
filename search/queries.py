"""Finding public pages, also when a word is misspelt.

Only pages that everybody may read are ever looked at: no drafts, no private pages, and
nothing of the care side, which is in no index.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.cache import caches
from django.db import connection
from wagtail.models import Page
from wagtail.search.query import Fuzzy

from clinic.models import Doctor, Specialty
from clinic_pages import content_version
from clinic_pages.models import DoctorPage, HealthArticle, SpecialtyPage

LONGEST = 80
MOST_WORDS = 8
MOST_HITS = 40
MOST_SUGGESTIONS = 6
# Below this likeness (0 to 1, by trigrams) a word is another word, no misspelling.
LIKENESS = 0.36

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


@dataclass(frozen=True)
class Found:
    """What a search found, grouped; `instead` is the spelling that was searched for
    where the typed one finds nothing."""

    typed: str
    instead: str = ""
    doctors: list[Any] = field(default_factory=list)
    conditions: list[Any] = field(default_factory=list)
    pages: list[Any] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.doctors) + len(self.conditions) + len(self.pages)


def clean(typed: str) -> str:
    """The words of a question, at most eight of them and 80 characters."""
    return " ".join(_WORD.findall(typed[:LONGEST].replace("\x00", ""))[:MOST_WORDS])


def public_pages() -> Any:
    """Every page that everybody may read."""
    return Page.objects.live().public().filter(depth__gt=1)


def find(typed: str, *, today: date) -> Found:
    """Search the public pages. Doctors who have left by `today` are not shown."""
    question = clean(typed)
    if not question:
        return Found(typed)
    hits = _hits(question)
    instead = ""
    if not hits:
        instead = corrected(question)
        hits = _hits(instead) if instead else []
    if not hits:
        instead = ""
        hits = list(_specific().search(Fuzzy(question, unaccent=True))[:MOST_HITS])
    return _grouped(Found(typed, instead), hits, today)


def suggestions(typed: str) -> list[str]:
    """Titles and specialties that begin like what is being typed."""
    question = clean(typed)
    if len(question) < 2:
        return []
    kinds = Specialty.objects.filter(is_active=True, plain_name__istartswith=question)
    names = list(kinds.order_by("plain_name").values_list("plain_name", flat=True))
    titles = [page.title for page in public_pages().autocomplete(question)[:20]]
    return list(dict.fromkeys([*names, *titles]))[:MOST_SUGGESTIONS]


def corrected(question: str) -> str:
    """The question with unknown words replaced by the likest known ones; "" where no
    word has one."""
    known = vocabulary()
    words = question.lower().split()
    unknown = [word for word in words if word not in known and len(word) > 2]
    likest = _likest(unknown, known) if unknown else {}
    better = [likest.get(word, word) for word in words]
    return " ".join(better) if better != words else ""


def vocabulary() -> frozenset[str]:
    """The words of titles and topics, kept until content changes."""
    version = content_version.current()
    key = f"vocabulary:{version}"
    kept: frozenset[str] | None = caches["pages"].get(key) if version else None
    if kept is None:
        kept = frozenset(_words(_texts()))
        if version:
            caches["pages"].set(key, kept, None)
    return kept


def _hits(question: str) -> list[Any]:
    return list(_specific().search(question, operator="and")[:MOST_HITS])


def _specific() -> Any:
    return public_pages().specific()


def _grouped(found: Found, hits: Iterable[Any], today: date) -> Found:
    hits = list(hits)
    doctors = [page for page in hits if isinstance(page, DoctorPage)]
    here = Doctor.objects.working(today).in_bulk([page.doctor_id for page in doctors])
    conditions = (HealthArticle, SpecialtyPage)
    for page in hits:
        if isinstance(page, DoctorPage):
            if page.doctor_id in here:
                found.doctors.append(page)
        elif isinstance(page, conditions):
            found.conditions.append(page)
        else:
            found.pages.append(page)
    return found


def _texts() -> Iterable[str]:
    yield from public_pages().values_list("title", flat=True)
    kinds = Specialty.objects.filter(is_active=True)
    for name, plain, practitioner in kinds.values_list(
        "name", "plain_name", "practitioner"
    ):
        yield f"{name} {plain} {practitioner}"
    articles = HealthArticle.objects.live().public()
    yield from articles.values_list("also_known_as", flat=True)
    for page in DoctorPage.objects.live().public():
        yield " ".join(str(child.value) for child in page.can_help_with)
    for about in SpecialtyPage.objects.live().public():
        yield " ".join(str(child.value) for child in about.treats)


def _words(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        for word in _WORD.findall(text.lower()):
            if len(word) > 2:
                yield word


def _likest(unknown: list[str], known: frozenset[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (typed) typed, word "
            "FROM unnest(%s::text[]) AS typed, unnest(%s::text[]) AS word "
            "WHERE similarity(typed, word) >= %s "
            "ORDER BY typed, similarity(typed, word) DESC, word",
            [unknown, sorted(known), LIKENESS],
        )
        return dict(cursor.fetchall())
