from django.urls import path

from accounts.consents import views

urlpatterns = [
    path("portal/account/consents/", views.consents, name="consents"),
    path("portal/account/consents/answer/", views.answer_one, name="consent_answer"),
    path("consents/<uuid:public_id>/", views.text, name="consent_text"),
    path(
        "clinic/patients/<uuid:public_id>/consents/",
        views.patient_consents,
        name="patient_consents",
    ),
    path("clinic/settings/consents/", views.texts, name="consent_texts"),
    path(
        "clinic/settings/consents/<slug:purpose>/", views.edit, name="consent_text_edit"
    ),
]
