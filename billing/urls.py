"""Every address of money: paying, looking after payments, and webhooks."""

from django.urls import include, path

app_name = "billing"

urlpatterns = [
    path("", include("billing.payments.urls")),
    path("", include("billing.settlements.urls")),
    path("clinic/payments/", include("billing.reconciliation.urls")),
]
