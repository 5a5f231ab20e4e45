from django.urls import path

from notifications.deliveries import views

urlpatterns = [
    path("t/<str:code>/", views.short_link, name="short_link"),
    path("t/<str:code>/off/", views.short_link_off, name="short_link_off"),
    path("clinic/messages/failed/", views.failed, name="failed"),
    path("clinic/messages/failed/<uuid:public_id>/retry/", views.retry, name="retry"),
    path(
        "clinic/messages/failed/<uuid:public_id>/settle/", views.settle, name="settle"
    ),
    path("dev/outbox/", views.outbox, name="outbox"),
    path("dev/outbox/<uuid:public_id>/", views.outbox_message, name="outbox_message"),
    path("dev/outbox/<uuid:public_id>/html/", views.outbox_html, name="outbox_html"),
    path(
        "dev/outbox/<uuid:public_id>/files/<int:number>/",
        views.outbox_file,
        name="outbox_file",
    ),
]
