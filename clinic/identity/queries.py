"""Who are we?"""

from clinic.identity.models import ClinicIdentity
from foundation.sql import columns, fetch, take_row

# With nearly every page: kept prepared.
_CURRENT = f"""
SELECT {columns(ClinicIdentity, "c")} FROM clinic_clinicidentity c WHERE c.id = 1
"""  # noqa: S608 names of columns  # nosec B608


def current() -> ClinicIdentity:
    """The clinic's identity; the defaults, unsaved, where none was set yet."""
    rows = fetch(_CURRENT, {})
    found = take_row(ClinicIdentity, iter(rows[0])) if rows else None
    return found or ClinicIdentity(pk=1)
