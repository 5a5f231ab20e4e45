from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from notifications.dispatch import views

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "webhooks/twilio/<uuid:public_id>/", views.twilio_report, name="twilio_report"
    ),
    path("webhooks/twilio/replies/", views.twilio_reply, name="twilio_reply"),
]

# Without a secret anybody could claim that mails bounced.
if settings.ANYMAIL.get("WEBHOOK_SECRET"):
    urlpatterns.append(path("webhooks/anymail/", include("anymail.urls")))
