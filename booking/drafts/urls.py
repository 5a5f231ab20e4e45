from django.urls import path

from booking.drafts import views

urlpatterns = [
    path("book/<uuid:token>/time/", views.time, name="draft_time"),
    path("book/", views.start, name="draft_start"),
    path("book/<uuid:token>/reason/", views.reason, name="draft_reason"),
    path("book/<uuid:token>/zone/", views.zone, name="draft_zone"),
    path("book/<uuid:token>/details/", views.details, name="draft_details"),
    path("book/<uuid:token>/save/", views.save, name="draft_save"),
    path("book/<uuid:token>/more-time/", views.extend, name="draft_extend"),
    path("book/<uuid:token>/check/", views.check, name="draft_check"),
    path("book/<uuid:token>/confirmed/", views.confirmed, name="draft_confirmed"),
    path("book/<uuid:token>/visit.ics", views.calendar, name="draft_calendar"),
]
