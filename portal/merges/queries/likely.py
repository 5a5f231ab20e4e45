"""Which records may be one person's? Found by birth date, address and telephone in the
database, and judged by how much the names look alike."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q

from accounts.models import Patient
from foundation.likeness import fold, matches
from foundation.sql import fetch
from portal.erasures.models import Erasure
from portal.merges.models import DifferentPeople
from portal.merges.permissions import mergeable_by

# So many pairs are looked at, the newest records first, and so many are shown.
LOOKED_AT = 3000
SHOWN = 100

_COMPARED = ("pk", "user_id", "first_name", "last_name", "birth_date", "email", "phone")
_GONE = (Erasure.Status.RUNNING, Erasure.Status.DONE)
# Four ways to be near, each an equality of all that it asks, so that no record is
# compared with all: of 100,000 patients less than a second on two busy cores.
_PAIRS = """
WITH people AS MATERIALIZED (
  SELECT id, birth_date, phone, lower(email) AS email,
         lower(first_name) AS given, lower(last_name) AS family,
         left(lower(first_name), 1) AS initial
    FROM accounts_patient
   WHERE merged_into_id IS NULL
     AND NOT EXISTS (SELECT FROM portal_erasure
                      WHERE patient_id = accounts_patient.id
                        AND status = ANY(%(gone)s::text[]))
), pairs AS (
  SELECT a.id AS one, b.id AS other
    FROM people a JOIN people b USING (birth_date, initial) WHERE a.id < b.id
   UNION
  SELECT a.id, b.id
    FROM people a JOIN people b
      ON a.birth_date = b.birth_date AND a.given = b.family
   WHERE a.id < b.id
   UNION
  SELECT a.id, b.id
    FROM people a JOIN people b USING (email, initial)
   WHERE a.email <> '' AND b.email <> '' AND a.id < b.id
   UNION
  SELECT a.id, b.id
    FROM people a JOIN people b USING (phone, initial)
   WHERE a.phone <> '' AND b.phone <> '' AND a.id < b.id
)
SELECT one, other FROM pairs
 WHERE NOT EXISTS (SELECT FROM portal_differentpeople said
                    WHERE said.one_id = pairs.one AND said.other_id = pairs.other)
 ORDER BY other DESC, one DESC LIMIT %(most)s
