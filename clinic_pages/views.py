"""Serving the public pages."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import patch_cache_control
from wagtail import views as wagtail_views

from clinic.identity.queries import current
from clinic_pages.queries import live_pages
from clinic_pages.shells import kept_page
from foundation import doors

# RFC 9116 wants less than a year; whoever keeps a copy asks again after this.
SECURITY_TXT_LASTS = timedelta(days=90)
A_DAY = 24 * 60 * 60


@doors.everybody("public pages", "read")
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page that everybody may read, with the day it last changed."""
    pages = live_pages().only("url_path", "last_published_at")
    return render(
        request,
        "clinic_pages/sitemap.xml",
        {"pages": pages, "site_url": settings.SITE_URL},
        content_type="application/xml",
    )


@doors.everybody("public pages", "read")
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines are asked to leave alone: nothing of it is content."""
    private = ("/account/", "/book/", "/clinic/", "/cms/", "/portal/", "/search/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private), ""]
    lines.append(f"Sitemap: {settings.SITE_URL}/sitemap.xml")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@doors.everybody("public pages", "read")
def favicon(request: HttpRequest) -> HttpResponse:
    """What browsers ask for by themselves, also from papers and files that name no
    picture: the clinic's logo, else ours. The same for everybody, for a day."""
    response = redirect(current().logo_url or static("img/icon.svg"))
    patch_cache_control(response, public=True, max_age=A_DAY)
    return response


@doors.everybody("public pages", "read")
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness, for those who look for one (RFC 9116)."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = (timezone.now() + SECURITY_TXT_LASTS).replace(microsecond=0)
    lines = [
        *(f"Contact: {contact}" for contact in settings.SECURITY_CONTACT),
        f"Expires: {expires.isoformat()}",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{request.path}",
    ]
    return HttpResponse(
        "\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"
    )


@doors.everybody("public pages", "read", doors.FORM)
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """The page at `path`: from its shell where it has one."""
    kept = kept_page(request, path)
    if kept is not None:
        return kept
    response = wagtail_views.serve(request, path)
    patch_cache_control(response, private=True, no_store=True)
    return response
