"""The CMS, less the doors and rooms that are not its own: signing in is the portal's,
and people, their roles and their names are the clinic's."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.account import (
    AccountView,
    AvatarSettingsPanel,
    NameEmailSettingsPanel,
)
from wagtail.contrib.redirects.views import start_import

from clinic_pages.desk import explore, part_preview
from clinic_pages.uploads import refuse_bombs

# One's name and face are changed on the site.
OF_PEOPLE = (NameEmailSettingsPanel, AvatarSettingsPanel)


def no_such_page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise Http404


class Preferences(AccountView):
    """How the CMS looks and what it mails."""

    def get_panels(self) -> list[Any]:
        panels: list[Any] = super().get_panels()
        return [one for one in panels if not isinstance(one, OF_PEOPLE)]


urlpatterns = [
    re_path(
        r"^(?:login|users|groups|password_reset|failwhale|api-tokens|bulk/accounts|bulk/auth)/",
        no_such_page,
    ),
    path(
        "account/",
        require_admin_access(Preferences.as_view()),
        name="wagtailadmin_account",
    ),
    path("pages/", require_admin_access(explore)),
    path("block-preview/", require_admin_access(part_preview)),
    path("redirects/import/", require_admin_access(refuse_bombs(start_import))),
    path("", include(wagtailadmin_urls)),
]
