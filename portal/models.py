"""Gathers the topics' tables for Django."""

from portal.limits.models import Tally
from portal.policy_reports.models import PolicyReport

__all__ = ["PolicyReport", "Tally"]
