"""The daily look at what ends."""

from django.utils import timezone

from clinic.credentials.queries import clinic_today, ending
from clinic.credentials.services import warn_of_end


def warn_of_ends() -> None:
    """Tell people 60 and 14 days before a credential ends, and on its last day."""
    for credential, days in ending(today=clinic_today(timezone.now())):
        if credential.valid_until is not None:
            warn_of_end(
                credential=credential, days=days, valid_until=credential.valid_until
            )
