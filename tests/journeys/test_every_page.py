"""Every kind of page of the product: axe finds nothing, on phones and desks, light and
dark, and nothing has to be scrolled sideways, down to 320 pixels."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.template.loader import render_to_string
from django.urls import get_resolver, resolve, reverse
from django.urls.resolvers import URLPattern
from django.utils import timezone

from accounts.consents.models import Purpose
from accounts.models import EmergencyAccess, Reset
from accounts.patients.queries import claim_token
from accounts.patients.services import open_care_relation
from accounts.proxies.queries import invitation_path
from accounts.recovery.queries import path_of
from accounts.sessions.services import keep_form
from booking.appointments import tasks
from booking.appointments.models import Status
from booking.appointments.queries import manage_token
from booking.queue.services import make_screen
from booking.reviews.queries import review_token
from booking.waitlist.queries import offer_token
from clinic.models import Credential
from clinic_pages.models import (
    ArticleIndexPage,
    DoctorIndexPage,
    LocationIndexPage,
    PricePage,
    SpecialtyIndexPage,
)
from clinic_pages.models.base import BasePage
from foundation.formats import local
from notifications.models import Delivery
from portal.guest_links.queries import link_url
from portal.guest_links.services import ask_link
from portal.merges.services import merge_records
from portal.reactions import welcome_user
from tests.browser import (
    DESK,
    PHONE,
    accessibility_problems,
    is_wider_than_the_window,
    violations,
)
from tests.factories.accounts import (
    ConsentFactory,
    ConsentTextFactory,
    PatientFactory,
    RestrictionFactory,
)
from tests.factories.billing import PaymentFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.breaches import BreachFactory
from tests.factories.clinic import EquipmentFactory, RoomFactory, ShiftFactory
from tests.factories.forms import (
    QuestionnaireFactory,
    ResponseFactory,
    make_form,
    make_item,
)
from tests.factories.notifications import DeliveryFactory
from tests.factories.openid_server import CLIENT, SECRET, openid_provider
from tests.factories.pages import (
    article,
    doctor_page,
    home,
    index,
    location_page,
    specialty_page,
    standard_page,
)
from tests.factories.proxies import ProxyFactory
from tests.factories.records import (
    AmendmentFactory,
    DocumentFactory,
    PrescriptionFactory,
    PrescriptionItemFactory,
)
from tests.factories.reviews import ReviewFactory
from tests.factories.waitlist import (
    FreedTimeFactory,
    OfferFactory,
    WaitlistEntryFactory,
)
from tests.journeys.addresses import ELSEWHERE, WALKS
from tests.journeys.signing_in import sign_in
from tests.second_factors import with_app

pytestmark = pytest.mark.browser

NARROW = 320
OF_PAGES = ("landmark-one-main", "region", "page-has-heading-one")
PAINTED = "new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))"
PASSWORD = "four quiet herons wade"
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


def _names(resolver, namespace=""):
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield f"{namespace}{one.name}"
        else:
            yield from _names(
                one, f"{namespace}{one.namespace}:" if one.namespace else namespace
            )


def test_no_address_is_forgotten():
    walked = {stop.split()[0] for walk in WALKS.values() for stop in walk}
    assert walked.isdisjoint(ELSEWHERE)
    assert walked | set(ELSEWHERE) == set(_names(get_resolver()))


def problems_of(page, *, media="screen"):
    """What is wrong with the page that is open."""
    found = []
    for width in (NARROW, PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        if is_wider_than_the_window(page):
            found.append(f"scrolls sideways at {width}")
        if width == NARROW:
            continue
        # Only colours depend on the theme.
        page.emulate_media(color_scheme="dark", media=media, reduced_motion="reduce")
        # A busy machine paints the other colours a moment later.
        page.evaluate(PAINTED)
        dark = violations(page, runOnly=COLOURS)
        found += [f"dark, {one['id']}: {one['nodes'][0]['html'][:150]}" for one in dark]
        page.emulate_media(color_scheme="light", media=media, reduced_motion="reduce")
        found += accessibility_problems(page)
    return found


@pytest.fixture
def things(practice, ann, dr_lee, dr_roy, nurse, desk):
    """One of each that a page can be about."""
    practice.hours(dr_lee.doctor, days=range(7), start=0, end=23)
    offering = practice.offer(dr_lee.doctor, "free")
    practice.offer(practice.calloway, kind=offering.visit_type)
    now = timezone.now()
    today = local(now, practice.location.time_zone).replace(
        hour=9, minute=0, second=0, microsecond=0
    )

    def book(starts_at, **fields):
        return AppointmentFactory(
            offering=offering, patient=ann.patient, starts_at=starts_at, **fields
        )

    open_care_relation(patient=ann.patient, user=nurse, source="VISIT", at=now)
    book(today, status=Status.ARRIVED)
    had = book(today - timedelta(days=3), status=Status.COMPLETED)
    review = ReviewFactory(
        appointment=book(today - timedelta(days=5), status=Status.COMPLETED)
    )
    book(today + timedelta(hours=2), status=Status.COMPLETED)
    visit = book(today + timedelta(days=3))
    # One with a price says more about its money than fits beside it on a phone.
    dear = practice.offer(
        dr_lee.doctor, slug="specialist", name="Specialist, first visit", price=165
    )
    request = AppointmentFactory(
        offering=dear,
        patient=ann.patient,
        starts_at=today + timedelta(days=4),
        status=Status.REQUESTED,
        reason="Cough",
    )
    payment = PaymentFactory(
        paid=True,
        appointment=book(today - timedelta(days=9), status=Status.COMPLETED, price=65),
    )
    prescription = PrescriptionFactory(
        signed=True, patient=ann.patient, doctor=dr_lee.doctor
    )
    PrescriptionItemFactory(prescription=prescription)
    DocumentFactory(patient=ann.patient)
    DeliveryFactory(
        patient=ann.patient,
        to_name="Ann Patient",
        status=Delivery.Status.FAILED,
        error="No such mailbox",
    )
    guest = AppointmentFactory(
        offering=offering, starts_at=today + timedelta(days=5)
    ).patient
    guest.email = "guest@example.org"
    guest.save()
    access = EmergencyAccess.objects.create(
        user=dr_roy,
        patient=ann.patient,
        roles="Doctor",
        reason="Found unconscious in the waiting room",
        starts_at=now - timedelta(hours=2),
        ends_at=now - timedelta(hours=1),
    )
    reset = Reset.objects.create(
        user=ann,
        ground=Reset.Ground.WAITED,
        started_by=ann,
        works_from=now,
        expires_at=now + timedelta(hours=1),
    )
    credential = Credential.objects.create(
        user=desk, kind="LICENCE", number="1", issuer="GMC", country="GB"
    )
    # Somebody acts for Ann, somebody asks to, and she has invited somebody.
    acting = ProxyFactory(patient=ann.patient)
    asked = ProxyFactory(asked=True, patient=ann.patient)
    invited = ProxyFactory(invited=True, patient=ann.patient)
    texts = {
        purpose: ConsentTextFactory(purpose=purpose, version=1) for purpose in Purpose
    }
    ConsentFactory(patient=ann.patient, text=texts[Purpose.RESEARCH])
    ConsentTextFactory(purpose=Purpose.RESEARCH, version=2)
    amendment = AmendmentFactory(patient=ann.patient)
    denied = AmendmentFactory(
        patient=ann.patient,
        status="DENIED",
        decided_by=dr_lee,
        decided_at=now,
        reason="The letter says so too",
    )
    room = RoomFactory(location=practice.location)
    breach = BreachFactory(opened_by=dr_lee, objects_text=ann.patient.number)
    waits = WaitlistEntryFactory(patient=ann.patient, offering=offering, joined_at=now)
    offer = OfferFactory(
        entry=waits,
        offering=offering,
        freed=FreedTimeFactory(
            offering=offering, appointment__starts_at=today + timedelta(days=2)
        ),
        offered_at=now,
        expires_at=now + timedelta(hours=1),
    )
    double = PatientFactory(first_name="Ann", last_name="Patient", email=ann.email)
    # One went into her record, and something was done with it since.
    gone = PatientFactory(first_name="Annie", last_name="Patient")
    theirs = AppointmentFactory(
        offering=offering, patient=gone, starts_at=today + timedelta(days=6)
    )
    merge = merge_records(
        actor=desk,
        kept=double,
        merged=gone,
        facts=["phone", "first_name"],
        reason="She showed her identity card at the desk.",
        at=now,
    )
    AppointmentFactory(
        offering=offering, patient=double, starts_at=today + timedelta(days=7)
    )
    theirs.status = Status.ARRIVED
    theirs.patient = double
    theirs.save()
    return {
        "had": had.public_id,
        "review": review.public_id,
        "review_link": review_token(had),
        "double": double.public_id,
        "merge": merge.public_id,
        "waits": waits.public_id,
        "screen_key": make_screen(
            actor=None, location=practice.location, name="Hall", at=now
        )[1],
        "offer": offer.public_id,
        "offer_link": offer_token(offer),
        "service": offering.visit_type.slug,
        "breach": breach.public_id,
        "amendment": amendment.public_id,
        **_forms(ann, visit, offering.visit_type),
        "denied": denied.public_id,
        "restriction": RestrictionFactory(patient=ann.patient).public_id,
        "consent_text": texts[Purpose.RESEARCH].public_id,
        "purpose": Purpose.RESEARCH.lower(),
        "visit": visit.public_id,
        "request": request.public_id,
        "payment": payment.public_id,
        "prescription": prescription.public_id,
        "patient": ann.patient.public_id,
        "person": desk.public_id,
        "visit_type": offering.visit_type.public_id,
        "offering": offering.public_id,
        "doctor": dr_lee.doctor.public_id,
        "slug": dr_lee.doctor.slug,
        "location": practice.location.public_id,
        "room": room.public_id,
        "shift": ShiftFactory(user=desk, location=practice.location).public_id,
        "equipment": EquipmentFactory(location=practice.location).public_id,
        "specialty": practice.specialty.public_id,
        "day": today.date().isoformat(),
        "manage": manage_token(visit),
        "claim": claim_token(guest),
        "access": access.public_id,
        "reset": path_of(reset).rstrip("/").rpartition("/")[2],
        "credential": credential.public_id,
        "proxy": asked.public_id,
        "guest_link": link_url(ask_link(email="guest@example.org", at=now))
        .rstrip("/")
        .rpartition("/")[2],
        "acting": acting.public_id,
        "invitation": invitation_path(invited).rstrip("/").rpartition("/")[2],
    }


def _forms(ann, visit, kind):
    """A form with a question of every kind, as it is answered and as it is written."""
    asked = (
        ("PAGE", "About you"),
        ("INFORMATION", "Take your time."),
        ("SHORT", "What brings you here?"),
        ("LONG", "Tell us more"),
        ("YES_NO", "Do you smoke?", {"is_required": True, "tells_answers": ["Yes"]}),
        ("ONE_OF", "How often?", {"choices": ["Daily", "Weekly", "Rarely", "Never"]}),
        ("SEVERAL_OF", "Do you have these?", {"choices": ["Asthma", "Diabetes"]}),
        ("NUMBER", "Your weight", {"unit": "kg", "lowest": 1, "highest": 400}),
        ("DATE", "Since when?"),
        ("SCALE", "How strong is the pain?", {"lowest": 0, "highest": 10}),
        ("CONSENT", "I agree to the examination."),
    )
    form = make_form(kind, questions=asked)
    draft = QuestionnaireFactory()
    item = make_item(draft, "YES_NO", "Do you smoke?")
    make_item(draft, "SHORT", "Since when?")
    sent = ResponseFactory(patient=ann.patient, appointment=visit, questionnaire=form)
    begun = ResponseFactory(
        patient=ann.patient,
        appointment=visit,
        questionnaire=form,
        status="IN_PROGRESS",
        completed_by=None,
        completed_at=None,
    )
    return {
        "form": form.public_id,
        "form_draft": draft.public_id,
        "form_item": item.link_id,
        "response": sent.public_id,
        "begun": begun.public_id,
        "page1": 1,
    }


def _address(stop, things):
    name, *rest = stop.split()
    thing = [things[one] for one in rest if not one.startswith("?")]
    question = "".join(one for one in rest if one.startswith("?"))
    return reverse(name, args=thing) + question.format(**things)


@pytest.mark.parametrize("who", WALKS)
def test_everybody_can_use_their_pages(visitor, things, who, request):
    page = visitor()
    if who != "visitor":
        user = request.getfixturevalue(who)
        user.set_password(PASSWORD)
        user.save()
        sign_in(page, user)
    problems = {}
    for stop in WALKS[who]:
        address = _address(stop, things)
        assert resolve(address.partition("?")[0]).view_name == stop.split()[0]
        response = page.goto(address)
        found = problems_of(page)
        if response.status != 200:
            found.append(f"status {response.status}")
        if found:
            problems[stop] = found
    assert problems == {}


def test_every_kind_of_public_page(visitor, things, practice):
    specialty = specialty_page(specialty=practice.specialty)
    kinds = [
        doctor_page(doctor=practice.calloway),
        specialty,
        location_page(location=practice.location),
        article(specialties=[practice.specialty]),
        standard_page(),
        *(
            index(model)
            for model in (
                ArticleIndexPage,
                DoctorIndexPage,
                LocationIndexPage,
                PricePage,
                SpecialtyIndexPage,
            )
        ),
        home(),
    ]
    models = {model for model in _models(BasePage) if not model._meta.abstract}
    assert {type(kind) for kind in kinds} == models
    page = visitor()
    problems = {}
    for kind in kinds:
        response = page.goto(kind.path_on_site)
        found = problems_of(page)
        if response.status != 200:
            found.append(f"status {response.status}")
        if found:
            problems[kind.path_on_site] = found
    assert problems == {}


def _models(model):
    for one in model.__subclasses__():
        yield one
        yield from _models(one)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500"])
def test_pages_that_say_no(visitor, practice, name):
    page = visitor()
    html = render_to_string(f"{name}.html")
    page.route("**/refused/", lambda route: route.fulfill(body=html))
    page.goto("/refused/")
    assert page.locator("h1").count() == 1
    assert problems_of(page) == []


def test_the_pages_of_messages(visitor, things, settings, ann):
    settings.DEV_OUTBOX = True
    visit = ann.patient.appointments.get(public_id=things["visit"])
    for send in (tasks.send_confirmation, tasks.send_cancelled, tasks.send_requested):
        send(appointment_id=visit.pk)
    welcome_user(user_id=ann.pk)
    mails = Delivery.objects.filter(channel="EMAIL").exclude(event="test_event")
    assert mails.count() >= 2
    page = visitor()
    problems = {}
    addresses = [reverse("notifications:outbox")]
    for mail in mails:
        for name in ("outbox_message", "outbox_html"):
            addresses.append(reverse(f"notifications:{name}", args=[mail.public_id]))
    page.route(
        "**/html/",
        # In the mail's own frame nothing runs, so neither would what looks for faults.
        lambda route: route.fulfill(
            response=route.fetch(), headers={"content-type": "text/html"}
        ),
    )
    for address in addresses:
        response = page.goto(address)
        found = problems_of(page)
        if address.endswith("/html/"):
            # A letter is no page: it has no landmarks, and needs no headline.
            found = [one for one in found if not one.startswith(OF_PAGES)]
        if response.status != 200:
            found.append(f"status {response.status}")
        if found:
            problems[address] = found
    assert problems == {}


@pytest.mark.parametrize(
    ("start", "button", "then"),
    [
        ("account_login", "E-mail me a code", "account_confirm_login_code"),
        (
            "account_reset_password",
            "E-mail me a code",
            "account_confirm_password_reset_code",
        ),
        ("account_signup", "Create account", "account_email_verification_sent"),
    ],
)
def test_the_pages_that_wait_for_a_code(visitor, ann, start, button, then):
    ann.emailaddress_set.get_or_create(
        email=ann.email, defaults={"verified": True, "primary": True}
    )
    page = visitor()
    page.goto(reverse(start))
    is_new = start == "account_signup"
    email = "new@example.org" if is_new else ann.email
    page.get_by_label("E-mail address").first.fill(email)
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"**{reverse(then)}**")
    assert problems_of(page) == []


def test_the_page_for_who_lost_the_second_step(visitor, ann):
    with_app(ann)
    ann.set_password(PASSWORD)
    ann.save()
    ann.emailaddress_set.create(email=ann.email, verified=True, primary=True)
    page = visitor()
    page.goto(reverse("account_login"))
    page.get_by_label("E-mail address").fill(ann.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in with password").click()
    page.wait_for_url(f"**{reverse('factors:check')}")
    page.goto(reverse("recovery:lost"))
    assert resolve(urlsplit(page.url).path).view_name == "recovery:lost"
    assert problems_of(page) == []
    page.locator("main form button").first.click()
    page.wait_for_load_state("networkidle")
    assert Reset.objects.filter(user=ann).exists()
    assert problems_of(page) == []


def test_the_page_after_another_account_said_no(visitor, practice):
    page = visitor()
    response = page.goto(reverse("socialaccount_login_error"))
    assert response.status == 401
    assert page.locator("h1").count() == 1
    assert problems_of(page) == []


def test_the_page_that_sends_a_form_again(visitor, ann):
    page = visitor()
    session = sign_in(page, ann).session
    keep_form(
        session,
        user_id=ann.pk,
        path=reverse("accounts:settings"),
        fields=[("first_name", "Ann"), ("reason_of_visit", "A cough " * 40)],
        at=timezone.now(),
    )
    session.save()
    page.goto(reverse("account_resend"))
    assert page.get_by_text("A cough").first.is_visible()
    assert problems_of(page) == []


def test_the_page_that_joins_with_another_account(visitor, practice, settings):
    with openid_provider() as provider:
        app = {
            "provider_id": "openid",
            "name": "Clinic ID",
            "client_id": CLIENT,
            "secret": SECRET,
            "settings": {"server_url": provider.issuer},
        }
        policy = settings.CONTENT_SECURITY_POLICY
        rules = policy["DIRECTIVES"]
        # As the settings do it for providers that the environment names.
        allowed = [*rules["form-action"], provider.issuer]
        settings.CONTENT_SECURITY_POLICY = {
            **policy,
            "DIRECTIVES": {**rules, "form-action": allowed},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {
            **settings.SOCIALACCOUNT_PROVIDERS,
            "openid_connect": {
                "provider_class": "accounts.openid.StrictProvider",
                "APPS": [app],
            },
        }
        provider.person = {"sub": "248289761001", "given_name": "Maya"}
        page = visitor()
        page.goto(reverse("account_login"))
        page.get_by_role("button", name="Clinic ID").click()
        page.wait_for_url(f"**{reverse('socialaccount_signup')}")
        assert problems_of(page) == []
