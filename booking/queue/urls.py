from django.urls import path

from booking.queue.views import here, screens

urlpatterns = [
    path("book/manage/<str:signed>/here/", here.here_link, name="here_link"),
    path("portal/appointments/<uuid:public_id>/here/", here.here_own, name="here_own"),
    path("here/<uuid:public_id>/", here.here_door, name="here_door"),
    path("screen/<str:key>/", screens.screen, name="screen"),
]
