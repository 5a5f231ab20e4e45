"""Every address of messages: people's settings and lists, and what providers call."""

from django.urls import include, path

app_name = "notifications"

urlpatterns = [
    path("", include("notifications.preferences.urls")),
    path("", include("notifications.deliveries.urls")),
    path("", include("notifications.dispatch.urls")),
    path("", include("notifications.notices.urls")),
]
