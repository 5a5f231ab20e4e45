from django.urls import path

from notifications.preferences import views

urlpatterns = [
    path("account/messages/off/<str:token>/", views.off, name="preference_off"),
    path("portal/account/messages/", views.settings, name="preference_settings"),
]
