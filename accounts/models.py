"""Gathers the topics' tables for Django."""

from accounts.applications.models import Application
from accounts.cms_access.models import CmsSession, Ticket
from accounts.consents.models import Consent, ConsentText
from accounts.emergency_access.models import EmergencyAccess
from accounts.factors.models import (
    AuthenticatorApp,
    BackupCode,
    CodeFactor,
    RememberedDevice,
    SentCode,
    Tries,
)
from accounts.machine_keys.models import MachineKey
from accounts.patients.models import CareRelation, Patient
from accounts.proxies.models import AgeRule, Proxy
from accounts.recovery.models import Reset
from accounts.restrictions.models import Restriction
from accounts.sessions.models import Device, Session
from accounts.tokens.models import AccessToken, Authorisation, RefreshToken
from accounts.users.models import Place, RoleAssignment, User

__all__ = [
    "AccessToken",
    "AgeRule",
    "Application",
    "AuthenticatorApp",
    "Authorisation",
    "BackupCode",
    "CareRelation",
    "CmsSession",
    "CodeFactor",
    "Consent",
    "ConsentText",
    "Device",
    "EmergencyAccess",
    "MachineKey",
    "Patient",
    "Place",
    "Proxy",
    "RefreshToken",
    "RememberedDevice",
    "Reset",
    "Restriction",
    "RoleAssignment",
    "SentCode",
    "Session",
    "Ticket",
    "Tries",
    "User",
]
