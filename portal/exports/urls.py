from django.urls import path

from portal.exports import views

app_name = "exports"

urlpatterns = [
    path("", views.own, name="own"),
    path("progress/", views.progress, name="progress"),
    path("<uuid:public_id>/", views.download, name="download"),
    path("<uuid:public_id>/delete/", views.remove, name="remove"),
]
