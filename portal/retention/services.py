"""Carrying out the table of retention."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.entries.models import Category
from audit.services import record
from billing.models import Finding, ProviderEvent, Refund
from booking.models import Appointment, Move, StatusChange, StrayDecision
from portal.erasures.services import shred_kept
from portal.merges.models import MovedRow
from portal.retention.models import RetentionRun
from portal.retention.queries import RULES, Rule
from records.models import (
    Amendment,
    Document,
    Prescription,
    PrescriptionItem,
    QuestionnaireResponse,
)

# Of one rule in one night, so that a night's work has an end; the next goes on.
AT_ONCE = 5000


@dataclass(frozen=True)
class Outcome:
    """Of how many rows one rule disposed, or in a dry run would."""

    rule: Rule
    rows: int


def apply_retention(*, at: datetime, is_dry: bool = False) -> list[Outcome]:
    """Carry out every rule that has no job of its own; with `is_dry` only count, for
    all of them. Each rule commits by itself and leaves an entry in the log."""
    found = []
    for rule in RULES:
        if is_dry:
            found.append(Outcome(rule, rule.count(at)))
        elif not rule.by:
            found.append(Outcome(rule, _apply(rule, at)))
    return found


def _apply(rule: Rule, at: datetime) -> int:
    keys = list(rule.overdue(at).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if not keys:
        return 0
    rows = rule.overdue(at).model._base_manager.filter(pk__in=keys)
    with transaction.atomic():
        _DO.get(rule.key, _delete)(rows, at)
        run = RetentionRun.objects.create(rule=rule.key, at=at, rows=len(keys))
        record(
            actor=None,
            verb="retention.applied",
            subject=run,
            category=Category.SETTINGS,
            detail={"rule": rule.key, "rows": len(keys)},
        )
    return len(keys)


def _delete(rows: Any, at: datetime) -> None:
    rows.delete()


def _retire_records(patients: Any, at: datetime) -> None:
    """Files first: what is cut off in between is overdue the next night too."""
    papers = Document.objects.filter(patient__in=patients)
    for document in papers:
        if document.file:
            storage: Any = document.file.storage
            storage.shred(document.file.name)
    Amendment.objects.filter(patient__in=patients).delete()
    QuestionnaireResponse.objects.filter(patient__in=patients).delete()
    orders = Prescription.objects.filter(patient__in=patients)
    orders.update(replaces=None, pdf=None)
    PrescriptionItem.objects.filter(prescription__in=orders).delete()
    orders.delete()
    papers.delete()
    visits = Appointment.objects.filter(patient__in=patients)
    StatusChange.objects.filter(appointment__in=visits).update(reason="")
    Move.objects.filter(appointment__in=visits).update(reason="", answer="")
    StrayDecision.objects.filter(appointment__in=visits).update(reason="")
    visits.update(reason="")


def _retire_payments(payments: Any, at: datetime) -> None:
    for model in (Refund, ProviderEvent, Finding):
        model._base_manager.filter(payment__in=payments).delete()
    payments.delete()


def _shred_closed(erasures: Any, at: datetime) -> None:
    for erasure in erasures:
        shred_kept(erasure=erasure, at=at)


def _forget_notes(merges: Any, at: datetime) -> None:
    MovedRow.objects.filter(merge__in=merges).delete()
    merges.update(facts="", marks={})


_DO: dict[str, Callable[[Any, datetime], None]] = {
    "records": _retire_records,
    "payments": _retire_payments,
    "closed records": _shred_closed,
    "merges": _forget_notes,
}
