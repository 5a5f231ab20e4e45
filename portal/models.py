"""Gathers the topics' tables for Django."""

from portal.erasures.models import Erasure
from portal.exports.models import Export
from portal.limits.models import Tally
from portal.policy_reports.models import PolicyReport

__all__ = ["Erasure", "Export", "PolicyReport", "Tally"]
