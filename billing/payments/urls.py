"""Paying, and receipts."""

from django.urls import path

from billing.payments import views

urlpatterns = [
    path("book/<uuid:token>/pay/", views.pay, name="payment_pay"),
    path("book/<uuid:token>/pay/return/", views.pay_return, name="payment_return"),
    path(
        "book/manage/<str:signed>/pay/",
        views.pay_managed,
        name="pay_managed",
    ),
    path(
        "book/manage/<str:signed>/pay/return/",
        views.pay_managed_return,
        name="pay_managed_return",
    ),
    path(
        "portal/appointments/<uuid:public_id>/pay/",
        views.pay_appointment,
        name="pay_appointment",
    ),
    path(
        "portal/appointments/<uuid:public_id>/pay/return/",
        views.pay_appointment_return,
        name="pay_appointment_return",
    ),
    path("portal/payments/<uuid:public_id>/", views.receipt, name="receipt"),
]
