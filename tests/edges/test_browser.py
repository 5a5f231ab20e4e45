"""What only a real browser can tell: how a session ends, and that no script runs."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.factors.permissions import must_have_factor
from accounts.models import AuthenticatorApp, Session
from tests.browser import PHONE, accessibility_problems
from tests.edges.payloads import PAYLOADS
from tests.factories.accounts import CareRelationFactory, PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.records import DocumentFactory
from tests.second_factors import code_of, with_app

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "four quiet herons wade"


def sign_in(page, user):
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.get_or_create(
        email=user.email, defaults={"verified": True, "primary": True}
    )
    if must_have_factor(user):
        with_app(user)
    page.goto("/account/sign-in/")
    fill_in(page, user)
    page.wait_for_url(lambda url: "/account/" not in url)


def fill_in(page, user, *, steps=0):
    """Password and, where there is one, the app's code of now or `steps` later: each
    works once."""
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in with password").click()
    app = AuthenticatorApp.objects.filter(user=user).first()
    if app is not None:
        page.get_by_label("Code from your app").fill(code_of(app, steps=steps))
        page.get_by_role("button", name="Continue").click()


def let_pass(user, seconds):
    for row in Session.objects.filter(user=user, ended_because=""):
        row.seen_at -= timedelta(seconds=seconds)
        row.save(update_fields=["seen_at"])


def test_a_session_warns_ends_and_goes_on_with_what_was_typed(visitor, desk):
    page = visitor(width=PHONE)
    sign_in(page, desk)
    let_pass(desk, 15 * 60 - 100)
    page.goto("/clinic/desk/", wait_until="commit")
    # Opening the page went on for 15 minutes; as if 14 of them had passed.
    page.goto("/clinic/desk/register/")
    let_pass(desk, 14 * 60)
    page.get_by_label("First name").fill("Rosalind")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    soon = page.get_by_role("dialog", name="Are you still there?")
    expect(soon).to_be_visible()
    assert accessibility_problems(page) == []
    page.keyboard.press("Enter")
    expect(soon).to_be_hidden()
    page.wait_for_timeout(500)
    seen = Session.objects.get(user=desk).seen_at
    assert timezone.now() - seen < timedelta(seconds=10)

    let_pass(desk, 16 * 60)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    over = page.get_by_role("dialog", name="You are signed out")
    expect(over).to_be_visible()
    expect(page.locator("#main")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(over).to_be_visible()
    assert accessibility_problems(page) == []

    with page.context.expect_page() as opened:
        over.get_by_role("link", name="Sign in again").click()
    second = opened.value
    fill_in(second, desk, steps=1)
    expect(
        second.get_by_role("heading", name="You are signed in again")
    ).to_be_visible()
    expect(over).to_be_hidden()
    assert page.get_by_label("First name").input_value() == "Rosalind"
    # The form's token is the new session's.
    token = page.locator('#main [name="csrfmiddlewaretoken"]').first.input_value()
    status = page.evaluate(
        """async (token) => (await fetch("/account/session/stay/", {
            method: "POST", headers: {"X-CSRFToken": token}})).status""",
        token,
    )
    assert status == 200


def test_another_person_never_sees_the_page_that_waited(visitor, desk, biller):
    page = visitor()
    sign_in(page, desk)
    page.goto("/clinic/desk/register/")
    page.get_by_label("First name").fill("Rosalind")
    let_pass(desk, 16 * 60)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("dialog", name="You are signed out")).to_be_visible()
    sign_in(page.context.new_page(), biller)
    expect(page.locator("html")).not_to_have_class(re.compile("is-locked"))
    assert "Rosalind" not in page.content()


def test_after_signing_out_back_shows_nothing(visitor, ann):
    page = visitor()
    sign_in(page, ann)
    page.goto("/portal/account/")
    expect(page.locator("body")).to_contain_text("Ann")
    page.locator("summary").first.click()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url(re.compile(r"/$"))
    page.go_back()
    page.wait_for_url(re.compile("/account/sign-in/"))
    assert ann.email not in page.content()


@pytest.fixture
def poisoned(ann, dr_lee, settings, tmp_path):
    """Forty payloads in every field that a patient writes, each patient's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "clinical": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        },
    }
    offering = open_offering(weekdays=range(7), doctor=dr_lee.doctor)
    start = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    patients = []
    for number, payload in enumerate(PAYLOADS):
        patient = ann.patient if number == 0 else PatientFactory()
        patient.first_name, patient.last_name = payload[:100], payload[:100]
        patient.address, patient.phone = payload, payload[:20]
        patient.save()
        if number:
            CareRelationFactory(patient=patient, user=dr_lee)
        AppointmentFactory(
            offering=offering,
            patient=patient,
            starts_at=start + timedelta(minutes=31 * (number + 1)),
            reason=payload,
        )
        DocumentFactory(patient=ann.patient, title=payload[:120])
        patients.append(patient)
    ann.first_name, ann.last_name = PAYLOADS[0], PAYLOADS[1]
    ann.save()
    return patients


def test_nothing_that_a_patient_writes_ever_runs(visitor, poisoned, ann, dr_lee, desk):
    reached, ran = 0, []
    for user, paths in [
        (ann, ["/portal/", "/portal/account/", "/portal/appointments/",
               "/portal/documents/", "/portal/health/"]),
        (dr_lee, ["/clinic/", "/clinic/schedule/", "/clinic/patients/",
                  *(f"/clinic/patients/{p.public_id}/" for p in poisoned[:3])]),
        (desk, ["/clinic/desk/", "/clinic/patients/?q=script"]),
    ]:  # fmt: skip
        page = visitor()
        page.expose_function("canary", lambda *_: ran.append(1))
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        sign_in(page, user)
        for path in paths:
            page.goto(path)
            page.wait_for_timeout(150)
            reached += "canary" in page.content()
            # What needs a pointer or the focus to run gets both.
            page.evaluate(
                """() => document.querySelectorAll("#main *").forEach((one) => {
                    for (const kind of ["mouseover", "focus", "pointerenter", "toggle"])
                        one.dispatchEvent(new Event(kind));
                })"""
            )
            links = page.evaluate(
                "[...document.querySelectorAll('[href], [src], [action]')].map(one =>"
                " one.getAttribute('href') || one.getAttribute('src') || '')"
            )
            assert not [link for link in links if re.match(r"\s*(javascript|data|vbs)",
                        link, re.I)], path  # fmt: skip
        assert ran == []
    # It was there to be seen, or this test would prove nothing.
    assert reached > 6


def test_the_canary_sings_where_it_can(visitor, db):
    """The same payloads where nothing guards them: most of them run."""
    page = visitor()
    ran = set()
    page.expose_function("canary", lambda number: ran.add(number))
    page.route("**/bare", lambda route: route.fulfill(
        content_type="text/html", body="<body></body>"))  # fmt: skip
    page.goto("/bare")
    for number, payload in enumerate(PAYLOADS):
        marked = payload.replace("canary(1)", f"canary({number})")
        page.evaluate(
            """(html) => { const frame = document.createElement("iframe");
            document.body.append(frame); frame.contentWindow.canary = window.canary;
            frame.contentDocument.write(html); }""",
            marked,
        )
    page.wait_for_timeout(500)
    assert len(ran) >= 12
