from django.urls import path

from accounts.emergency_access import views

urlpatterns = [
    path("clinic/emergency/", views.accesses, name="emergency_accesses"),
    path("clinic/emergency/ask/", views.ask, name="emergency_ask"),
    path("clinic/emergency/<uuid:public_id>/", views.access, name="emergency_access"),
    path("clinic/emergency/<uuid:public_id>/end/", views.end, name="emergency_end"),
    path("portal/account/emergency/", views.own, name="emergency_own"),
]
