"""The sitemap: one line per app, the CMS's pages last."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.static import serve
from wagtail.documents import urls as wagtaildocs_urls

handler500 = "portal.errors.answer_to_error"
handler400 = "portal.errors.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.health.urls")),
    path("", include("portal.metrics.urls")),
    # Early: many press on times at once, and each line before costs each of them.
    path("", include("booking.urls")),
    path("", include("accounts.cms_access.urls")),
    path("documents/", include(wagtaildocs_urls)),
    path("", include("notifications.urls")),
    path("account/", include("accounts.sign_in.urls")),
    path("account/", include("accounts.factors.urls")),
    path("account/with/", include("accounts.providers.urls")),
    path("", include("accounts.recovery.urls")),
    path("", include("accounts.tokens.urls")),
    path("", include("accounts.machine_keys.urls")),
    path("api/", include("portal.api.urls")),
    path("", include("accounts.urls")),
    path("portal/account/data/", include("portal.exports.urls")),
    path("", include("portal.erasures.urls")),
    path("", include("portal.legal_holds.urls")),
    path("", include("portal.guest_links.urls")),
    path("", include("portal.merges.urls")),
    path("portal/", include("portal.dashboards.my_health.urls")),
    path("", include("portal.policy_reports.urls")),
    path("clinic/settings/apps/", include("accounts.applications.urls")),
    path("", include("portal.breaches.urls")),
    path("clinic/settings/", include("clinic.urls")),
    path("clinic/", include("portal.dashboards.urls")),
    path("", include("billing.urls")),
    path("", include("records.urls")),
    path("search/", include("search.urls")),
    # This should be the last pattern in the list: it takes every address.
    path("", include("clinic_pages.urls")),
]

if settings.SERVE_MEDIA:
    pictures = re_path(
        # Pictures only: documents are handed out by the CMS, which asks who may.
        r"^media/(?P<path>(?:images|original_images)/.+)$",
        serve,
        {"document_root": settings.MEDIA_ROOT},
        name="media_pictures",
    )
    urlpatterns.insert(0, pictures)
