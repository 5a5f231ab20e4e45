"""Gathers the topics' tables for Django."""

from portal.breaches.models import Breach
from portal.erasures.models import Erasure
from portal.exports.models import Export, ExportPart
from portal.guest_links.models import GuestLink
from portal.legal_holds.models import LegalHold
from portal.limits.models import Tally
from portal.merges.models import DifferentPeople, Merge, MovedRow
from portal.policy_reports.models import PolicyReport
from portal.retention.models import RetentionRun

__all__ = [
    "Breach",
    "DifferentPeople",
    "Erasure",
    "Export",
    "ExportPart",
    "GuestLink",
    "LegalHold",
    "Merge",
    "MovedRow",
    "PolicyReport",
    "RetentionRun",
    "Tally",
]
