"""Under /clinic/settings/apps/."""

from django.urls import path

from accounts.applications import views

app_name = "applications"

urlpatterns = [
    path("", views.applications, name="list"),
    path("<uuid:public_id>/end/", views.end, name="end"),
]
