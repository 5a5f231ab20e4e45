from django.urls import path

from booking.openings import views

urlpatterns = [
    path(
        "book/fragments/doctor/<uuid:public_id>/times/",
        views.doctor_times,
        name="doctor_times",
    ),
    path("book/fragments/next/", views.next_free, name="next_free"),
]
