from django.urls import path

from accounts.patients import views

urlpatterns = [
    path("portal/account/", views.profile, name="profile"),
    path("portal/account/picture/", views.change_picture, name="change_picture"),
    path("portal/account/picture/<uuid:public_id>/", views.picture, name="picture"),
    path("portal/account/settings/", views.settings, name="settings"),
    path("account/claim/<str:token>/", views.claim, name="claim"),
]
