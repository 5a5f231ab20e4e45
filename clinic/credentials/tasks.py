"""The hourly look at what ends: a day begins at another hour in every zone."""

from django.utils import timezone

from clinic.credentials.queries import clinic_today, ending
from clinic.credentials.services import follow_licences, warn_of_end


def warn_of_ends() -> None:
    """Tell people 60, 30 and 7 days before a credential ends, and on its last day; and
    stop the bookings of doctors whose licence is over, where the clinic wants that."""
    at = timezone.now()
    for credential, days in ending(today=clinic_today(at)):
        if credential.valid_until is not None:
            warn_of_end(
                credential=credential, days=days, valid_until=credential.valid_until
            )
    follow_licences(actor=None, at=at)
