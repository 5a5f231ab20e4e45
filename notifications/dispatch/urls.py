from django.urls import path

from notifications.dispatch import views

urlpatterns = [
    path(
        "webhooks/twilio/<uuid:public_id>/", views.twilio_report, name="twilio_report"
    ),
    path("webhooks/twilio/replies/", views.twilio_reply, name="twilio_reply"),
]
