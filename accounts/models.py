"""Gathers the topics' tables for Django."""

from accounts.cms_access.models import CmsSession, Ticket
from accounts.emergency_access.models import EmergencyAccess
from accounts.patients.models import CareRelation, Patient
from accounts.sessions.models import Device, Session
from accounts.users.models import Place, RoleAssignment, User

__all__ = [
    "CareRelation",
    "CmsSession",
    "Device",
    "EmergencyAccess",
    "Patient",
    "Place",
    "RoleAssignment",
    "Session",
    "Ticket",
    "User",
]
