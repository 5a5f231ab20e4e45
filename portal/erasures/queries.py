"""What stands in the way of an erasure, what is kept until when, and the report."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Max, Q

from accounts.models import Patient
from billing.models import Payment, Refund
from billing.payments.models import UNANSWERED
from booking.models import Appointment
from portal.erasures.models import OPEN, Erasure
from portal.erasures.permissions import visible_to
from portal.holdings.queries import HOLDINGS, Fate, model_of, with_merged
from records.models import Document, Prescription

# Until then a child's record is kept (NHS Records Management Code).
CHILD_UNTIL = 25
STEPS = ("account", "keep", "tell", "files", "rows", "name")


def newest_erasure(user: Any) -> Erasure | None:
    """The one that is under way, else the last there was."""
    mine = Erasure.objects.filter(user=user)
    return mine.filter(status__in=OPEN).first() or mine.order_by("-created_at").first()


def listed_erasures(user: Any, *, is_open: bool) -> Any:
    """For the workspace: those that wait, the oldest first; or all, the newest first.

    With the patient's `number` and nothing else of them.
    """
    rows = visible_to(user).annotate(number=F("patient__number"))
    if is_open:
        return rows.filter(status__in=OPEN).order_by("created_at")
    return rows.order_by("-created_at")


def patients_of(erasure: Erasure) -> list[Patient]:
    """The person's record with those merged into it, also after the name is gone."""
    return with_merged([erasure.patient]) if erasure.patient else []


def obstacle(patient: Patient | None, at: datetime) -> str:
    """What has to be settled first, as a sentence; "" where nothing does."""
    if patient is None:
        return ""
    if Appointment.objects.filter(patient=patient).upcoming(at).exists():
        return "You have a visit ahead. Cancel it first, then ask again."
    money = Payment.objects.filter(patient=patient)
    if (
        money.filter(status__in=UNANSWERED).exists()
        or money.filter(status=Payment.Status.FLAGGED).exists()
        or Refund.objects.filter(
            payment__patient=patient, status=Refund.Status.PENDING
        ).exists()
    ):
        return (
            "A payment is not settled yet. Wait until it has arrived or come back, "
            "then ask again."
        )
    return ""


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def record_until(patient: Patient) -> date | None:
    """Until when the law has a record kept; None where there is nothing in it.

    RECORDS_KEEP_YEARS after the last that happened, and for a child until 25.
    """
    last = [
        Appointment.objects.filter(patient=patient)
        .exclude(status__in=["HELD", "EXPIRED", "DECLINED"])
        .aggregate(last=Max("ends_at"))["last"],
        Document.objects.filter(patient=patient).aggregate(last=Max("created_at"))[
            "last"
        ],
        Prescription.objects.filter(patient=patient).aggregate(last=Max("created_at"))[
            "last"
        ],
    ]
    days = [moment.date() for moment in last if moment]
    if not days:
        return None
    until = years_after(max(days), settings.RECORDS_KEEP_YEARS)
    return max(until, years_after(patient.birth_date, CHILD_UNTIL))


def money_until(patient: Patient) -> date | None:
    """Until when payments are kept: MONEY_KEEP_YEARS after the end of their year."""
    last = Payment.objects.filter(patient=patient).aggregate(last=Max("created_at"))
    if last["last"] is None:
        return None
    return date(last["last"].year + 1 + settings.MONEY_KEEP_YEARS, 1, 1)


def kept_until(patients: list[Patient], on: date) -> date | None:
    """The day from which nothing need be kept any more; None: nothing need be."""
    days = [
        day
        for patient in patients
        for day in (record_until(patient), money_until(patient))
        if day is not None
    ]
    latest = max(days, default=None)
    return latest if latest is not None and latest > on else None


def kept_labels() -> list[str]:
    """The tables whose content moves into the closed record."""
    return [label for label, one in HOLDINGS.items() if one.fate is Fate.KEEP]


@dataclass(frozen=True)
class ReportLine:
    """What became of one table: how many rows, in words."""

    title: str
    count: int
    fate: str


def report_lines(erasure: Erasure) -> list[ReportLine]:
    """The report for people; tables that had nothing of the person stay away."""
    lines = []
    for label, (fate, count) in erasure.report.items():
        title = "Files"
        if label in HOLDINGS:
            title = str(model_of(label)._meta.verbose_name_plural).capitalize()
        if count:
            lines.append(ReportLine(title, count, fate))
    return lines


def table_of(label: str) -> Any:
    """The table's rows, whatever its managers leave out."""
    return model_of(label)._base_manager


def unfinished(at: datetime) -> Any:
    """Erasures that a worker left in the middle."""
    return Erasure.objects.filter(status=Erasure.Status.RUNNING, updated_at__lte=at)


def overdue_records(on: date) -> Any:
    """Closed records that need be kept no longer."""
    return Erasure.objects.filter(~Q(kept=""), kept_until__lte=on)
