from django.urls import path

from booking.directory import views

urlpatterns = [
    path("book/fragments/directory/", views.directory, name="directory"),
]
