from django.urls import path

from notifications.notices import views

urlpatterns = [
    path("portal/notices/", views.notices, name="notices"),
    path("portal/notices/read/", views.read_all, name="notices_read"),
    path("portal/notices/<uuid:public_id>/", views.open_notice, name="notice_open"),
]
