"""Gathers the topics' tables for Django."""

from accounts.patients.models import CareRelation, Patient
from accounts.users.models import Place, RoleAssignment, User

__all__ = ["CareRelation", "Patient", "Place", "RoleAssignment", "User"]
