"""Getting back in, and helping somebody to."""

from django.urls import path

from accounts.recovery import views

app_name = "recovery"

urlpatterns = [
    path("account/factor/lost/", views.lost, name="lost"),
    path("account/begin-anew/<str:token>/", views.begin_anew, name="begin_anew"),
    path(
        "clinic/settings/people/<uuid:public_id>/second-step/",
        views.for_staff,
        name="staff",
    ),
    path(
        "clinic/patients/<uuid:public_id>/second-step/",
        views.for_patient,
        name="patient",
    ),
]