"""


@dataclass(frozen=True)
class Pair:
    """Two records that may be one person's, with what speaks for it in words. `stays`
    is the one that had better stay: with an account, else the older one."""

    stays: Patient
    goes: Patient
    reasons: tuple[str, ...]
    strength: int
    is_denied: bool = False


def likely_pairs(user: Any) -> list[Pair]:
    """The likeliest pairs of whom `user` may merge both, the strongest first. Three
    queries, whatever the number of patients."""
    keys = fetch(_PAIRS, {"gone": list(_GONE), "most": LOOKED_AT})
    wanted = {key for pair in keys for key in pair}
    found = _bare(mergeable_by(user).filter(pk__in=wanted))
    return _best(
        judge(found[one], found[other])
        for one, other in keys
        if one in found and other in found
    )


def pairs_with(user: Any, patient: Patient) -> list[Pair]:
    """Who may be the same person as `patient`; also those of whom somebody said that
    they are not. Three queries, whatever the number of patients."""
    near = Q(birth_date=patient.birth_date)
    if patient.email:
        near |= Q(email__iexact=patient.email)
    if patient.phone:
        near |= Q(phone=patient.phone)
    rows = mergeable_by(user).filter(near, merged_into=None).exclude(pk=patient.pk)
    gone = Erasure.objects.filter(status__in=_GONE, patient__isnull=False)
    rows = rows.exclude(pk__in=gone.values("patient_id")).order_by("-pk")
    found = _bare(rows[:LOOKED_AT])
    best = _best(judge(patient, other) for other in found.values())
    said = DifferentPeople.objects.filter(Q(one=patient) | Q(other=patient))
    denied = {frozenset((row.one_id, row.other_id)) for row in said}
    return [
        replace(pair, is_denied=frozenset((pair.stays.pk, pair.goes.pk)) in denied)
        for pair in best
    ]


def _best(judged: Iterable[Pair | None]) -> list[Pair]:
    """The strongest, with the rows themselves, which leaves a trace in the log. One
    query."""
    best = sorted(filter(None, judged), key=_rank)[:SHOWN]
    keys = {one.pk for pair in best for one in (pair.stays, pair.goes)}
    rows = Patient.objects.in_bulk(keys)
    return [
        replace(pair, stays=rows[pair.stays.pk], goes=rows[pair.goes.pk])
        for pair in best
    ]


def _rank(pair: Pair) -> tuple[int, int]:
    return -pair.strength, -max(pair.stays.pk, pair.goes.pk)


def _bare(rows: Any) -> dict[int, Patient]:
    """Patients by key with what is compared and nothing else, without having been
    loaded: most of them are shown to nobody, and the log tells who was seen."""
    return {
        values[0]: Patient(**dict(zip(_COMPARED, values, strict=True)))
        for values in rows.values_list(*_COMPARED)
    }


def judge(one: Patient, other: Patient) -> Pair | None:
    """Whether two records look like one person's. None: not enough speaks for it.

    A family shares an address, a telephone and, as twins, the birth date: the first
    name has to agree whatever else does.
    """
    given = _alike(one.first_name, other.first_name)
    is_swapped = _swapped(one, other)
    if not given and not is_swapped:
        # Most of the thousands that are looked at: no more is asked of them.
        return None
    family = _alike(one.last_name, other.last_name)
    is_born = one.birth_date == other.birth_date
    is_misread = not is_born and _misread(one, other)
    email = bool(one.email) and one.email.lower() == other.email.lower()
    phone = bool(one.phone) and one.phone == other.phone
    named = (given and family) or is_swapped
    reached = email or phone
    if not (named and (is_born or (is_misread and reached))) and not (
        given and reached and is_born
    ):
        return None
    reasons = [
        ("Same name", named and _same(one, other)),
        ("First and last name changed places", is_swapped),
        ("Nearly the same name", named and not is_swapped and not _same(one, other)),
        ("Same first name", given and not named),
        ("Same birth date", is_born),
        ("Birth date nearly the same", is_misread),
        ("Same e-mail address", email),
        ("Same phone number", phone),
    ]
    strength = 2 * is_born + 2 * _same(one, other) + named + email + phone
    stays, goes = _order(one, other)
    return Pair(
        stays, goes, tuple(words for words, holds in reasons if holds), strength
    )


def _order(one: Patient, other: Patient) -> tuple[Patient, Patient]:
    return (one, other) if _merit(one) <= _merit(other) else (other, one)


def _merit(patient: Patient) -> tuple[bool, int]:
    return patient.user_id is None, patient.pk


def _same(one: Patient, other: Patient) -> bool:
    return _folded(one) == _folded(other)


def _folded(patient: Patient) -> tuple[list[str], list[str]]:
    return fold(patient.first_name).split(), fold(patient.last_name).split()


def _swapped(one: Patient, other: Patient) -> bool:
    given, family = _folded(one)
    return given != family and (family, given) == _folded(other)


def _alike(one: str, other: str) -> bool:
    """Whether one is a slip or a shorter form of the other: "Jon" and "Jonathan"."""
    return bool(one and other) and (matches(one, other) or matches(other, one))


def _misread(one: Patient, other: Patient) -> bool:
    """Whether two birth dates differ by one digit, or in the order of day and month."""
    left, right = f"{one.birth_date:%Y%m%d}", f"{other.birth_date:%Y%m%d}"
    if left[:4] == right[:4] and left[4:6] == right[6:] and left[6:] == right[4:6]:
        return True
    return sum(a != b for a, b in zip(left, right, strict=True)) == 1
