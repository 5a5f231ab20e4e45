"""What machines read: schema.org objects as plain dictionaries.

Addresses are absolute. Nothing here is escaped; the tag that prints it does that.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from clinic.identity.models import ClinicIdentity
from clinic.models import Location, OpeningHours

Thing = dict[str, Any]

CONTEXT = "https://schema.org"
WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


def absolute(path: str) -> str:
    """The address of a path of this site; an address stays as it is."""
    return f"{settings.SITE_URL}{path}" if path.startswith("/") else path


def thing(kind: str, **facts: Any) -> Thing:
    """An object of that type without the facts that are missing."""
    missing: tuple[Any, ...] = (None, "", [])
    known = {name: fact for name, fact in facts.items() if fact not in missing}
    return {"@type": kind, **known}


def top(one: Thing) -> Thing:
    """The object as one of its own on the page."""
    return {"@context": CONTEXT, **one}


def breadcrumbs(crumbs: Iterable[dict[str, str]], title: str) -> Thing:
    """Where the page stands; the page itself has no address in it."""
    steps = [
        thing("ListItem", position=place, name=one["label"], item=absolute(one["url"]))
        for place, one in enumerate(crumbs, start=1)
    ]
    last = thing("ListItem", position=len(steps) + 1, name=title)
    return top(thing("BreadcrumbList", itemListElement=[*steps, last]))


def web_page(page: Any, kind: str = "WebPage", **facts: Any) -> Thing:
    return top(
        thing(
            kind,
            name=page.title,
            url=page.canonical_url,
            description=page.description,
            **facts,
        )
    )


def clinic(identity: ClinicIdentity, locations: Iterable[Location] = ()) -> Thing:
    """The clinic as a whole."""
    return top(
        thing(
            "MedicalClinic",
            **{"@id": absolute("/#clinic")},
            name=identity.name,
            url=absolute("/"),
            telephone=identity.phone,
            email=identity.email,
            logo=absolute(identity.logo_url) if identity.logo_url else None,
            location=[place(one) for one in locations],
        )
    )


def place(location: Location, url: str = "") -> Thing:
    """A location with its address and opening hours."""
    coordinates = None
    if location.latitude is not None and location.longitude is not None:
        coordinates = thing(
            "GeoCoordinates",
            latitude=float(location.latitude),
            longitude=float(location.longitude),
        )
    return thing(
        "MedicalClinic",
        name=location.name,
        url=url,
        telephone=location.phone,
        address=thing(
            "PostalAddress",
            streetAddress=location.address,
            addressLocality=location.city,
            postalCode=location.postcode,
            addressCountry=location.country,
        ),
        geo=coordinates,
        openingHoursSpecification=[_hours(one) for one in _in_order(location)],
    )


def _in_order(location: Location) -> list[OpeningHours]:
    return sorted(
        location.opening_hours.all(), key=lambda one: (one.weekday, one.opens_at)
    )


def _hours(one: OpeningHours) -> Thing:
    return thing(
        "OpeningHoursSpecification",
        dayOfWeek=WEEKDAYS[one.weekday],
        opens=f"{one.opens_at:%H:%M}",
        closes=f"{one.closes_at:%H:%M}",
    )


def physician(page: Any, facts: Any, photo_url: str) -> Thing:
    """A doctor who can be booked, with what they offer and speak."""
    doctor = facts.doctor
    return top(
        thing(
            "Physician",
            name=doctor.full_name,
            url=page.canonical_url,
            image=absolute(photo_url) if photo_url else None,
            description=page.description,
            medicalSpecialty=[
                f"{CONTEXT}/{one.schema_org}" if one.schema_org else one.name
                for one in facts.specialties
            ],
            knowsLanguage=doctor.languages,
            identifier=doctor.registration_number,
            availableService=[
                thing("MedicalProcedure", name=row.name, description=row.summary)
                for row in facts.prices
            ],
            hospitalAffiliation={"@id": absolute("/#clinic")},
            aggregateRating=_rating(doctor),
            address=[place(one)["address"] for one in facts.locations],
        )
    )


def _rating(doctor: Any) -> Thing | None:
    """What patients gave, where there are enough to be shown."""
    if not doctor.review_count or doctor.review_average is None:
        return None
    return thing(
        "AggregateRating",
        ratingValue=str(doctor.review_average),
        reviewCount=doctor.review_count,
        bestRating=5,
        worstRating=1,
    )


def person(name: str, url: str = "") -> Thing:
    return thing("Person", name=name, url=absolute(url) if url else None)


def questions(pairs: Iterable[tuple[str, str]]) -> list[Thing]:
    """Questions with their answers (HTML); nothing where there are none."""
    asked = [
        thing("Question", name=question, acceptedAnswer=thing("Answer", text=answer))
        for question, answer in pairs
    ]
    return [top(thing("FAQPage", mainEntity=asked))] if asked else []
