from django.urls import path

from booking.suggestions import views

urlpatterns = [
    path("portal/appointments/times-that-suit/", views.wishes, name="wishes"),
]
