"""Turning reminder channels on and off."""

from django.db import transaction

from accounts.models import Patient, User
from audit.services import record
from notifications.preferences.models import Preference


@transaction.atomic
def set_preference(
    *,
    actor: User | None,
    channel: str,
    is_enabled: bool,
    patient: Patient | None = None,
    user: User | None = None,
) -> Preference:
    """Say whether reminders may come over `channel`, for a patient or a user.

    `actor` is None when a link in a message said so. Saying the same again changes
    nothing and is not recorded again.
    """
    preference, created = Preference.objects.select_for_update().get_or_create(
        patient=patient,
        user=user,
        channel=channel,
        defaults={"is_enabled": is_enabled},
    )
    if not created and preference.is_enabled == is_enabled:
        return preference
    if not created:
        preference.is_enabled = is_enabled
        preference.save(update_fields=["is_enabled", "updated_at"])
    record(
        actor=actor,
        verb="preference.changed",
        subject=preference,
        patient=patient,
        detail={"channel": str(channel), "enabled": is_enabled},
    )
    return preference
