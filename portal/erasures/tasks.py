"""Jobs around erasures."""

import logging
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.users.models import Role
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_user
from portal.erasures import services
from portal.erasures.models import Erasure
from portal.erasures.queries import unfinished

log = logging.getLogger(__name__)

LEFT_FOR = timedelta(minutes=10)


def carry_out(erasure_id: int) -> None:
    """Erase, or go on where another worker went away."""
    erasure = Erasure.objects.filter(pk=erasure_id).first()
    if erasure is None:
        log.warning("Erasure %s is gone; nothing to carry out.", erasure_id)
        return
    services.carry_out(erasure=erasure, at=timezone.now())


def sweep_erasures() -> None:
    """Finish what the queue gave up on, and delete last messages that are sent."""
    at = timezone.now()
    for erasure in unfinished(at - LEFT_FOR):
        services.carry_out(erasure=erasure, at=at)
    services.forget_last_messages()


def tell_asked(erasure_id: int) -> None:
    """Confirm it to the person, and tell who checks it, without a name."""
    erasure = _found(erasure_id)
    if erasure is None:
        return
    at = timezone.now()
    notify(
        event="erasure_asked",
        kind=Kind.URGENT,
        recipient=recipient_for_user(erasure.user),
        context={},
        at=at,
        dedupe_key=f"erasure-asked:{erasure.pk}",
        link=reverse("erasures:own"),
    )
    checkers = User.objects.filter(
        role_assignments__role=Role.MEDICAL_ADMIN, is_active=True
    )
    for checker in checkers.exclude(pk=erasure.user_id).distinct():
        notify(
            event="erasure_waits",
            recipient=recipient_for_user(checker),
            context={},
            at=at,
            dedupe_key=f"erasure-waits:{erasure.pk}:{checker.pk}",
            link=reverse("erasures:erasure", args=[erasure.public_id]),
        )


def tell_decided(erasure_id: int) -> None:
    """Tell the person that there is an answer. Its words wait behind the sign-in."""
    erasure = _found(erasure_id)
    if erasure is None or not erasure.user.is_active:
        return
    notify(
        event="erasure_decided",
        kind=Kind.URGENT,
        recipient=recipient_for_user(erasure.user),
        context={"approved": erasure.status != Erasure.Status.REFUSED},
        at=timezone.now(),
        dedupe_key=f"erasure-decided:{erasure.pk}",
        link=reverse("erasures:own"),
    )


def _found(erasure_id: int) -> Erasure | None:
    erasure = Erasure.objects.select_related("user").filter(pk=erasure_id).first()
    if erasure is None:
        log.warning("Erasure %s is gone; nobody to tell.", erasure_id)
    return erasure
