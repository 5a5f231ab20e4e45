"""Telling about restrictions of use. Each job may run twice; the mails say nothing of
why."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import Restriction, User
from accounts.users.models import Role
from clinic.identity.queries import current
from foundation.formats import local, long_date, plain_date
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_patient, recipient_for_user

# GDPR 12(3).
ANSWER_WITHIN = timedelta(days=30)


def tell_of_request(restriction_id: int) -> None:
    """Tell medical administration that a request waits, and until when."""
    row = Restriction.objects.filter(pk=restriction_id).first()
    if row is None or row.status != Restriction.Status.ASKED:
        return
    due = plain_date(local(row.asked_at + ANSWER_WITHIN, current().time_zone))
    for user in User.objects.filter(
        role_assignments__role=Role.MEDICAL_ADMIN, is_active=True
    ).distinct():
        notify(
            event="restriction_asked",
            recipient=recipient_for_user(user),
            context={"due": due},
            at=timezone.now(),
            dedupe_key=f"restriction-asked:{row.pk}:{user.pk}",
            link=reverse("accounts:restriction_one", args=[row.public_id]),
        )


def tell_of_answer(restriction_id: int) -> None:
    """Tell the patient what was decided."""
    row = _found(restriction_id)
    if row is not None and row.decided_by_id is not None:
        _tell(row, "restriction_decided", {})


def tell_of_end(restriction_id: int) -> None:
    """Tell the patient, before it happens, that the record opens again."""
    row = _found(restriction_id)
    if row is not None and row.lifts_at is not None:
        zone = row.patient.time_zone or current().time_zone
        _tell(row, "restriction_ends", {"when": long_date(local(row.lifts_at, zone))})


def _found(restriction_id: int) -> Restriction | None:
    rows = Restriction.objects.select_related("patient__user")
    return rows.filter(pk=restriction_id).first()


def _tell(row: Restriction, event: str, context: dict[str, str]) -> None:
    notify(
        event=event,
        kind=Kind.URGENT,
        recipient=recipient_for_patient(row.patient),
        context=context,
        at=timezone.now(),
        dedupe_key=f"{event}:{row.pk}",
        link=reverse("accounts:restriction"),
    )
