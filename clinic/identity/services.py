"""Changing who we are."""

from clinic.identity.models import ClinicIdentity


def set_identity(**fields: str) -> ClinicIdentity:
    """Save the given fields of the clinic's identity and leave the others."""
    identity, _ = ClinicIdentity.objects.update_or_create(pk=1, defaults=fields)
    return identity
