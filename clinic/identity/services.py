"""Changing who we are."""

from clinic.identity.models import ClinicIdentity


def set_identity(**fields: str) -> ClinicIdentity:
    """Save the given fields of the clinic's identity and leave the others.

    Locks the row where there is one. Unknown fields raise FieldError; a colour that
    is not #rrggbb in lower case, IntegrityError. The site's settings call this
    whenever an editor saves them, so that messages and papers say the same.
    """
    identity, _ = ClinicIdentity.objects.update_or_create(pk=1, defaults=fields)
    return identity
