"""A real clinic's first day: pages, menus, settings, and who lets the others in.

What is there already is left alone, so it can be asked for again, also later.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from wagtail.models import Page, Site

from accounts.models import RoleAssignment, User
from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.services import record
from clinic.identity.services import set_identity
from clinic.locations.models import validate_time_zone
from clinic.locations.services import save_location
from clinic.models import ClinicIdentity, Location, Specialty
from clinic_pages.models import (
    ArticleIndexPage,
    ClinicSettings,
    DoctorIndexPage,
    LocationIndexPage,
    Menus,
    PricePage,
    SpecialtyIndexPage,
    StandardPage,
)
from foundation.errors import Refused
from foundation.events import publish
from home.models import HomePage

_LISTS: list[tuple[type[Any], str, str, str]] = [
    (DoctorIndexPage, "doctors", "Find a doctor", "Doctors with their open times."),
    (SpecialtyIndexPage, "specialties", "Specialties", "What we treat."),
    (LocationIndexPage, "locations", "Locations", "Where we are, and when."),
    (ArticleIndexPage, "articles", "Health advice", "Approved by our clinicians."),
    (PricePage, "prices", "Prices", "What each visit costs."),
]
# Slug, title, and what the editors are to write there.
_PROSE: list[tuple[str, str, str]] = [
    ("about", "About us", "who you are, since when, and who runs the clinic"),
    ("contact", "Contact", "how to reach you, and when the phone is answered"),
    ("privacy", "Privacy", "what you keep about people, why, and for how long"),
    ("terms", "Terms", "the terms of booking, paying and cancelling"),
    ("accessibility", "Accessibility", "how people get in, and how you help them"),
    ("complaints", "Complaints", "how to complain, and who answers by when"),
]
# Stands in the prose until an editor has written it.
UNWRITTEN = "This page is being written."
_MAIN = ["doctors", "specialties", "locations", "prices", "articles"]
_FOOTER = [
    ("Visit us", ["doctors", "specialties", "locations", "prices"]),
    ("About", ["about", "contact", "complaints"]),
]
_LEGAL = ["privacy", "terms", "accessibility"]


class CannotStart(Refused):
    """What was asked for is wrong; says which part."""


@dataclass(frozen=True)
class Wanted:
    """What the first start is told: an IANA time zone, an ISO 4217 currency."""

    name: str
    time_zone: str
    currency: str
    admin_email: str
    location: str
    address: str
    city: str


def check(wanted: Wanted) -> None:
    """Raise CannotStart for the first thing that is wrong."""
    if not wanted.name.strip():
        raise CannotStart("The clinic needs a name.")
    if not (wanted.location.strip() and wanted.address.strip() and wanted.city.strip()):
        raise CannotStart("The first location needs a name, an address and a city.")
    for validate, value in (
        (validate_time_zone, wanted.time_zone),
        (validate_email, wanted.admin_email),
    ):
        try:
            validate(value)
        except ValidationError as error:
            raise CannotStart(f"{value}: {error.messages[0]}") from error
    code = wanted.currency
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise CannotStart(f"“{code}” is no currency. Use a code such as GBP or EUR.")


@transaction.atomic
def start_clinic(wanted: Wanted) -> list[str]:
    """Lay down what is missing; returns a line for each thing that was made.

    The administrator is invited by e-mail (accounts.staff_invited). Raises CannotStart,
    and changes nothing then.
    """
    check(wanted)
    made = [
        *_identity(wanted),
        *_facts(wanted),
        *_pages(),
        *_around(),
        *_administrator(wanted),
    ]
    if made:
        record(actor=None, verb="clinic.started", subject=_site())
    return made


def _identity(wanted: Wanted) -> list[str]:
    """Name, time zone and currency, once."""
    settings = ClinicSettings.for_site(_site())
    known = ClinicIdentity.objects.filter(pk=1).first()
    if (
        known is not None
        and known.name != ClinicIdentity._meta.get_field("name").default
    ):
        return []
    settings.name = wanted.name.strip()
    settings.save()
    set_identity(time_zone=wanted.time_zone, currency=wanted.currency)
    Site.objects.filter(is_default_site=True).update(site_name=settings.name)
    return [f"the clinic {settings.name}, {wanted.time_zone}, {wanted.currency}"]


def _facts(wanted: Wanted) -> list[str]:
    """The first location, and general practice as the first specialty."""
    made = []
    if not Location.objects.exists():
        location = save_location(
            actor=None,
            location=None,
            hours=[],
            name=wanted.location.strip(),
            address=wanted.address.strip(),
            city=wanted.city.strip(),
            time_zone=wanted.time_zone,
        )
        made.append(f"the location {location}")
    if not Specialty.objects.exists():
        name = "General practice"
        Specialty.objects.create(
            name=name, plain_name=name, slug="gp", practitioner="GP"
        )
        made.append(f"the specialty {name}")
    return made


def _pages() -> list[str]:
    """The home page, the lists, and prose to be written."""
    home = HomePage.objects.get()
    made = []
    for model, slug, title, introduction in _LISTS:
        if not model.objects.exists():
            page = model(title=title, slug=slug, introduction=introduction)
            made.append(_add(home, page))
    for slug, title, task in _PROSE:
        if not home.get_children().filter(slug=slug).exists():
            text = f"<p>{UNWRITTEN} Editors: say here {task}.</p>"
            page = StandardPage(title=title, slug=slug, body=[("text", text)])
            made.append(_add(home, page))
    return made


def _add(home: Page, page: Any) -> str:
    home.add_child(instance=page)
    page.save_revision().publish()
    return f"the page {page.title}"


def _around() -> list[str]:
    """The menus, where an editor has made none, and the link to the privacy page."""
    settings, menus = ClinicSettings.for_site(_site()), Menus.for_site(_site())
    privacy = HomePage.objects.get().get_children().filter(slug="privacy").first()
    if settings.privacy_page is None and privacy is not None:
        settings.privacy_page = privacy
        settings.save()
    if menus.main or menus.footer_columns or menus.legal:
        return []
    menus.main = [("link", _link(slug)) for slug in _MAIN]
    menus.footer_columns = [
        ("column", {"heading": heading, "links": [_link(slug) for slug in slugs]})
        for heading, slugs in _FOOTER
    ]
    menus.legal = [("link", _link(slug)) for slug in _LEGAL]
    menus.save()
    return ["the menus"]


def _link(slug: str) -> dict[str, Any]:
    page = Page.objects.child_of(HomePage.objects.get()).filter(slug=slug).first()
    return {"label": "", "page": page, "address": "" if page else f"/{slug}/"}


def _administrator(wanted: Wanted) -> list[str]:
    """The first administrator, invited; nobody where there is one."""
    if RoleAssignment.objects.filter(role=Role.ADMIN, user__is_active=True).exists():
        return []
    user = User.objects.filter(email__iexact=wanted.admin_email).first()
    if user is None:
        user = User.objects.create_user(wanted.admin_email)
        record(actor=None, verb="user.invited", subject=user)
    assign_role(actor=None, user=user, role=Role.ADMIN)
    publish("accounts.staff_invited", user_id=user.pk)
    return [f"an invitation for {user.email}, who is the administrator"]


def _site() -> Site:
    return Site.objects.get(is_default_site=True)
