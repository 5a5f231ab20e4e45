"""Addresses of the patient's record."""

from django.urls import path, re_path

from records.amendments import views as amendments
from records.documents import views as documents
from records.prescriptions import views as prescriptions
from records.uploads import views as uploads

app_name = "records"

urlpatterns = [
    path("portal/documents/", documents.documents, name="documents"),
    path("portal/documents/uploads/", uploads.own_uploads, name="own_uploads"),
    path("uploads/<uuid:public_id>/", uploads.upload, name="upload"),
    path(
        "clinic/patients/<uuid:public_id>/documents/uploads/",
        uploads.patient_uploads,
        name="patient_uploads",
    ),
    path("portal/medicines/", prescriptions.medicines, name="medicines"),
    path("documents/<uuid:public_id>/", documents.download, name="download"),
    path("documents/<uuid:public_id>/file/<str:token>/", documents.file, name="file"),
    path(
        "documents/<uuid:public_id>/remove/", documents.remove, name="document_remove"
    ),
    path(
        "clinic/patients/<uuid:public_id>/documents/",
        documents.patient_documents,
        name="patient_documents",
    ),
    path(
        "clinic/patients/<uuid:public_id>/prescribe/",
        prescriptions.write,
        name="prescription_write",
    ),
    path(
        "prescriptions/<uuid:public_id>/",
        prescriptions.prescription,
        name="prescription",
    ),
    path(
        "prescriptions/<uuid:public_id>/change/",
        prescriptions.rewrite,
        name="prescription_rewrite",
    ),
    re_path(
        r"^prescriptions/(?P<public_id>[0-9a-f-]{36})/(?P<verb>sign|withdraw|discard)/$",
        prescriptions.act,
        name="prescription_act",
    ),
    path("portal/corrections/", amendments.own_amendments, name="own_amendments"),
    path("portal/corrections/new/", amendments.ask, name="amendment_ask"),
    path(
        "portal/corrections/<uuid:public_id>/",
        amendments.own_amendment,
        name="own_amendment",
    ),
    path("clinic/corrections/", amendments.amendments, name="amendments"),
    path(
        "clinic/corrections/<uuid:public_id>/", amendments.amendment, name="amendment"
    ),
    path("check/", prescriptions.check, name="prescription_check"),
]
