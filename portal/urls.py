"""The sitemap: one line per app, the CMS's pages last."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.health.urls")),
    path("cms/", include(wagtailadmin_urls)),
    path("", include("notifications.urls")),
    path("account/", include("allauth.urls")),
    path("portal/", include("portal.dashboards.my_health.urls")),
    path("clinic/settings/", include("clinic.urls")),
    path("clinic/", include("portal.dashboards.urls")),
    path("", include("billing.urls")),
    path("", include("records.urls")),
    # This should be the last pattern in the list.
    path("", include(wagtail_urls)),
]

if settings.SERVE_MEDIA:
    pictures = re_path(
        r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}
    )
    urlpatterns.insert(0, pictures)
