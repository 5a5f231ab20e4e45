"""What a patient needs to know today, from every room of the care wing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.consents.permissions import may_answer
from accounts.consents.queries import open_questions
from accounts.models import Patient
from accounts.patients.permissions import acts_on, is_own
from accounts.proxies.models import Scope
from billing.models import Payment
from billing.payments.queries import PaymentState, payment_states, payments_of
from booking.appointments.models import Appointment, Status
from booking.appointments.permissions import visible_to as visible_appointments
from booking.models import Offer
from booking.waitlist.queries import open_offers_of
from foundation.formats import (
    duration,
    local,
    money,
    relative_date,
    short_date_time,
)
from notifications.models import Delivery
from notifications.notices.queries import notices_for, notices_of
from records.models import Prescription
from records.prescriptions.queries import prescriptions_of
from records.responses.queries import State, open_forms
from records.timeline import queries as timeline

PAYMENTS = "payments"
KINDS = {**timeline.KINDS, PAYMENTS: "Payments"}


@dataclass(frozen=True)
class ToDo:
    """Something the patient should do, with where to do it."""

    title: str
    text: str
    url: str
    icon: str
    tag: str = ""


@dataclass(frozen=True)
class Home:
    """The portal's first page."""

    next_visit: Appointment | None
    soon: str
    coming: list[Appointment]
    to_do: list[ToDo]
    notices: list[Delivery]
    prescriptions: list[Prescription]


def home(
    user: Any,
    patient: Patient,
    *,
    at: datetime,
    shows: Collection[str] = tuple(Scope),
) -> Home:
    """What is next and what needs doing; of another's things those in the scopes of
    `shows`. A fixed number of queries."""
    own = is_own(user, patient)
    notices = notices_for(user) if own else notices_of(patient)
    visits = list(
        visible_appointments(user)
        .filter(patient=patient)
        .upcoming(at)
        .select_related("doctor", "visit_type", "location", "room")
        .order_by("starts_at")[:12]
    )
    booked = [visit for visit in visits if visit.status != Status.HELD]
    certain = [visit for visit in booked if visit.status != Status.REQUESTED]
    first = certain[0] if certain else None
    return Home(
        next_visit=first,
        soon=soon(first, at=at) if first is not None else "",
        coming=[visit for visit in booked if visit is not first][:5],
        to_do=(_offers(patient, at) if Scope.BOOK in shows else [])
        + (_forms(patient, visits, at, shows) if Scope.RECORDS in shows else [])
        + _to_do(
            user,
            patient,
            visits if Scope.MONEY in shows else [],
            payment_states(visits),
            own=own,
        ),
        notices=list(notices[:3]) if Scope.MESSAGES in shows else [],
        prescriptions=list(
            prescriptions_of(user, patient).filter(status=Prescription.Status.SIGNED)[
                :3
            ]
        ),
    )


def soon(visit: Appointment, *, at: datetime) -> str:
    """How far off a visit is: minutes and hours on its day, else the day in words."""
    zone = visit.location.time_zone
    day, today = local(visit.starts_at, zone).date(), local(at, zone).date()
    if at >= visit.starts_at:
        return "Now"
    if day != today:
        return relative_date(day, today)
    left = visit.starts_at - at
    # Seconds that are left are a minute that has not gone by.
    return f"Starts in {duration(-(-int(left.total_seconds()) // 60))}"


def _offers(patient: Patient, at: datetime) -> list[ToDo]:
    """Times that came free for them, and run out."""
    return [
        ToDo(
            title=f"Free for you: {_when(offer.freed.starts_at, offer)}",
            text=f"With {offer.freed.doctor.full_name}. Take it by "
            f"{_when(offer.expires_at, offer)}, or say no",
            url=reverse("booking:offer", args=[offer.public_id]),
            icon="clock",
            tag="Runs out",
        )
        for offer in open_offers_of([patient], at=at)
    ]


