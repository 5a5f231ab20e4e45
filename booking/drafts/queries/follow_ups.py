"""What a booking costs whom it is for: less where it is a follow-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.patients.models import Patient
from booking.appointments.models import Status
from booking.appointments.queries import (
    FollowUp,
    follow_ups_open,
    last_day_of,
    show_price,
)
from booking.drafts.models import Draft
from booking.drafts.queries.progress import draft_patient
from booking.openings.queries import price_of
from clinic.visit_types.models import Offering
from clinic.visit_types.queries import follow_up_line, follow_up_price
from foundation.formats import day_date, local, money

# Of many doctors nobody reads more.
MOST_LINES = 4


def show_draft_price(draft: Draft, user: Any, *, at: datetime) -> None:
    """Let the time that a draft holds show what it costs whom it is for, as far as we
    know them."""
    visit = draft.appointment
    if visit is not None and visit.status == Status.HELD:
        show_price(visit, draft_patient(draft, user) or visit.patient, at=at)


def follow_up_lines(
    offerings: Sequence[Offering], *, patient: Patient | None, at: datetime
) -> list[str]:
    """What each doctor's visit costs this patient as a follow-up, and until when, in
    sentences; for somebody whom we do not know, the rule. The offerings are of one
    kind. Two queries at most."""
    priced = [one for one in offerings if price_of(one)]
    if not priced:
        return []
    kind = priced[0].visit_type
    if patient is None:
        rule = follow_up_line(kind)
        return [f"{rule} Sign in before you book, if you had one."] if rule else []
    doctors = {one.doctor_id: one.doctor for one in priced}
    found = follow_ups_open(patient, kind=kind, doctors=doctors.values(), at=at)
    lines = []
    for offering in priced:
        # At another place the same doctor may cost something else.
        right = found.pop(offering.doctor_id, None)
        if right is not None:
            lines.append(_line(offering, right))
    return lines[:MOST_LINES]


def _line(offering: Offering, right: FollowUp) -> str:
    zone = right.visit.location.time_zone
    seen = day_date(local(right.visit.starts_at, zone).date())
    kind = offering.visit_type
    last = day_date(last_day_of(right.visit, kind))
    full, currency = price_of(offering), kind.currency
    price = follow_up_price(kind, full)
    words = money(price, currency, exact=True) if price else "nothing"
    usual = money(full, currency, exact=True)
    return (
        f"With {offering.doctor.full_name} this is a follow-up of your visit on {seen}:"
        f" until {last} it costs {words} instead of {usual}."
    )
