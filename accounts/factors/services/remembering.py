"""Devices on which the second factor is not asked for again for a month."""

import secrets
from datetime import datetime

from django.db import transaction

from accounts.factors.models import RememberedDevice
from accounts.factors.queries import REMEMBERED_FOR, digest
from accounts.users.models import User
from audit.services import record


@transaction.atomic
def remember_device(
    *, user: User, browser: str, address: str | None, at: datetime
) -> str:
    """Remember a browser for 30 days. Returns the token that it must keep."""
    token = secrets.token_urlsafe(32)
    RememberedDevice.objects.create(
        user=user,
        digest=digest(token),
        epoch=user.factor_epoch,
        browser=browser[:80],
        address=address,
        expires_at=at + REMEMBERED_FOR,
    )
    record(actor=user, verb="factor.device_remembered", subject=user)
    return token


@transaction.atomic
def forget_device(*, actor: User, device: RememberedDevice) -> None:
    """Ask that browser for the second factor again."""
    device.delete()
    record(actor=actor, verb="factor.device_forgotten", subject=actor)


def forget_all_devices(*, user: User) -> None:
    """Ask every browser of `user` again."""
    user.remembered_devices.all().delete()
