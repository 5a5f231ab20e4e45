"""Gathers the topics' tables for Django."""

from accounts.cms_access.models import CmsSession, Ticket
from accounts.emergency_access.models import EmergencyAccess
from accounts.factors.models import BackupCode, RememberedDevice, Tries
from accounts.patients.models import CareRelation, Patient
from accounts.proxies.models import AgeRule, Proxy
from accounts.recovery.models import Reset
from accounts.sessions.models import Device, Session
from accounts.users.models import Place, RoleAssignment, User

__all__ = [
    "AgeRule",
    "BackupCode",
    "CareRelation",
    "CmsSession",
    "Device",
    "EmergencyAccess",
    "Patient",
    "Place",
    "Proxy",
    "RememberedDevice",
    "Reset",
    "RoleAssignment",
    "Session",
    "Ticket",
    "Tries",
    "User",
]
