"""What a clinic still lacks before patients can book. Derived each time it is asked."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from booking.availability.models import WorkingHours
from booking.openings.queries import add_next, is_bookable, listed_entries
from clinic.identity.queries import current
from clinic.models import Doctor, Location, Offering, Specialty, VisitType
from clinic.visit_types.queries import on_offer
from clinic_pages.models import DoctorIndexPage, StandardPage
from foundation.formats import local
from notifications.deliveries.queries import is_configured
from notifications.preferences.models import Channel
from portal.first_start import UNWRITTEN


@dataclass(frozen=True)
class Step:
    """One thing without which nobody can book, or should.

    `words` say what is missing, `action` and `url` lead to where it is made (both empty
    where that is no page), `permission` is the rule of that page where it is not the
    settings' own.
    """

    title: str
    is_done: bool
    words: str
    action: str = ""
    url: str = ""
    permission: str = ""


@dataclass(frozen=True)
class _Facts:
    """What is there now, as the steps ask for it."""

    at: datetime
    locations: list[Location]
    doctors: list[Doctor]
    with_hours: set[int]
    visit_types: list[VisitType]
    offered: list[Offering]


CMS = "wagtailadmin.access_admin"


def first_steps(*, at: datetime) -> list[Step]:
    """Everything that patients need before they can book, in the order to do it."""
    facts = _facts(at)
    steps = [
        _location(facts),
        _specialty(),
        _doctor(facts),
        _hours(facts),
        _visit_type(facts),
        _offer(facts),
    ]
    if all(step.is_done for step in steps):
        steps.append(_free_time(facts))
    if any(_is_paid_before(one) for one in facts.offered):
        steps.append(_cards())
    return [*steps, _website(), _mail()]


def _facts(at: datetime) -> _Facts:
    today = local(at, current().time_zone).date()
    doctors = Doctor.objects.listed(today).filter(specialties__isnull=False).distinct()
    hours = WorkingHours.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=today),
        doctor__in=doctors,
        location__is_active=True,
    )
    locations = Location.objects.filter(is_active=True)
    return _Facts(
        at=at,
        locations=list(locations.prefetch_related("opening_hours").order_by("name")),
        doctors=list(doctors.order_by("last_name", "first_name", "pk")),
        with_hours=set(hours.values_list("doctor_id", flat=True)),
        visit_types=list(VisitType.objects.filter(is_active=True).order_by("pk")),
        offered=[one for one in on_offer(today) if is_bookable(one)],
    )


def _location(facts: _Facts) -> Step:
    title = "A location with opening hours"
    without = [one for one in facts.locations if not one.opening_hours.all()]
    if not facts.locations:
        words = "Say where patients come to."
        return Step(
            title, False, words, "Add a location", reverse("clinic:location_new")
        )
    if len(without) < len(facts.locations):
        return Step(title, True, "")
    return Step(
        title,
        False,
        f"{without[0].name} has no opening hours yet.",
        "Set the opening hours",
        reverse("clinic:location", args=[without[0].public_id]),
    )


def _specialty() -> Step:
    return Step(
        "A specialty",
        Specialty.objects.filter(is_active=True).exists(),
        "Patients look for doctors by what they treat.",
        "Add a specialty",
        reverse("clinic:specialty_new"),
    )


def _doctor(facts: _Facts) -> Step:
    return Step(
        "A doctor with a specialty",
        bool(facts.doctors),
        "Invite them under People and roles first, so that they see their day.",
        "Add a doctor",
        reverse("clinic:doctor_new"),
    )


def _hours(facts: _Facts) -> Step:
    title = "A doctor's working hours"
    if not facts.doctors:
        return Step(title, False, "Add a doctor first.")
    doctor = facts.doctors[0]
    return Step(
        title,
        bool(facts.with_hours),
        f"{doctor.full_name} has no hours at a location that is open.",
        "Give them hours",
        _hours_url(doctor),
    )


def _hours_url(doctor: Doctor) -> str:
    return f"{reverse('workspace:hours')}?doctor={doctor.slug}"


def _visit_type(facts: _Facts) -> Step:
    return Step(
        "A visit type with its price",
        bool(facts.visit_types),
        "Say what can be booked, how long it takes and what it costs.",
        "Add a visit type",
        reverse("clinic:visit_type_new"),
    )


def _offer(facts: _Facts) -> Step:
    title = "Somebody who offers it"
    if not facts.visit_types:
        return Step(title, False, "Add a visit type first.")
    return Step(
        title,
        bool(facts.offered),
        "No doctor offers a visit that can be booked on the site.",
        "Say who offers it, and where",
        reverse("clinic:visit_type", args=[facts.visit_types[0].public_id]),
    )


def _free_time(facts: _Facts) -> Step:
    """What patients see in the end, whatever the reason why they see nothing."""
    entries = listed_entries(facts.at)
    for entry in entries:
        entry.show(entry.offerings)
    add_next(entries, at=facts.at)
    doctor = next(one for one in facts.doctors if one.pk in facts.with_hours)
    return Step(
        "A free time",
        any(entry.next for entry in entries),
        "There are hours and visits on offer, and still no free time. A doctor's hours "
        "have to be at the location where they offer their visits, and they have to "
        "take new patients.",
        "Look at the hours",
        _hours_url(doctor),
    )


def _is_paid_before(offering: Offering) -> bool:
    return offering.visit_type.payment_policy == VisitType.PaymentPolicy.BEFORE


def _cards() -> Step:
    return Step(
        "Card payments",
        bool(settings.STRIPE_SECRET_KEY),
        "Visits on offer are paid when booked, and no payment provider is set up. "
        "Whoever runs the server sets STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS; "
        "until then let it be paid at the clinic.",
        "Change how visits are paid",
        reverse("clinic:visit_types"),
    )


def _website() -> Step:
    title = "The website's pages"
    if not DoctorIndexPage.objects.live().exists():
        words = "The page with the list of doctors is not published."
        return Step(title, False, words, "Open the CMS", reverse("cms_access:cms"), CMS)
    body = Cast("body", TextField())
    pages = StandardPage.objects.live().annotate(text=body)
    names = list(
        pages.filter(text__contains=UNWRITTEN)
        .order_by("path")
        .values_list("title", flat=True)
    )
    words = f"Still to be written: {', '.join(names)}."
    return Step(title, not names, words, "Open the CMS", reverse("cms_access:cms"), CMS)


def _mail() -> Step:
    return Step(
        "E-mail",
        is_configured(Channel.EMAIL) or settings.DEV_OUTBOX,
        "No mail server is set up, so nobody gets a confirmation or a code to sign in. "
        "Whoever runs the server sets EMAIL_URL and starts it again.",
    )
