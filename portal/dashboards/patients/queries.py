"""Finding patients, and their story on one screen."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, F, Max, Q, QuerySet, When

from accounts.models import Patient
from accounts.patients.permissions import visible_to
from booking.appointments.models import Appointment, Status
from booking.appointments.permissions import visible_to as visible_appointments
from portal.dashboards.my_health.queries import PAYMENTS, story
from records.timeline import queries as timeline

_DATE = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$")


def find_visit(user: Any, words: str) -> Appointment | None:
    """The visit with this reference, if `user` may see it."""
    reference = words.strip()
    if not reference:
        return None
    rows = visible_appointments(user).filter(patient__isnull=False)
    return rows.filter(reference__iexact=reference).first()


def find_patients(user: Any, words: str, *, at: datetime) -> QuerySet[Patient]:
    """The patients whom `user` may see and whom `words` describe.

    Each word may begin a name, a number or an e-mail address, be part of a telephone
    number, or (as 14/3/1986 or 1986-03-14) the birth date. Whose last name begins with
    one of them comes first. Without words: those seen most lately first.
    """
    found = visible_to(user).filter(merged_into=None)
    born = _birth_date(words)
    if born is not None:
        found = found.filter(birth_date=born)
    else:
        for word in words.split():
            found = found.filter(_meaning(word))
    seen = Q(appointments__status=Status.COMPLETED, appointments__starts_at__lte=at)
    found = found.annotate(last_visit_at=Max("appointments__starts_at", filter=seen))
    if words.strip():
        by_last_name = Q()
        for word in words.split():
            by_last_name |= Q(last_name__istartswith=word)
        last_names_first = Case(When(by_last_name, then=0), default=1)
        return found.order_by(last_names_first, "last_name", "first_name", "pk")
    return found.order_by(F("last_visit_at").desc(nulls_last=True), "-pk")


def _meaning(word: str) -> Q:
    meaning = (
        Q(last_name__istartswith=word)
        | Q(first_name__istartswith=word)
        | Q(number__istartswith=word)
        | Q(email__istartswith=word)
    )
    # Typed with a leading 0, stored with the country's code.
    digits = re.sub(r"\D", "", word).lstrip("0")
    if len(digits) >= 4:
        meaning |= Q(phone__contains=digits)
    return meaning


def _birth_date(words: str) -> date | None:
    words = words.strip()
    match = _DATE.match(words)
    try:
        if match:
            day, month, year = map(int, match.groups())
            return date(year, month, day)
        return date.fromisoformat(words)
    except ValueError:
        return None


@dataclass(frozen=True)
class Chart:
    """A patient on one screen, as far as the viewer may see it; `is_clinical` where
    that is their record, too."""

    patient: Patient
    is_clinical: bool
    coming: list[Appointment]
    past: list[Appointment]
    entries: list[timeline.Entry]


def chart(user: Any, patient: Patient, *, at: datetime) -> Chart:
    """What `user`, who may see the patient, may see of them."""
    visits = (
        visible_appointments(user)
        .filter(patient=patient)
        .select_related("doctor", "visit_type", "location")
    )
    clinical = user.has_perm("records.view_record", patient)
    kinds = list(timeline.KINDS) if clinical else [timeline.VISITS, timeline.DOCUMENTS]
    if user.has_perm("billing.view_ledger"):
        kinds.append(PAYMENTS)
    return Chart(
        patient=patient,
        is_clinical=clinical,
        coming=list(visits.upcoming(at).order_by("starts_at")[:10]),
        past=list(
            visits.filter(ends_at__lte=at)
            .exclude(status__in=[Status.HELD, Status.EXPIRED])
            .order_by("-starts_at")[:10]
        ),
        entries=story(user, patient, kinds=kinds, limit=40),
    )
