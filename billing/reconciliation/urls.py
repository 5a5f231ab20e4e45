"""Looking after the money: /clinic/payments/."""

from django.urls import path

from billing.reconciliation import views

urlpatterns = [
    path("", views.payments, name="payments"),
    path("follow-up/", views.follow_up, name="follow_up"),
    path("<uuid:public_id>/", views.payment, name="payment"),
    path("<uuid:public_id>/check/", views.check_payment, name="payment_check"),
    path("<uuid:public_id>/close/", views.close_payment, name="payment_close"),
    path("refunds/<uuid:public_id>/retry/", views.retry, name="refund_retry"),
    path("events/<uuid:public_id>/retry/", views.revive, name="event_retry"),
    path("findings/<uuid:public_id>/settle/", views.settle, name="finding_settle"),
]
