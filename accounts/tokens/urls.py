"""Where applications are let in, and what they call."""

from django.urls import path

from accounts.tokens.views import consent, endpoints, own

app_name = "tokens"

urlpatterns = [
    path("account/apps/authorise/", consent.authorise, name="authorise"),
    path("account/apps/<uuid:public_id>/end/", own.end, name="end"),
    path("api/oauth/token", endpoints.token, name="token"),
    path("api/oauth/revoke", endpoints.revoke, name="revoke"),
    path(".well-known/oauth-authorization-server", endpoints.metadata, name="metadata"),
]
