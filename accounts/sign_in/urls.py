"""allauth's pages at this house's addresses. Names are allauth's own, because it looks
its pages up by them."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts.factors.views import fresh_factor
from accounts.factors.views.sign_in import again
from accounts.sign_in import views

urlpatterns = [
    path("sign-in/", allauth_views.login, name="account_login"),
    path("sign-in/code/", views.request_code, name="account_request_login_code"),
    path(
        "code/",
        views.while_theirs(allauth_views.confirm_login_code),
        name="account_confirm_login_code",
    ),
    path("sign-up/", allauth_views.signup, name="account_signup"),
    path(
        "verify/",
        views.while_theirs(allauth_views.email_verification_sent),
        name="account_email_verification_sent",
    ),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("reset/", allauth_views.password_reset, name="account_reset_password"),
    path(
        "reset/code/",
        views.while_theirs(allauth_views.confirm_password_reset_code),
        name="account_confirm_password_reset_code",
    ),
    path(
        "reset/new/",
        views.while_theirs(allauth_views.complete_password_reset),
        name="account_complete_password_reset",
    ),
    path(
        "reset/done/",
        allauth_views.password_reset_from_key_done,
        name="account_password_reset_completed",
    ),
    # allauth's own page asks for passwords alone, and counts them for the person.
    path("confirm/", again, name="account_reauthenticate"),
    path("email/", fresh_factor()(allauth_views.email), name="account_email"),
    path(
        "password/",
        fresh_factor()(allauth_views.password_change),
        name="account_change_password",
    ),
    path(
        "password/new/",
        fresh_factor()(allauth_views.password_set),
        name="account_set_password",
    ),
    path("", include("accounts.sessions.urls")),
]
