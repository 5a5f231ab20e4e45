"""Which rows are overdue: one question for each class of data."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from accounts.models import Patient
from accounts.restrictions.queries import restricted_patients
from billing.models import Payment
from booking.models import Appointment, FreedTime, Review, WaitlistEntry
from notifications.models import Delivery
from portal.erasures.queries import CHILD_UNTIL, overdue_records, years_after
from portal.legal_holds.queries import held_patients
from portal.merges.models import UNDO_WITHIN, Merge, MovedRow
from records.models import Document, Prescription

A_YEAR, A_MONTH = timedelta(days=365), timedelta(days=30)


def kept(at: datetime) -> Any:
    """Of whom nothing may go: a legal hold stands, or they asked to restrict the use of
    their record instead of losing it (GDPR 18(1)(b), (c))."""
    held, restricted = held_patients(at.date()), restricted_patients(at)
    return Patient.objects.filter(Q(pk__in=held) | Q(pk__in=restricted)).values("pk")


def messages(at: datetime) -> Any:
    old = Delivery.objects.filter(created_at__lte=at - A_YEAR)
    old = old.exclude(status__in=[Delivery.Status.QUEUED, Delivery.Status.SENDING])
    return old.exclude(patient__in=kept(at))


def holds(at: datetime) -> Any:
    nobodys = Appointment.objects.filter(patient=None, payments=None)
    over = nobodys.filter(status__in=["EXPIRED", "CANCELLED"])
    return over.filter(updated_at__lte=at - A_MONTH)


def waited(at: datetime) -> Any:
    over = WaitlistEntry.objects.filter(ended_at__lte=at - A_YEAR)
    return over.exclude(patient__in=held_patients(at.date()))


def freed(at: datetime) -> Any:
    """Settled ones that no offer speaks of any more."""
    over = FreedTime.objects.filter(ended_at__lte=at - A_YEAR)
    return over.filter(offers=None)


def merges(at: datetime) -> Any:
    """Merges that can't be undone any more and still have notes for it."""
    over = Merge.objects.filter(merged_at__lte=at - UNDO_WITHIN)
    notes = MovedRow.objects.filter(merge=OuterRef("pk"))
    over = over.filter(Exists(notes) | ~Q(facts="") | ~Q(marks={}))
    # Of the emptied record no hold begins; one that stands is in the way of a merge.
    return over.exclude(kept__in=kept(at))


def reviews(at: datetime) -> Any:
    """Reviews that nobody is shown, a year after that was decided or they were taken
    back."""
    off = Q(status="HIDDEN", decided_at__lte=at - A_YEAR)
    off |= Q(status="WITHDRAWN", updated_at__lte=at - A_YEAR)
    over = Review.objects.filter(off)
    return over.exclude(appointment__patient__in=kept(at))


def records(at: datetime) -> Any:
    """Patients of whom there is something, and with whom nothing has happened since."""
    since = years_after(at.date(), -settings.RECORDS_KEEP_YEARS)
    visits = Appointment.objects.filter(patient=OuterRef("pk"))
    visits = visits.exclude(status__in=["HELD", "EXPIRED", "DECLINED"])
    papers = Document.objects.filter(patient=OuterRef("pk"))
    orders = Prescription.objects.filter(patient=OuterRef("pk"))
    return (
        Patient.objects.filter(birth_date__lte=years_after(at.date(), -CHILD_UNTIL))
        .exclude(Exists(visits.filter(ends_at__date__gt=since)))
        .exclude(Exists(papers.filter(created_at__date__gt=since)))
        .exclude(Exists(orders.filter(created_at__date__gt=since)))
        .filter(Exists(papers) | Exists(orders) | Exists(visits.filter(~Q(reason=""))))
        .exclude(pk__in=kept(at))
    )


def payments(at: datetime) -> Any:
    until = date(at.year - settings.MONEY_KEEP_YEARS, 1, 1)
    old = Payment.objects.filter(created_at__date__lt=until)
    return old.exclude(patient__in=kept(at))


def closed(at: datetime) -> Any:
    return overdue_records(at.date()).exclude(patient__in=kept(at))
