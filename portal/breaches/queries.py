"""Whom did a breach reach, and with what? From the access log."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.models import Patient
from audit.entries.models import Category, Entry, Outcome
from audit.readings.queries import find_public
from foundation.formats import join_words
from portal.breaches.models import Breach
from portal.dashboards.access.queries import WHAT

REQUIRED = {
    "nature": "What happened",
    "contact": "Whom the authority may ask",
    "consequences": "What may follow from it",
    "measures": "What was done about it",
}


@dataclass
class Affected:
    """One person whom it reached: categories of data, and how often and when the log
    says so (None where only a lost thing tells)."""

    patient_id: int
    categories: set[str] = field(default_factory=set)
    entries: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def words(self) -> str:
        """ "appointments and documents"."""
        return words_of(self.categories)


@dataclass(frozen=True)
class Reach:
    """Whom a breach reached. `records`: about how many single records."""

    people: list[Affected]
    entries: int
    records: int

    @property
    def by_category(self) -> dict[str, int]:
        """How many people by category of data, in words, the most first."""
        found: dict[str, int] = {}
        for person in self.people:
            for name in person.categories:
                found[name] = found.get(name, 0) + 1
        ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
        return {words_of([name]).capitalize(): count for name, count in ranked}


def words_of(categories: Iterable[str]) -> str:
    """Categories as people read them, in the order of the list of categories."""
    known = set(categories)
    return join_words([WHAT[one] for one in Category if one.value in known])


def entries_of(breach: Breach) -> QuerySet[Entry]:
    """The entries of the log that the breach is about: what was done, not what was
    refused. None without anything to go by."""
    by = Q()
    if breach.actor_id is not None:
        by &= Q(actor=breach.actor_id)
    if breach.session_ref:
        by &= Q(session_ref=breach.session_ref)
    if breach.address:
        by &= Q(address=breach.address)
    if not by and not breach.is_everything:
        return Entry.objects.none()
    return Entry.objects.filter(
        by,
        at__gte=breach.since,
        at__lt=breach.until,
        outcome=Outcome.DONE,
        patient_id__isnull=False,
    )


def scope_of(breach: Breach) -> Reach:
    """Whom it reached, the most affected first. The database adds up; a handful of
    queries whatever the number of entries, and one a lost thing."""
    found: dict[int, Affected] = {}
    rows = entries_of(breach)
    sums = rows.values("patient_id", "category").annotate(
        looks=Count("pk"), first=Min("at"), last=Max("at")
    )
    for row in sums.order_by():
        _add(found, cast(int, row["patient_id"]), row["category"].split(","), dict(row))
    single = rows.filter(subject_id__isnull=False).order_by()
    records = single.values("subject_type", "subject_id").distinct().count()
    records += rows.filter(subject_id=None).count()
    entries = sum(person.entries for person in found.values())
    for patient_id, category in lost_things(breach):
        _add(found, patient_id, [category])
        records += 1
    people = _with_merged(found)
    people.sort(key=lambda one: (-one.entries, one.patient_id))
    return Reach(people=people, entries=entries, records=records)


def _add(
    found: dict[int, Affected],
    patient_id: int,
    categories: Iterable[str],
    row: dict[str, Any] | None = None,
) -> None:
    person = found.setdefault(patient_id, Affected(patient_id))
    person.categories |= {name for name in categories if name}
    if row is not None:
        person.entries += row["looks"]
        person.first_at = min(filter(None, [person.first_at, row["first"]]))
        person.last_at = max(filter(None, [person.last_at, row["last"]]))


def _with_merged(found: dict[int, Affected]) -> list[Affected]:
    """A record that was merged is the person who took it over."""
    merged = Patient.objects.filter(pk__in=found).exclude(merged_into=None)
    for old, new in merged.values_list("pk", "merged_into_id"):
        gone = found.pop(old)
        kept = found.setdefault(new, Affected(new))
        kept.categories |= gone.categories
        kept.entries += gone.entries
        firsts = [at for at in (kept.first_at, gone.first_at) if at]
        lasts = [at for at in (kept.last_at, gone.last_at) if at]
        kept.first_at = min(firsts) if firsts else None
        kept.last_at = max(lasts) if lasts else None
    return list(found.values())


def lost_things(breach: Breach) -> list[tuple[int, str]]:
    """The patient and the category of each thing that is named."""
    return [
        found
        for line in breach.objects_text.splitlines()
        if (found := thing_named(line)) is not None
    ]


def thing_named(name: str) -> tuple[int, str] | None:
    """Whose the thing with this public id or patient number is, and its category; None
    for what is nobody's."""
    # The key alone: administrators, who see no names, look through it too.
    numbered = Patient.objects.filter(number__iexact=name.strip())
    key = numbered.values_list("pk", flat=True).first()
    if key is not None:
        return key, Category.IDENTITY
    try:
        found = find_public(UUID(name.strip()))
    except ValueError:
        return None
    if found is None or found.patient_id is None:
        return None
    return found.patient_id, found.category


