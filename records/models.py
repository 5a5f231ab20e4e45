"""Gathers the topics' tables for Django."""

from records.amendments.models import Amendment
from records.documents.models import Document
from records.prescriptions.models import Prescription, PrescriptionItem
from records.questionnaires.models import Questionnaire, QuestionnaireItem
from records.responses.models import QuestionnaireResponse
from records.uploads.models import Upload, UploadPart

__all__ = [
    "Amendment",
    "Document",
    "Prescription",
    "PrescriptionItem",
    "Questionnaire",
    "QuestionnaireItem",
    "QuestionnaireResponse",
    "Upload",
    "UploadPart",
]
