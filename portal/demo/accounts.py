"""The demo's accounts, with addresses of one typical object each, so that any outside
tool can drive the product."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient, User
from accounts.users.models import Role
from billing.models import Payment
from booking.appointments.models import Status
from booking.models import Appointment, Move, Offer, Review
from clinic.models import Doctor, Shift, VisitType
from clinic_pages.models import DoctorPage, HealthArticle
from portal.demo.content import load
from portal.demo.factors import totp_secret
from portal.demo.people import doctor_email
from records.models import Document, Prescription, Questionnaire


@dataclass(frozen=True)
class Account:
    """One person who can sign in. `totp_secret` (base32) is that of their app, if they
    have one."""

    role: str
    name: str
    email: str
    password: str
    does: str
    addresses: dict[str, str] = field(default_factory=dict)
    totp_secret: str = ""


def demo_accounts() -> list[Account]:
    """An account of every role, patients first. Empty where no demo is loaded, or
    where its password no longer opens it."""
    people = load().people
    maya = Patient.objects.filter(email=people["maya"]["email"]).first()
    if maya is None or maya.user is None:
        return []
    if not check_password(people["password"], maya.user.password):
        return []
    rows: list[tuple[User, Role, str]] = [
        (maya.user, Role.PATIENT, "has visits, letters and a prescription"),
        *(
            (user, Role.PATIENT, "has a second step")
            for user in _patients_with_an_app()[:1]
        ),
        (_user_of(people["maya"]["doctor"]), Role.DOCTOR, "GP; treats Maya"),
        (_user_of("owen-baptiste"), Role.DOCTOR, "GP; does not treat Maya"),
        (_user_of("samira-haddad"), Role.DOCTOR, "specialist; approves requests"),
        (_user_of("gareth-ojo"), Role.NURSE, "gives free checks"),
        *(
            (User.objects.get(email=one["email"]), Role(one["role"]), one["does"])
            for one in people["staff"]
        ),
    ]
    finders = {
        Role.PATIENT: _of_patient,
        Role.DOCTOR: _of_doctor,
        Role.NURSE: _of_doctor,
        Role.RECEPTIONIST: _of_desk,
        Role.BILLING: _of_billing,
        Role.AUTHOR: _of_author,
        Role.PUBLISHER: _of_publisher,
        Role.CLINICAL_REVIEWER: _of_reviewer,
        Role.MEDICAL_ADMIN: _of_medical_admin,
        Role.ADMIN: _of_admin,
    }
    site, _ = whereabouts()
    return [
        Account(
            role=role.label,
            name=str(user),
            email=user.email,
            password=people["password"],
            does=does,
            addresses={
                what: path if "://" in path else f"{site}{path}"
                for what, path in finders[role](user).items()
                if path
            },
            totp_secret=totp_secret(user.email) if user.has_second_factor else "",
        )
        for user, role, does in rows
    ]


def note_whereabouts() -> None:
    """Keep the addresses at which the demo starts, for commands of another terminal,
    which are not told its port."""
    _noted().write_text(json.dumps([settings.SITE_URL, settings.CMS_URL]))


def whereabouts() -> tuple[str, str]:
    """Addresses of the site and the CMS: where the demo runs, or ran last; those of the
    settings where it never did."""
    try:
        site, cms = json.loads(_noted().read_text())
    except (OSError, ValueError):
        return settings.SITE_URL, settings.CMS_URL
    return site, cms


def _noted() -> Path:
    return Path(settings.VAR_DIR) / "demo.json"


def _patients_with_an_app() -> list[User]:
    people = User.objects.filter(has_second_factor=True, patient__isnull=False)
    return list(people.order_by("pk"))


def _user_of(slug: str) -> User:
    facts = next(one for one in load().doctors if one.slug == slug)
    return User.objects.get(email=doctor_email(facts))


def _one(name: str, thing: Any) -> str:
    """The path of one object; "" where there is no such object."""
    return reverse(name, args=[thing.public_id]) if thing else ""


def _of_patient(user: User) -> dict[str, str]:
    mine = Appointment.objects.filter(patient=user.patient)
    visit = mine.filter(status=Status.CONFIRMED).order_by("starts_at").first()
    paper = Document.objects.filter(patient=user.patient).order_by("pk").first()
    medicine = Prescription.objects.filter(patient=user.patient).order_by("pk").first()
    offers = Offer.objects.filter(entry__patient=user.patient, status="OPEN")
    seen = mine.filter(status=Status.COMPLETED).order_by("-starts_at").first()
    return {
        "home": reverse("portal:home"),
        "visit": _one("booking:appointment", visit),
        "waiting list": reverse("booking:waitlist"),
        "offered time": _one("booking:offer", offers.first()),
        "times that suit": reverse("booking:wishes"),
        "forms": _one("records:visit_forms", visit),
        "review": _one("booking:review_own", seen),
        "document": _one("records:download", paper),
        "prescription": _one("records:prescription", medicine),
        "settings": reverse("accounts:settings"),
        "security": reverse("factors:security"),
        "who looked": reverse("portal:access"),
        "copy of all data": reverse("exports:own"),
        "API": reverse("api:openapi-json"),
    }


def _of_doctor(user: User) -> dict[str, str]:
    mine = Appointment.objects.filter(doctor=user.doctor)
    # Of Maya where they treat her: others of her doctor's patients may be treated by
    # the one who does not treat Maya, too.
    hers = mine.filter(patient__email=load().people["maya"]["email"])
    theirs = hers if hers.filter(status=Status.COMPLETED).exists() else mine
    visit = theirs.filter(status=Status.CONFIRMED).order_by("starts_at").first()
    request = mine.filter(status=Status.REQUESTED).order_by("starts_at").first()
    seen = theirs.filter(status=Status.COMPLETED).order_by("-starts_at").first()
    page = DoctorPage.objects.filter(doctor=user.doctor, live=True).first()
    asked = Move.objects.filter(appointment__doctor=user.doctor, status="ASKED")
    move = asked.select_related("appointment").first()
    return {
        "day": reverse("workspace:day"),
        "calendar": reverse("workspace:schedule"),
        "imported calendars": reverse("booking:imports"),
        "visit": _one("workspace:appointment", visit),
        "request": _one("workspace:appointment", request),
        "other time asked for": _one(
            "workspace:appointment", move and move.appointment
        ),
        "patient": _one("workspace:patient", seen and seen.patient),
        "documents": _one("records:patient_documents", seen and seen.patient),
        "hours": reverse("workspace:hours"),
        "public page": page.url if page else "",
    }


def _of_desk(user: User) -> dict[str, str]:
    places = [one.place for one in user.role_assignments.all() if one.place]
    visits = Appointment.objects.filter(status=Status.CONFIRMED).order_by("starts_at")
    if places:
        visits = visits.filter(location__place__in=places)
    visit = visits.filter(starts_at__gt=timezone.now()).first()
    moved = visits.filter(moves__status=Move.Status.DONE).first()
    return {
        "desk": reverse("workspace:desk"),
        "calendar": reverse("workspace:calendar"),
        "move": _one("workspace:visit_time", visit),
        "duplicates": reverse("merges:duplicates"),
        "rooms and equipment": reverse("workspace:occupancy"),
        "rota": reverse("workspace:rota"),
        "own week": reverse("workspace:my_week"),
        "visit": _one("workspace:appointment", visit),
        "moved visit": _one("workspace:appointment", moved),
        "waiting list": reverse("workspace:waitlist"),
        "offers": reverse("workspace:waitlist_offers"),
        "overbook": _one("workspace:overbook", visit and visit.patient),
        "failed messages": reverse("notifications:failed"),
    }


def _of_billing(user: User) -> dict[str, str]:
    payment = Payment.objects.filter(status=Payment.Status.SUCCEEDED).last()
    return {
        "payments": reverse("billing:payments"),
        "payment": _one("billing:payment", payment),
        "to follow up": reverse("billing:follow_up"),
    }


def _desk(room: str = "") -> str:
    """A room of the CMS, which is a program with addresses of its own."""
    _, cms = whereabouts()
    return f"{cms}/cms/{room}"


def _edit(slug: str) -> str:
    article = HealthArticle.objects.filter(slug=slug).first()
    return _desk(f"pages/{article.pk}/edit/") if article else ""


def _of_author(user: User) -> dict[str, str]:
    return {
        "cms": _desk(),
        "draft": _edit("travel-jabs"),
        "sent back": _edit("sleep"),
    }


def _of_publisher(user: User) -> dict[str, str]:
    page = DoctorPage.objects.filter(slug="ines-calloway").first()
    return {
        "cms": _desk(),
        "page": _desk(f"pages/{page.pk}/edit/") if page else "",
    }


def _of_reviewer(user: User) -> dict[str, str]:
    return {
        "cms": _desk(),
        "waiting for review": _edit("nosebleeds"),
    }


def _of_medical_admin(user: User) -> dict[str, str]:
    doctor = Doctor.objects.filter(slug="ines-calloway").first()
    visit_type = VisitType.objects.order_by("pk").first()
    return {
        "doctor": _one("clinic:doctor", doctor),
        "visit type": _one("clinic:visit_type", visit_type),
        "requests": reverse("workspace:requests"),
        "forms": reverse("records:questionnaires"),
        "form": _one("records:questionnaire", Questionnaire.objects.first()),
        "reviews": reverse("booking:reviews"),
        "review": _one("booking:review", Review.objects.first()),
        "all locations": reverse("workspace:oversight"),
        "rota": reverse("workspace:rota"),
        "plan a shift": reverse("workspace:shift_new"),
        "shift": _one("workspace:shift", Shift.objects.order_by("pk").first()),
        "who is away": reverse("workspace:days_off"),
        "access log": reverse("workspace:audit"),
        "emergency access": reverse("accounts:emergency_accesses"),
    }


def _of_admin(user: User) -> dict[str, str]:
    person = User.objects.filter(email="rosa.delgado@larkfield.example").first()
    return {
        "people": reverse("clinic:people"),
        "person": _one("clinic:person", person),
        "visit types": reverse("clinic:visit_types"),
        "access log": reverse("workspace:audit"),
        "breaches": reverse("breaches:list"),
    }
