"""Addresses of the patient's record."""

from django.urls import path, re_path

from records.amendments import views as amendments
from records.documents import views as documents
from records.prescriptions import views as prescriptions
from records.questionnaires import views as questionnaires
from records.responses.views import filling, reading
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
    path("portal/forms/<uuid:public_id>/", filling.visit_forms, name="visit_forms"),
    path(
        "portal/forms/answers/<uuid:public_id>/",
        filling.own_response,
        name="own_response",
    ),
    path(
        "portal/forms/answers/<uuid:public_id>/<int:number>/",
        filling.form_page,
        name="form_page",
    ),
    path(
        "portal/forms/answers/<uuid:public_id>/check/",
        filling.form_check,
        name="form_check",
    ),
    path("clinic/forms/answers/<uuid:public_id>/", reading.response, name="response"),
    path("clinic/forms/visits/<uuid:public_id>/", reading.code, name="forms_code"),
    path("clinic/forms/", questionnaires.questionnaires, name="questionnaires"),
    path("clinic/forms/new/", questionnaires.new, name="questionnaire_new"),
    path(
        "clinic/forms/<uuid:public_id>/",
        questionnaires.questionnaire,
        name="questionnaire",
    ),
    path(
        "clinic/forms/<uuid:public_id>/preview/",
        reading.preview,
        name="questionnaire_preview",
    ),
    path(
        "clinic/forms/<uuid:public_id>/parts/new/",
        questionnaires.item,
        name="questionnaire_item_new",
    ),
    path(
        "clinic/forms/<uuid:public_id>/parts/<uuid:link_id>/",
        questionnaires.item,
        name="questionnaire_item",
    ),
    path(
        "clinic/forms/<uuid:public_id>/parts/<uuid:link_id>/arrange/",
        questionnaires.arrange,
        name="questionnaire_arrange",
    ),
    path(
        "clinic/forms/<uuid:public_id>/publish/",
        questionnaires.publish,
        name="questionnaire_publish",
    ),
    path(
        "clinic/forms/<uuid:public_id>/begin/",
        questionnaires.begin,
        name="questionnaire_begin",
    ),
    path(
        "clinic/forms/<uuid:public_id>/stop/",
        questionnaires.stop,
        name="questionnaire_stop",
    ),
    path("check/", prescriptions.check, name="prescription_check"),
]
