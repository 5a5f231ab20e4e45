"""The CMS's sitemap: the CMS, the way in, and the way back to the site."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.static import serve

from clinic_pages.views import favicon
from portal.cms import views

handler500 = "portal.errors.answer_to_error"
handler400 = "portal.errors.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.health.urls")),
    path("", include("portal.metrics.urls")),
    path("favicon.ico", favicon, name="favicon"),
    path("cms/enter/", views.enter, name="cms_enter"),
    path("cms/logout/", views.leave, name="wagtailadmin_logout"),
    path("cms/left/", views.left, name="cms_left"),
    path("cms/", include("clinic_pages.cms_urls")),
    # By the names under which the CMS looks for them.
    path(
        "documents/<int:document_id>/<str:document_filename>",
        views.to_site,
        name="wagtaildocs_serve",
    ),
    re_path(r"^((?:[\w\-]+/)*)$", views.to_site, name="wagtail_serve"),
]

if settings.SERVE_MEDIA:
    pictures = re_path(
        r"^media/(?P<path>(?:images|original_images)/.+)$",
        serve,
        {"document_root": settings.MEDIA_ROOT},
        name="media_pictures",
    )
    urlpatterns.insert(0, pictures)
