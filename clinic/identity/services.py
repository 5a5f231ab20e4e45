"""Changing who we are."""

from accounts.proxies.services import set_age_rule
from clinic.identity.models import ClinicIdentity


def set_identity(**fields: str) -> ClinicIdentity:
    """Save the given fields of the clinic's identity and leave the others.

    Locks the row where there is one. Unknown fields raise FieldError; a colour that
    is not #rrggbb in lower case, IntegrityError. The site's settings call this
    whenever an editor saves them, so that messages and papers say the same.
    """
    identity, _ = ClinicIdentity.objects.update_or_create(pk=1, defaults=fields)
    if "time_zone" in fields:
        # Birthdays begin in the clinic's zone, and the floor below reckons them.
        set_age_rule(actor=None, time_zone=fields["time_zone"])
    return identity
