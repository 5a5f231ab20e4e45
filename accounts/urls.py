"""One's own account. Signing in has the names that allauth gives its pages; see
accounts/sign_in/urls.py."""

from django.urls import include, path

app_name = "accounts"

urlpatterns = [
    path("", include("accounts.patients.urls")),
    path("", include("accounts.emergency_access.urls")),
    path("", include("accounts.proxies.urls")),
    path("", include("accounts.consents.urls")),
    path("", include("accounts.restrictions.urls")),
]
