"""The CMS, less the doors and rooms that are not its own: signing in is the portal's,
and people and their roles are the clinic's."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtailadmin_urls


def no_such_page(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [
    path(
        "login/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
        name="cms_login",
    ),
    re_path(r"^(?:users|groups|password_reset|failwhale)/", no_such_page),
    path("", include(wagtailadmin_urls)),
]
