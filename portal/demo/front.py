"""The home page, menus, settings and old addresses: what leads to all other pages."""

from typing import Any

from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Site

from clinic_pages.models import ClinicSettings, Menus
from portal.demo.site import Tree, stream


def load_front(tree: Tree) -> None:
    """The home page, menus, settings and old addresses; needs every other page."""
    _load_home(tree)
    _load_settings(tree)
    _load_menus(tree)
    for old, slug in tree.world.content.menus["redirects"].items():
        page = tree.pages[slug.rpartition("/")[2]]
        Redirect.add_redirect(old, redirect_to=page)


def _load_home(tree: Tree) -> None:
    world, home = tree.world, tree.pages["home"].specific
    entry = world.content.home
    doctors = sum(
        one.is_listed and one.left_days_ago is None and one.title != "Nurse"
        for one in world.content.doctors
    )
    hero = entry["hero"]
    home.title = entry["title"]
    home.seo_title = entry["seo_title"]
    home.search_description = entry["search_description"].format(doctors=doctors)
    home.body = [
        {
            "type": "hero",
            "value": {
                "heading": hero["heading"],
                "text": hero["text"].format(doctors=doctors),
                "image": None,
                "finder": True,
                "next_times": True,
                "note": f"<p>{hero['note']}</p>",
            },
        },
        *_home_sections(tree, entry),
    ]
    home.save_revision(user=tree.publisher).publish(user=tree.publisher)


def _home_sections(tree: Tree, entry: dict[str, Any]) -> list[dict[str, Any]]:
    world = tree.world
    tasks = [
        {
            "icon": task["icon"],
            "text": task["text"],
            "link": tree.link(task["address"], task["label"]),
        }
        for task in entry["tasks"]["tasks"]
    ]
    values: list[tuple[str, str, dict[str, Any]]] = [
        ("task_links", "tasks", {"tasks": tasks}),
        ("specialty_grid", "specialties", {"specialties": []}),
        (
            "doctor_list",
            "doctors",
            {"choice": "times", "doctors": [], "specialty": None, "count": 3},
        ),
        ("steps", "steps", {k: entry["steps"][k] for k in ("text", "steps")}),
        ("location_cards", "locations", {"locations": []}),
        (
            "price_table",
            "prices",
            {
                "text": entry["prices"]["text"],
                "visit_types": [
                    world.visit_types[slug].pk
                    for slug in entry["prices"]["visit_types"]
                ],
                "specialty": None,
                "links": [tree.link("prices", entry["prices"]["link"])],
            },
        ),
        (
            "article_teasers",
            "articles",
            {
                "articles": [tree.pages[s].pk for s in entry["articles"]["slugs"]],
                "specialty": None,
                "count": 3,
            },
        ),
    ]
    sections = []
    for kind, name, value in values:
        words = entry[name]
        if "link" in words and kind != "price_table":
            value["link"] = tree.link(name, words["link"])
        sections.append({"type": kind, "value": {"heading": words["heading"], **value}})
    return sections


def _load_settings(tree: Tree) -> None:
    clinic = tree.world.content.clinic
    identity, consent = clinic["identity"], clinic["consent"]
    settings = ClinicSettings.for_site(Site.objects.get(is_default_site=True))
    for name in ("name", "strapline", "brand_colour", "phone", "email"):
        setattr(settings, name, identity[name])
    settings.emergency_number = identity["emergency_number"]
    settings.urgent_number = identity["urgent_number"]
    settings.legal_line = identity["legal_line"]
    settings.privacy_note = consent["privacy"]
    settings.privacy_page = tree.pages["privacy"]
    settings.full_clean()
    settings.save()
    Site.objects.filter(is_default_site=True).update(site_name=identity["name"])


def _load_menus(tree: Tree) -> None:
    clinic, entry = tree.world.content.clinic, tree.world.content.menus

    def links(rows: list[list[str]]) -> list[dict[str, Any]]:
        return [tree.link(target, label) for label, target in rows]

    menus = Menus.for_site(Site.objects.get(is_default_site=True))
    menus.main = stream("link", links(entry["main"]))
    menus.utility = stream("link", links(entry["utility"]))
    menus.legal = stream("link", links(entry["legal"]))
    menus.footer_columns = stream(
        "column",
        [
            {"heading": one["heading"], "links": links(one["links"])}
            for one in entry["columns"]
        ],
    )
    menus.social = stream(
        "profile",
        [{"name": one["network"], "address": one["url"]} for one in clinic["social"]],
    )
    menus.footer_text = clinic["identity"]["footer"]
    menus.footer_hours = clinic["identity"]["phone_hours"]
    menus.full_clean()
    menus.save()
