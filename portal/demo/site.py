"""The public site's pictures and pages, as editors would make them."""

from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from wagtail.models import Page

from accounts.models import User
from clinic_pages.models import (
    ArticleIndexPage,
    DoctorIndexPage,
    DoctorPage,
    LocationIndexPage,
    LocationPage,
    Picture,
    PricePage,
    SpecialtyIndexPage,
    SpecialtyPage,
    StandardPage,
)
from home.models import HomePage
from portal.demo import markup
from portal.demo.content import DoctorFacts
from portal.demo.pictures.people import portrait
from portal.demo.pictures.places import place_picture
from portal.demo.world import World

# Pixels; the largest size at which a portrait is shown is half of it.
_FACE = 480
_INTRODUCTIONS = {
    "doctors": (
        "Find a doctor",
        "Choose by what you need, where you are and the language you speak. The "
        "soonest times come first.",
        "Doctors in Westhaven and Port-Clair with their open times and prices.",
    ),
    "specialties": (
        "Specialties",
        "Twelve kinds of care under one roof. Not sure? A GP is the right start.",
        "What each specialty treats, when to come, and who has time this week.",
    ),
    "locations": (
        "Locations",
        "Two clinics in Westhaven, one across the water in Port-Clair, and doctors by "
        "video wherever you are.",
        "Addresses, opening hours, access and transport of our three clinics.",
    ),
    "articles": (
        "Health advice",
        "Written by our team in plain words, approved by a doctor, and looked at again "
        "every year.",
        "Clear, reviewed health advice: what helps, and when to get seen.",
    ),
}
_INDEXES: dict[str, type[Any]] = {
    "doctors": DoctorIndexPage,
    "specialties": SpecialtyIndexPage,
    "locations": LocationIndexPage,
    "articles": ArticleIndexPage,
}


@dataclass
class Tree:
    """The pages made so far, by slug, and who publishes them."""

    world: World
    publisher: User
    pages: dict[str, Page] = field(default_factory=dict)

    def add(self, parent: Page, page: Any) -> Any:
        """Put a page below `parent` and publish it."""
        parent.add_child(instance=page)
        page.save_revision(user=self.publisher).publish(user=self.publisher)
        self.pages[page.slug] = page
        return page

    def link(self, target: str, label: str = "") -> dict[str, Any]:
        """A link to a page by its slug, or to an address."""
        if target.startswith(("/", "http")):
            return {"label": label, "page": None, "address": target}
        return {"label": label, "page": self.pages[target].pk, "address": ""}


def load_site(world: World) -> Tree:
    """All pages but the articles, without menus and home page, which lead to them."""
    tree = Tree(world, world.users["paul.winstone@larkfield.example"])
    home = HomePage.objects.get()
    tree.pages["home"] = home
    for slug, model in _INDEXES.items():
        title, introduction, description = _INTRODUCTIONS[slug]
        tree.add(
            home,
            model(
                title=title,
                slug=slug,
                introduction=introduction,
                search_description=description,
            ),
        )
    for facts in world.content.doctors:
        if facts.is_listed:
            tree.add(tree.pages["doctors"], _doctor_page(world, facts))
    for entry in world.content.specialties:
        tree.add(tree.pages["specialties"], _specialty_page(world, entry))
    for entry in world.content.locations:
        tree.add(tree.pages["locations"], _location_page(world, entry))
    tree.add(home, _prose_page(PricePage, world.content.prices))
    for prose in world.content.pages:
        tree.add(home, _prose_page(StandardPage, prose))
    return tree


def make_picture(
    title: str, content: bytes, name: str, **fields: int | None
) -> Picture:
    """Keep a drawing as a picture that editors can choose."""
    return Picture.objects.create(
        title=title,
        file=ContentFile(content, f"{name}.webp"),
        description=title,
        **fields,
    )


def stream(kind: str, values: list[Any]) -> list[dict[str, Any]]:
    return [{"type": kind, "value": value} for value in values]


def _doctor_page(world: World, facts: DoctorFacts) -> DoctorPage:
    name = world.doctors[facts.slug].full_name
    photo = make_picture(
        f"Portrait of {name}",
        portrait(facts.portrait, facts.slug, _FACE),
        facts.slug,
        # The face fills the middle whatever the crop.
        focal_point_x=_FACE // 2,
        focal_point_y=_FACE * 45 // 100,
        focal_point_width=_FACE // 2,
        focal_point_height=_FACE // 2,
    )
    return DoctorPage(
        title=name,
        slug=facts.slug,
        seo_title=f"{name}, {facts.role}",
        search_description=f"{facts.tagline}. See prices and open times, and book.",
        doctor=world.doctors[facts.slug],
        photo=photo,
        about=markup.rich_text(facts.bio),
        can_help_with=stream("topic", facts.helps),
        training=stream(
            "entry",
            [{"title": one["text"], "year": one["year"]} for one in facts.training],
        ),
    )


def _specialty_page(world: World, entry: dict[str, Any]) -> SpecialtyPage:
    specialty = world.specialties[entry["slug"]]
    texts = [
        f"<h2>When to come</h2>{markup.rich_text(entry['come_when'])}",
        f"<h2>Your first visit</h2>{markup.rich_text(entry['first_visit'])}",
    ]
    body = [
        *stream("text", texts),
        {
            "type": "price_table",
            "value": {
                "heading": "What it costs",
                "text": "",
                "visit_types": [],
                "specialty": specialty.pk,
                "links": [],
            },
        },
        {
            "type": "article_teasers",
            "value": {
                "heading": "Read more",
                "articles": [],
                "specialty": specialty.pk,
                "count": 3,
                "link": markup.NO_LINK,
            },
        },
    ]
    return SpecialtyPage(
        title=entry["plain_name"],
        slug=entry["slug"],
        seo_title=entry["seo_title"],
        search_description=entry["summary"],
        specialty=specialty,
        icon=entry["icon"],
        introduction=entry["summary"],
        treats=stream("topic", entry["treats"]),
        body=body,
    )


def _location_page(world: World, entry: dict[str, Any]) -> LocationPage:
    picture = make_picture(
        f"{entry['name']} clinic", place_picture(entry["slug"]), entry["slug"]
    )
    texts = [
        f"<h2>Getting in</h2>{markup.rich_text(entry['access'])}",
        f"<h2>Getting here</h2>{markup.rich_text(entry['transport'])}",
    ]
    return LocationPage(
        title=entry["name"],
        slug=entry["slug"],
        search_description=entry["summary"],
        search_image=picture,
        location=world.locations[entry["slug"]],
        introduction=entry["summary"],
        picture=picture,
        picture_text=entry["picture_text"],
        body=stream("text", texts),
    )


def _prose_page(model: type[Any], prose: Any) -> Any:
    matter = prose.matter
    return model(
        title=matter["title"],
        slug=prose.slug,
        introduction=matter["introduction"],
        search_description=matter["search_description"],
        body=markup.blocks(prose.text),
    )
