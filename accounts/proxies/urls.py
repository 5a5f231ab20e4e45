from django.urls import path, re_path

from accounts.proxies.views import desk, family, invitation

urlpatterns = [
    path("portal/family/", family.family, name="family"),
    path("portal/family/invite/", family.invite_somebody, name="proxy_invite"),
    path("portal/family/ask/", family.ask_for_somebody, name="proxy_ask"),
    re_path(
        r"^portal/family/(?P<public_id>[0-9a-f-]{36})/"
        r"(?P<verb>accept|decline|withdraw|end)/$",
        family.act,
        name="proxy_act",
    ),
    path("portal/family/<uuid:public_id>/scopes/", family.scopes,
         name="proxy_scopes"),
    path("portal/family/<uuid:public_id>/scopes/answer/", family.answer_more,
         name="proxy_more"),
    path("portal/viewing/", family.viewing, name="viewing"),
    path("account/invitation/<str:token>/", invitation.invitation,
         name="proxy_invitation"),
    path("clinic/proxies/<uuid:public_id>/", desk.proxy, name="proxy"),
    path("clinic/proxies/<uuid:public_id>/close/", desk.close, name="proxy_close"),
    path("clinic/proxies/<uuid:public_id>/more/", desk.more, name="proxy_more_desk"),
    path("clinic/settings/age/", desk.age, name="proxy_age"),
]  # fmt: skip
