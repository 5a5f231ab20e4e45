"""Gathers the topics' tables for Django."""

from accounts.cms_access.models import CmsSession, Ticket
from accounts.consents.models import Consent, ConsentText
from accounts.emergency_access.models import EmergencyAccess
from accounts.factors.models import BackupCode, RememberedDevice, Tries
from accounts.patients.models import CareRelation, Patient
from accounts.recovery.models import Reset
from accounts.sessions.models import Device, Session
from accounts.users.models import Place, RoleAssignment, User

__all__ = [
    "BackupCode",
    "CareRelation",
    "CmsSession",
    "Consent",
    "ConsentText",
    "Device",
    "EmergencyAccess",
    "Patient",
    "Place",
    "RememberedDevice",
    "Reset",
    "RoleAssignment",
    "Session",
    "Ticket",
    "Tries",
    "User",
]