def _forms(
    patient: Patient, seen: list[Appointment], at: datetime, shows: Collection[str]
) -> list[ToDo]:
    """What to fill in before visits, one line a visit. Who acts for somebody in the
    record alone is shown no visits, but what to fill in for them."""
    visits = seen
    if Scope.BOOK not in shows:
        rows = Appointment.objects.filter(patient=patient).upcoming(at)
        rows = rows.select_related("doctor", "location").order_by("starts_at")
        visits = list(rows[:12])
    found = open_forms(visits)
    doing = []
    for visit in visits:
        forms = found.get(visit.pk)
        if not forms:
            continue
        only_confirm = all(one.state == State.CONFIRM for one in forms)
        titles = ", ".join(one.form.title for one in forms)
        when = short_date_time(visit.starts_at, visit.location.time_zone)
        doing.append(
            ToDo(
                title="Is it still right?" if only_confirm else f"Fill in: {titles}",
                text=f"{titles}. " * only_confirm
                + f"Before your visit on {when} with {visit.doctor.full_name}",
                url=reverse("records:visit_forms", args=[visit.public_id]),
                icon="clipboard",
            )
        )
    return doing


def _when(moment: datetime, offer: Offer) -> str:
    return short_date_time(moment, offer.freed.location.time_zone)


def _to_do(
    user: Any,
    patient: Patient,
    visits: list[Appointment],
    states: dict[int, PaymentState],
    *,
    own: bool,
) -> list[ToDo]:
    doing = [
        ToDo(
            title=f"Pay {money(state.amount, state.currency, exact=True)} "
            f"to keep your visit",
            text=f"With {visit.doctor.full_name}",
            url=reverse("billing:pay_appointment", args=[visit.public_id]),
            icon="card",
            tag="Payment due",
        )
        for visit in visits
        if visit.status == Status.HELD and (state := states[visit.pk]).is_payable
    ]
    doing += [
        ToDo(
            title=choice.text.title,
            text="We changed this text, so the yes counts no more. Read it and answer."
            if choice.is_stale
            else "The care is the same, whatever the answer.",
            url=f"{reverse('accounts:consents')}#{choice.purpose.lower()}",
            icon="check-circle",
            tag="Asked again" if choice.is_stale else "",
        )
        for choice in open_questions(patient)
        if may_answer(user, patient, choice.purpose)
    ]
    if own and not patient.phone:
        doing.append(
            ToDo(
                title="Add a mobile number",
                text="So that we can text you before a visit, and call if it changes.",
                url=reverse("accounts:profile"),
                icon="phone",
            )
        )
    return doing


def story(
    user: Any,
    patient: Patient,
    *,
    kinds: Collection[str] = tuple(KINDS),
    before: datetime | None = None,
    limit: int = 30,
) -> list[timeline.Entry]:
    """The patient's timeline with their payments, the newest first."""
    entries = timeline.timeline(user, patient, kinds=kinds, before=before, limit=limit)
    if PAYMENTS in kinds:
        at_work = user.has_perm("accounts.work_here") and not is_own(user, patient)
        books = not at_work and acts_on(user, patient, Scope.BOOK)
        name = "billing:payment" if at_work else "billing:receipt"
        entries += _payments(patient, before, limit, "" if books else name)
    return timeline.newest(entries, limit)


def _payments(
    patient: Patient, before: datetime | None, limit: int, name: str
) -> list[timeline.Entry]:
    rows = payments_of(patient).annotate(told_at=Coalesce("paid_at", "created_at"))
    if before is not None:
        rows = rows.filter(told_at__lt=before)
    rows = rows.order_by("-told_at", "-pk")
    return [_payment(row, name) for row in rows[:limit]]


def _payment(row: Payment, name: str) -> timeline.Entry:
    """Leads to the page of its visit, or where `name` is given to that of it."""
    back = [refund for refund in row.refunds.all() if refund.status == "SUCCEEDED"]
    text = f"For the visit with {row.appointment.doctor.full_name}"
    if back:
        total = sum((refund.amount for refund in back), start=back[0].amount * 0)
        text += f". {money(total, row.currency, exact=True)} went back"
    return timeline.Entry(
        at=row.paid_at or row.created_at,
        kind=PAYMENTS,
        icon="card",
        title=f"Paid {money(row.amount, row.currency, exact=True)}",
        text=text,
        url=reverse("booking:appointment", args=[row.appointment.public_id])
        if not name
        else reverse(name, args=[row.public_id]),
    )
