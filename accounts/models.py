"""Gathers the topics' tables for Django."""

from accounts.factors.models import BackupCode, RememberedDevice, Tries
from accounts.patients.models import CareRelation, Patient
from accounts.recovery.models import Reset
from accounts.users.models import Place, RoleAssignment, User

__all__ = [
    "BackupCode",
    "CareRelation",
    "Patient",
    "Place",
    "RememberedDevice",
    "Reset",
    "RoleAssignment",
    "Tries",
    "User",
]
