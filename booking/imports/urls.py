from django.urls import path

from booking.imports import views

urlpatterns = [
    path("clinic/imported-calendars/", views.imports, name="imports"),
    path(
        "clinic/imported-calendars/<uuid:public_id>/read/",
        views.read_now,
        name="import_read",
    ),
    path(
        "clinic/imported-calendars/<uuid:public_id>/remove/",
        views.remove,
        name="import_remove",
    ),
]
