"""Of administrators, and of whom a key belongs to."""

from django.urls import path

from accounts.machine_keys import views

app_name = "machine_keys"

urlpatterns = [
    path("clinic/settings/machine-keys/", views.keys, name="list"),
    path(
        "clinic/settings/machine-keys/<uuid:public_id>/answer/",
        views.answer,
        name="answer",
    ),
    path("clinic/settings/machine-keys/<uuid:public_id>/end/", views.end, name="end"),
    path("account/machine-keys/<uuid:public_id>/take/", views.take, name="take"),
]
