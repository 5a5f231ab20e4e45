"""Telling people that their records were made one, or parted. Each job may run twice;
the mails name nobody but the clinic."""

import logging

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient, Proxy
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.queries import (
    Recipient,
    recipient_for_patient,
    recipient_for_user,
)
from portal.merges.models import Merge
from portal.merges.queries import facts_of

log = logging.getLogger(__name__)


def tell_merged(merge_id: int) -> None:
    """Tell the patient, if they have an account, and who can act for them no more. Each
    other address of the two records hears of it too: if they are not one person's, that
    is somebody whose record another can read now."""
    merge = _found(merge_id)
    if merge is None:
        return
    _tell(merge.kept, "records_merged", merge)
    for number, address in enumerate(_addresses_beside(merge)):
        notify(
            event="merged_elsewhere",
            kind=Kind.URGENT,
            # The row is about the patient, and goes when they go.
            recipient=Recipient(name="", email=address, patient=merge.kept),
            context={},
            at=timezone.now(),
            dedupe_key=f"merged-elsewhere:{merge.pk}:{number}",
        )
    rows = Proxy.objects.filter(patient=merge.merged, status=Proxy.Status.ACTIVE)
    # By their dates: a record that was merged has none in force.
    rows = rows.filter(Q(ends_at=None) | Q(ends_at__gt=merge.merged_at))
    for proxy in rows.select_related("user"):
        if proxy.user is not None:
            notify(
                event="proxy_paused",
                kind=Kind.URGENT,
                recipient=recipient_for_user(proxy.user),
                context={},
                at=timezone.now(),
                dedupe_key=f"proxy-paused:{merge.pk}:{proxy.pk}",
                link=reverse("accounts:family"),
            )


def _addresses_beside(merge: Merge) -> list[str]:
    """The e-mail addresses of the two records, as they were, to which nothing was sent
    and which sign nobody in; none where nobody can read the record."""
    user = merge.kept.user
    if user is None:
        return []
    before, _ = facts_of(merge).get("email", (merge.kept.email, ""))
    known = {address.lower(): address for address in (before, merge.merged.email)}
    told = {"", user.email.lower(), recipient_for_patient(merge.kept).email.lower()}
    return [known[address] for address in sorted(known.keys() - told)]


def tell_parted(merge_id: int) -> None:
    """Tell both, where they have an account, that there are two records again."""
    merge = _found(merge_id)
    if merge is not None and merge.undone_at is not None:
        for patient in (merge.kept, merge.merged):
            _tell(patient, "records_parted", merge)


def _found(merge_id: int) -> Merge | None:
    rows = Merge.objects.select_related("kept__user", "merged__user")
    merge = rows.filter(pk=merge_id).first()
    if merge is None:
        log.warning("Merge %s is gone; nobody to tell.", merge_id)
    return merge


def _tell(patient: Patient, event: str, merge: Merge) -> None:
    if patient.user is None:
        return
    notify(
        event=event,
        kind=Kind.URGENT,
        recipient=recipient_for_patient(patient),
        context={},
        at=timezone.now(),
        dedupe_key=f"{event}:{merge.pk}:{patient.pk}",
        link=reverse("portal:access"),
    )
