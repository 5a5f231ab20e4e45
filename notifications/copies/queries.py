"""Who else is told what a patient is told: those who act for them, in what they may.

Parents and guardians of the young always; of others those whom both sides agreed to
tell (`Scope.COPIES`). A copy says what the patient was told in the portal, which holds
no link that opens anything, and never more than a scope reaches.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from accounts.models import Patient, Proxy
from accounts.proxies.models import Scope
from notifications.preferences.queries import Recipient

EVENT = "proxy_copy"

# What a message is about → what one must reach to be told of it. What is not here is
# for the patient alone: their account, who acts for them, their data.
COPIED: dict[str, frozenset[str]] = {
    "appointment_requested": frozenset({Scope.BOOK}),
    # It names the price.
    "appointment_approved": frozenset({Scope.BOOK, Scope.MONEY}),
    "appointment_declined": frozenset({Scope.BOOK}),
    "appointment_confirmed": frozenset({Scope.BOOK}),
    "appointment_cancelled": frozenset({Scope.BOOK}),
    "appointment_unanswered": frozenset({Scope.BOOK}),
    "appointment_unpaid": frozenset({Scope.BOOK}),
    "appointment_moved": frozenset({Scope.BOOK}),
    "appointment_handed_over": frozenset({Scope.BOOK}),
    "appointment_stray": frozenset({Scope.BOOK}),
    "appointment_late": frozenset({Scope.BOOK}),
    "appointment_on_time": frozenset({Scope.BOOK}),
    "appointment_move_asked": frozenset({Scope.BOOK}),
    "appointment_move_declined": frozenset({Scope.BOOK}),
    "appointment_move_expired": frozenset({Scope.BOOK}),
    "turn_called": frozenset({Scope.BOOK}),
    "waitlist_joined": frozenset({Scope.BOOK}),
    "waitlist_offer": frozenset({Scope.BOOK}),
    "waitlist_offer_expired": frozenset({Scope.BOOK}),
    "waitlist_taken": frozenset({Scope.BOOK}),
    "waitlist_ended": frozenset({Scope.BOOK}),
    "appointment_reminder": frozenset({Scope.BOOK}),
    "review_asked": frozenset({Scope.BOOK}),
    "visit_costs_less": frozenset({Scope.MONEY}),
    "payment_received": frozenset({Scope.MONEY}),
    "payment_failed": frozenset({Scope.MONEY}),
    "payment_refunded": frozenset({Scope.MONEY}),
    "payment_returned": frozenset({Scope.MONEY}),
    "prescription_ready": frozenset({Scope.RECORDS}),
    "prescription_ended": frozenset({Scope.RECORDS}),
    "amendment_answered": frozenset({Scope.RECORDS}),
    "forms_asked": frozenset({Scope.RECORDS}),
}
# Values that speak of money where the message is about something else.
OF_MONEY = {"refund_line": ""}


@dataclass(frozen=True)
class Copy:
    """One person to tell besides the patient. `without` are values of the message that
    are beyond their scopes, with what stands in their place."""

    proxy_id: int
    patient: Patient
    recipient: Recipient
    without: dict[str, str]


def told_besides(
    about: Iterable[tuple[str, Patient]], *, at: datetime
) -> dict[int, list[Proxy]]:
    """Who is told of some message about each patient, by the patient's key. `about`:
    event and patient of each message. One query, none where no message is copied."""
    keys = {patient.pk for event, patient in about if event in COPIED}
    found: dict[int, list[Proxy]] = {}
    if keys:
        rows = _told(at).filter(patient__in=keys).select_related("user", "patient")
        for row in rows.order_by("pk"):
            found.setdefault(row.patient_id or 0, []).append(row)
    return found


def copies_of(event: str, to_email: str, proxies: Iterable[Proxy]) -> list[Copy]:
    """The copies of one message about the patient of `proxies`, which went to
    `to_email` already: a young child's address is often that of a parent."""
    needs = COPIED.get(event)
    if needs is None:
        return []
    return [
        Copy(
            proxy_id=proxy.pk,
            patient=proxy.patient,
            recipient=Recipient(
                name=proxy.user.get_full_name(),
                email=proxy.user.email,
                time_zone=proxy.user.time_zone,
                language=proxy.user.language,
                # The row is about the patient, and goes when they go.
                patient=proxy.patient,
            ),
            without={} if Scope.MONEY in proxy.scopes else OF_MONEY,
        )
        for proxy in proxies
        if proxy.user is not None
        and proxy.patient is not None
        and needs <= set(proxy.scopes)
        and proxy.user.email.lower() != to_email.lower()
    ]


def is_still_told(patient: Patient | None, address: str, *, at: datetime) -> bool:
    """Whether whoever has this address is still to be told; asked when a copy is sent,
    so that none goes out after the end."""
    return patient is not None and (
        _told(at).filter(patient=patient, user__email__iexact=address).exists()
    )


def _told(at: datetime) -> Any:
    rows = Proxy.objects.in_force(at).filter(user__is_active=True)
    agreed = Q(ground=Proxy.Ground.MINOR) | Q(scopes__contains=[Scope.COPIES])
    return rows.filter(agreed).exclude(patient__user=F("user"))
