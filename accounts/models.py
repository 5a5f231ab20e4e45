"""Gathers the topics' tables for Django."""

from accounts.cms_access.models import CmsSession, Ticket
from accounts.patients.models import CareRelation, Patient
from accounts.users.models import Place, RoleAssignment, User

__all__ = [
    "CareRelation",
    "CmsSession",
    "Patient",
    "Place",
    "RoleAssignment",
    "Ticket",
    "User",
]
