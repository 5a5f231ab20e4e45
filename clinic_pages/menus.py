"""The links around every page, as the layouts show them."""

from dataclasses import dataclass, field

from django.core.cache import caches
from wagtail.models import Site

from clinic_pages import content_version
from clinic_pages.links import LinkValue
from clinic_pages.models import Menus


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Column:
    title: str
    links: list[Link]


@dataclass(frozen=True)
class SiteMenus:
    """What editors chose; links that lead nowhere any more are left out."""

    main: list[Link] = field(default_factory=list)
    utility: list[Link] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    legal: list[Link] = field(default_factory=list)
    social: list[Link] = field(default_factory=list)
    footer_text: str = ""
    footer_hours: str = ""


def site_menus() -> SiteMenus:
    """The menus of the site, kept until content changes."""
    version = content_version.current()
    key = f"menus:{version}"
    kept: SiteMenus | None = caches["pages"].get(key) if version else None
    if kept is None:
        kept = _read()
        if version:
            caches["pages"].set(key, kept, None)
    return kept


def _read() -> SiteMenus:
    site = Site.objects.filter(is_default_site=True).first()
    menus = Menus.objects.filter(site=site).first() if site else None
    if menus is None:
        return SiteMenus()
    return SiteMenus(
        main=_links(child.value for child in menus.main),
        utility=_links(child.value for child in menus.utility),
        columns=[
            Column(child.value["heading"], _links(child.value["links"]))
            for child in menus.footer_columns
        ],
        legal=_links(child.value for child in menus.legal),
        social=[
            Link(child.value["name"], child.value["address"]) for child in menus.social
        ],
        footer_text=menus.footer_text,
        footer_hours=menus.footer_hours,
    )


def _links(values: object) -> list[Link]:
    found: list[LinkValue] = list(values)  # type: ignore[call-overload]
    return [Link(one.words, one.href) for one in found if one.href]