def session_named(code: str) -> str:
    """The session that a code of the access log stands for: its own, or that of one of
    its requests; "" where no entry has it."""
    code = code.strip().lower()
    rows = Entry.objects.filter(Q(session_ref=code) | Q(request_id=code))
    found = rows.exclude(session_ref="").only("session_ref").first()
    return found.session_ref if code and found is not None else ""


@dataclass(frozen=True)
class Person:
    """Somebody to tell, as far as the reader may see them."""

    number: str
    name: str
    email: str
    phone: str
    address: str
    affected: Affected

    @property
    def cells(self) -> list[str]:
        """The columns of the file; see HEAD."""
        return [
            self.number, self.name, self.email, self.phone,
            self.address.replace("\n", ", "), self.affected.words,
        ]  # fmt: skip


HEAD = ["Patient number", "Name", "E-mail", "Phone", "Address", "Data"]


def people_of(user: Any, affected: Iterable[Affected]) -> list[Person]:
    """The people with how to reach them; for administrators their numbers alone."""
    rows = {one.patient_id: one for one in affected}
    if not user.has_perm("portal.view_report_patients"):
        numbers = Patient.objects.filter(pk__in=rows).values_list("pk", "number")
        known = dict(numbers)
        return [
            Person(known.get(key, ""), "", "", "", "", one) for key, one in rows.items()
        ]
    patients = Patient.objects.in_bulk(rows)
    return [
        Person(p.number, p.full_name, p.email, p.phone, p.address, one)
        for key, one in rows.items()
        if (p := patients.get(key)) is not None
    ]


def missing(breach: Breach) -> list[str]:
    """What the report to the authority still lacks (GDPR 33(3)), in words."""
    return [words for name, words in REQUIRED.items() if not getattr(breach, name)]


def facts(
    breach: Breach, scope: Reach, *, at: datetime, say: Any
) -> list[tuple[str, str]]:
    """What the authority is told, as pairs of a question and an answer. `say` puts a
    moment into words. No names: the authority needs numbers."""
    unknown = "Not stated yet"
    late = breach.is_overdue(at)
    reached = ", ".join(f"{words}: {n}" for words, n in scope.by_category.items())
    told = breach.authority_told_at
    return [
        ("Breach", breach.title),
        ("When it happened", f"{say(breach.since)} to {say(breach.until)}"),
        ("When we became aware", say(breach.noticed_at)),
        ("72 hours end", say(breach.due_at)),
        ("Told", say(told) if told else "With this report"),
        *([("Why later than 72 hours", breach.delay_reason or unknown)] * late),
        ("What happened", breach.nature or unknown),
        ("People concerned, about", str(len(scope.people))),
        ("Records concerned, about", str(scope.records)),
        ("Categories of data, with people", reached or "None found in the log"),
        ("What may follow from it", breach.consequences or unknown),
        ("What was done about it", breach.measures or unknown),
        ("Risk", str(Breach.Risk(breach.risk).label)),
        ("Whom the authority may ask", breach.contact or unknown),
    ]
