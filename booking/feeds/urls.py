from django.urls import path

from booking.feeds import views

urlpatterns = [
    path("portal/appointments/calendar/", views.feed, name="feed"),
    path("clinic/calendar-feed/", views.work_feed, name="work_feed"),
    path("calendar/<str:secret>.ics", views.feed_ics, name="feed_file"),
]
