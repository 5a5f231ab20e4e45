"""The workspace: /clinic/."""

from django.urls import path, re_path

from portal.dashboards.my_day import views as my_day
from portal.dashboards.patients import views as patients
from portal.dashboards.visits import views as visits

app_name = "workspace"

urlpatterns = [
    path("", my_day.day, name="day"),
    path("day/<str:date>/", my_day.day, name="day_of"),
    path("requests/", my_day.requests, name="requests"),
    path("patients/", patients.patients, name="patients"),
    path("patients/<uuid:public_id>/", patients.patient, name="patient"),
    path("appointments/<uuid:public_id>/", visits.appointment, name="appointment"),
    path("appointments/<uuid:public_id>/approve/", visits.approve, name="approve"),
    path("appointments/<uuid:public_id>/decline/", visits.decline, name="decline"),
    path("appointments/<uuid:public_id>/cancel/", visits.cancel, name="cancel"),
    re_path(
        r"^appointments/(?P<public_id>[0-9a-f-]{36})/"
        r"(?P<verb>arrive|start|complete|miss|undo)/$",
        visits.move,
        name="move",
    ),
]
