"""Every address of money: paying, looking after payments, and webhooks."""

from django.urls import include, path

app_name = "billing"

urlpatterns = [
    path("", include("billing.settlements.urls")),
]
