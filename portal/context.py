"""What every template may rely on."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from clinic.identity.queries import current
from clinic_pages.menus import Link, SiteMenus, site_menus


def clinic(request: HttpRequest) -> dict[str, Any]:
    """`clinic`: who we are. Asked only by templates that say so."""
    return {"clinic": SimpleLazyObject(current)}


def menus(request: HttpRequest) -> dict[str, Any]:
    """`menu_items` with the one that is open, and `site_menus` with the others. Asked
    only by templates that show them."""
    every: SiteMenus = SimpleLazyObject(site_menus)  # type: ignore[assignment]

    def main() -> list[dict[str, Any]]:
        return [
            {"label": one.label, "url": one.url, "current": _is_open(one, request)}
            for one in every.main
        ]

    return {"site_menus": every, "menu_items": SimpleLazyObject(main)}


def _is_open(link: Link, request: HttpRequest) -> bool:
    return len(link.url) > 1 and request.path.startswith(link.url)
