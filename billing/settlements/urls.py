"""What the payment provider calls."""

from django.urls import path

from billing.settlements import views

urlpatterns = [path("webhooks/stripe/", views.stripe, name="stripe_webhook")]
