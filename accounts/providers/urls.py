"""Names are allauth's own, because it looks its pages up by them."""

from allauth.socialaccount import views as allauth_views
from django.urls import path
from django.views.generic import RedirectView

from accounts.providers import views

to_security = RedirectView.as_view(pattern_name="factors:security")

urlpatterns = [
    path("google/", views.begin, {"provider_id": "google"}, name="google_login"),
    path(
        "google/callback/",
        views.callback,
        {"provider_id": "google"},
        name="google_callback",
    ),
    path("facebook/", views.begin, {"provider_id": "facebook"}, name="facebook_login"),
    path(
        "facebook/callback/",
        views.callback,
        {"provider_id": "facebook"},
        name="facebook_callback",
    ),
    path(
        "cancelled/",
        allauth_views.login_cancelled,
        name="socialaccount_login_cancelled",
    ),
    path("error/", allauth_views.login_error, name="socialaccount_login_error"),
    path("sign-up/", allauth_views.signup, name="socialaccount_signup"),
    path("linked/", to_security, name="socialaccount_connections"),
    path("unlink/<int:pk>/", views.unlink, name="account_unlink"),
    path("id/<slug:provider_id>/", views.begin, name="openid_connect_login"),
    path(
        "id/<slug:provider_id>/callback/",
        views.callback,
        name="openid_connect_callback",
    ),
]
