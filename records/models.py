"""Gathers the topics' tables for Django."""

from records.documents.models import Document
from records.prescriptions.models import Prescription, PrescriptionItem

__all__ = ["Document", "Prescription", "PrescriptionItem"]
