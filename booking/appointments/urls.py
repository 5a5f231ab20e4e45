from django.urls import path

from booking.appointments import views

urlpatterns = [
    path("portal/appointments/", views.appointments, name="appointments"),
    path(
        "portal/appointments/<uuid:public_id>/", views.appointment, name="appointment"
    ),
    path(
        "portal/appointments/<uuid:public_id>/cancel/",
        views.cancel,
        name="appointment_cancel",
    ),
    path(
        "portal/appointments/<uuid:public_id>/visit.ics",
        views.calendar,
        name="appointment_calendar",
    ),
    path("book/find/", views.find, name="find"),
    path("book/manage/<str:signed>/", views.manage, name="manage"),
    path("book/manage/<str:signed>/cancel/", views.manage_cancel, name="manage_cancel"),
    path(
        "book/manage/<str:signed>/visit.ics",
        views.manage_calendar,
        name="manage_calendar",
    ),
]
