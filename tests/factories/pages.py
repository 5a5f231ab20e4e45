"""Pages of the public site, for tests. Each is live below the home page unless told
otherwise; parents are made when they are first needed."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.core.files.images import ImageFile
from PIL import Image
from wagtail.models import Page, Site

from accounts.models import User
from accounts.users.models import Role
from accounts.users.services import assign_role
from clinic_pages.models import (
    ArticleIndexPage,
    ClinicSettings,
    DoctorIndexPage,
    DoctorPage,
    HealthArticle,
    LocationIndexPage,
    LocationPage,
    Menus,
    Picture,
    PricePage,
    SpecialtyIndexPage,
    SpecialtyPage,
    StandardPage,
)
from clinic_pages.services import publish_reviewed
from home.models import HomePage
from tests.factories.accounts import UserFactory
from tests.factories.clinic import DoctorFactory, LocationFactory, SpecialtyFactory

TODAY = date(2026, 3, 16)

INDEXES = {
    DoctorIndexPage: ("Find a doctor", "doctors"),
    SpecialtyIndexPage: ("Specialties", "specialties"),
    LocationIndexPage: ("Locations", "locations"),
    ArticleIndexPage: ("Health advice", "articles"),
    PricePage: ("Prices", "prices"),
}


def home() -> HomePage:
    """The home page that the migrations made."""
    return HomePage.objects.get()


def site() -> Site:
    return Site.objects.get(is_default_site=True)


def index(model: type[Page]) -> Any:
    """The one page of that kind below the home page."""
    found = model.objects.first()
    if found is None:
        title, slug = INDEXES[model]
        found = home().add_child(instance=model(title=title, slug=slug))
    return found


def doctor_page(*, live: bool = True, **fields: Any) -> DoctorPage:
    doctor = fields.pop("doctor", None) or DoctorFactory()
    page = DoctorPage(
        doctor=doctor,
        live=live,
        **{
            "title": doctor.full_name,
            "slug": doctor.slug,
            "about": "<p>I see adults and teenagers.</p>",
            **fields,
        },
    )
    return index(DoctorIndexPage).add_child(instance=page)


def specialty_page(*, live: bool = True, **fields: Any) -> SpecialtyPage:
    specialty = fields.pop("specialty", None) or SpecialtyFactory()
    page = SpecialtyPage(
        specialty=specialty,
        live=live,
        **{
            "title": specialty.plain_name,
            "slug": specialty.slug,
            "introduction": "Care for everyday problems.",
            **fields,
        },
    )
    return index(SpecialtyIndexPage).add_child(instance=page)


def location_page(*, live: bool = True, **fields: Any) -> LocationPage:
    location = fields.pop("location", None) or LocationFactory()
    page = LocationPage(
        location=location,
        live=live,
        **{
            "title": location.name,
            "slug": location.slug,
            "introduction": "By the canal.",
            **fields,
        },
    )
    return index(LocationIndexPage).add_child(instance=page)


def standard_page(*, live: bool = True, **fields: Any) -> StandardPage:
    page = StandardPage(live=live, **{"title": "About us", "slug": "about", **fields})
    return home().add_child(instance=page)


def reviewing_user() -> User:
    """A clinical reviewer."""
    user = UserFactory()
    assign_role(actor=None, user=user, role=Role.CLINICAL_REVIEWER)
    return user


def draft_article(**fields: Any) -> HealthArticle:
    """An article that nobody has approved."""
    article = HealthArticle(
        live=False,
        **{
            "title": "Headaches",
            "slug": "headaches",
            "summary": "What helps, and when to get seen.",
            "author_name": "Lowri Penhale",
            "body": [("text", "<h2>What helps</h2><p>Rest and water.</p>")],
            **fields,
        },
    )
    return index(ArticleIndexPage).add_child(instance=article)


def article(
    *, reviewed: date = TODAY, due: date | None = None, **fields: Any
) -> HealthArticle:
    """A live article that went through the clinical review."""
    draft = draft_article(**fields)
    publish_reviewed(
        article=draft,
        author=UserFactory(),
        reviewer=reviewing_user(),
        reviewed_date=reviewed,
        next_review_date=due or reviewed + timedelta(days=365),
    )
    return HealthArticle.objects.get(pk=draft.pk)


def picture(title: str = "A room", size: tuple[int, int] = (320, 240)) -> Picture:
    """A picture of one colour."""
    content = BytesIO()
    Image.new("RGB", size, "#88aa99").save(content, "JPEG")
    file = ImageFile(BytesIO(content.getvalue()), name=f"{title}.jpg")
    return Picture.objects.create(title=title, file=file)


def clinic_settings(**fields: Any) -> ClinicSettings:
    settings = ClinicSettings.for_site(site())
    for name, value in fields.items():
        setattr(settings, name, value)
    settings.save()
    return settings


def menus(**fields: Any) -> Menus:
    found = Menus.for_site(site())
    for name, value in fields.items():
        setattr(found, name, value)
    found.save()
    return found
