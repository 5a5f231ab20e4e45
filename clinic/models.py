"""Gathers the topics' tables for Django."""

from clinic.credentials.models import Credential, CredentialWarning, LicenceRule
from clinic.doctors.models import Doctor
from clinic.grants.models import Grant
from clinic.identity.models import ClinicIdentity
from clinic.locations.models import Closure, Location, OpeningHours
from clinic.resources.models import (
    Capability,
    Equipment,
    Outage,
    ResourceHours,
    Room,
)
from clinic.rota.models import DaysOff, Shift
from clinic.specialties.models import Specialty
from clinic.visit_types.models import Offering, VisitType

__all__ = [
    "Capability",
    "ClinicIdentity",
    "Closure",
    "Credential",
    "CredentialWarning",
    "DaysOff",
    "Doctor",
    "Equipment",
    "Grant",
    "LicenceRule",
    "Location",
    "Offering",
    "OpeningHours",
    "Outage",
    "ResourceHours",
    "Room",
    "Shift",
    "Specialty",
    "VisitType",
]
