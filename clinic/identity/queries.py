"""Who are we?"""

from clinic.identity.models import ClinicIdentity


def current() -> ClinicIdentity:
    """The clinic's identity; the defaults, unsaved, where none was set yet."""
    return ClinicIdentity.objects.filter(pk=1).first() or ClinicIdentity(pk=1)
