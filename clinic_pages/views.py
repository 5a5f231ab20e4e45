"""Serving the public pages."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from wagtail import views as wagtail_views

from clinic_pages.shells import kept_page


def serve(request: HttpRequest, path: str) -> HttpResponse:
    """The page at `path`: from its shell where it has one."""
    kept = kept_page(request, path)
    if kept is not None:
        return kept
    response = wagtail_views.serve(request, path)
    patch_cache_control(response, private=True, no_store=True)
    return response
