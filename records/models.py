"""Gathers the topics' tables for Django."""

from records.amendments.models import Amendment
from records.documents.models import Document
from records.prescriptions.models import Prescription, PrescriptionItem

__all__ = ["Amendment", "Document", "Prescription", "PrescriptionItem"]
