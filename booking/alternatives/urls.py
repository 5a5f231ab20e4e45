from django.urls import path

from booking.alternatives import views

urlpatterns = [
    path(
        "book/manage/<str:signed>/instead/",
        views.manage_instead,
        name="manage_instead",
    ),
]
