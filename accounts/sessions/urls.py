"""Under /account/, beside signing in; names without a space, like allauth's."""

from django.urls import path

from accounts.sessions import views

urlpatterns = [
    path("sessions/", views.sessions, name="account_sessions"),
    path("sessions/end/", views.end, name="account_end_session"),
    path("sessions/keep/", views.keep, name="account_keep_session"),
    path("session/", views.session, name="account_session"),
    path("session/stay/", views.stay, name="account_session_stay"),
    path("session/back/", views.back, name="account_session_back"),
    path("session/resend/", views.resend, name="account_resend"),
]
