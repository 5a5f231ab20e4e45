"""A crawl of every page as everybody: the log holds exactly what was shown to whom."""

import re
import uuid
from datetime import date

import pytest
from django.urls import NoReverseMatch, get_resolver, resolve, reverse

from accounts.models import Patient
from accounts.proxies.queries import KEY, invitation_path
from accounts.recovery.queries import path_of
from audit.entries.models import Outcome
from booking.drafts.permissions import remember
from booking.models import Draft
from clinic.models import DaysOff
from tests.access_log.pages import ACTS, DRAFT_PAGES, ELSEWHERE, PAGES
from tests.factories.clinic import (
    CapabilityFactory,
    EquipmentFactory,
    OutageFactory,
    RoomFactory,
    ShiftFactory,
    SpecialtyFactory,
)
from tests.second_factors import VerifiedClient

CAST = {
    "visitor": None, "ann": "ann", "gus": "gus", "lee": "dr_lee", "roy": "dr_roy",
    "nurse": "nurse", "desk": "desk", "biller": "biller",
    "medical_admin": "medical_admin",
    "admin": "admin", "editor": "editor",
}  # fmt: skip
IDS = {
    "visit": "workspace:appointment booking:appointment booking:appointment_cancel"
    " booking:appointment_move booking:appointment_move_check"
    " booking:appointment_move_withdraw workspace:approve_move workspace:decline_move"
    " workspace:visit_time workspace:visit_hour workspace:visit_place"
    " booking:here_own booking:review_own workspace:queue_room workspace:visit_fit"
    " booking:appointment_calendar booking:waitlist_sooner billing:pay_appointment"
    " billing:pay_appointment_return workspace:approve workspace:decline"
    " workspace:cancel workspace:change records:visit_forms records:forms_code",
    "waits": "booking:waitlist_entry booking:waitlist_leave"
    " workspace:waitlist_withdraw",
    "offer": "booking:offer",
    "consent_text": "accounts:consent_text",
    "patient": "workspace:patient workspace:overbook records:patient_documents"
    " records:patient_uploads"
    " records:prescription_write accounts:patient_consents"
    " accounts:picture workspace:patient_edit recovery:patient",
    "proxy": "accounts:proxy accounts:proxy_close accounts:proxy_scopes"
    " accounts:proxy_more accounts:proxy_more_desk",
    "access": "accounts:emergency_access accounts:emergency_end",
    "credential": "clinic:credential clinic:credential_end",
    "grant": "clinic:grant_answer",
    "device": "factors:forget",
    "doctor": "clinic:doctor workspace:doctor_change booking:doctor_times"
    " booking:doctor_reviews",
    "person": "clinic:person clinic:person_end clinic:person_suspend"
    " clinic:person_reinstate workspace:person_leaving clinic:credentials"
    " recovery:staff",
    "visit_type": "clinic:visit_type",
    "screen": "workspace:screen_end",
    "location": "clinic:location workspace:location_change workspace:location_close"
    " clinic:location_reopen workspace:poster booking:here_door"
    " clinic:room_new clinic:equipment_new workspace:outage_add"
    " workspace:rota_copy workspace:queue_rules_at clinic:booking_rules",
    "room": "clinic:room clinic:room_reopen workspace:room_close",
    "equipment": "clinic:equipment clinic:equipment_close clinic:equipment_reopen",
    "capability": "clinic:capability_remove",
    "outage": "workspace:outage_end",
    "shift": "workspace:shift workspace:shift_skip workspace:shift_end",
    "days_off": "workspace:days_off_end",
    "specialty": "clinic:specialty clinic:specialty_close clinic:specialty_reopen",
    "payment": "billing:receipt billing:payment billing:payment_check"
    " billing:payment_close",
    "document": "records:download records:file records:document_remove",
    "prescription": "records:prescription records:prescription_rewrite",
    "breach": "breaches:breach breaches:edit breaches:told",
    "amendment": "records:own_amendment records:amendment",
    "response": "records:own_response records:response",
    "begun": "records:form_check records:form_page",
    "form": "records:questionnaire records:questionnaire_preview"
    " records:questionnaire_item_new records:questionnaire_publish"
    " records:questionnaire_begin records:questionnaire_stop",
    "notice": "notifications:notice_open",
    "mail": "notifications:retry notifications:settle notifications:outbox_message"
    " notifications:outbox_html",
    "event": "billing:event_retry",
    "finding": "billing:finding_settle",
    "refund": "billing:refund_retry",
    "hold": "legal_holds:lift",
    "merge": "merges:merge",
    "restriction": "accounts:restriction_one accounts:restriction_withdraw",
    "export": "exports:remove",
    "erasure": "erasures:erasure erasures:release erasures:kept",
}
KIND_OF = {name: kind for kind, names in IDS.items() for name in names.split()}
# Kinds that are no patient's.
NOBODYS = {
    *(None, "doctor", "person", "visit_type", "credential", "grant", "device"),
    *("export", "erasure", "location", "room", "specialty", "consent_text", "breach"),
    *("screen", "form", "equipment", "capability", "outage", "shift", "days_off"),
}
# What else stands in addresses.
WORDS = {
    "booking:feed_file": "nobodys",
    "openid_connect_login": "clinic",
    "openid_connect_callback": "clinic",
    "cms_access:cms_page": "pages/",
    "accounts:consent_text_edit": "research",
    "account_unlink": 1,
    "api:free_times": "dr-lee",
    "api_nothing": "v2/me",
    "factors:remove_app": 1,
    "factors:remove_passkey": 1,
}
# Addresses that the house makes by itself.
MADE = {
    "booking:screen": lambda own: reverse("booking:screen", args=[own.screen_key]),
    "recovery:begin_anew": lambda own: path_of(own.reset),
    "accounts:proxy_invitation": lambda own: invitation_path(own.proxy),
    "records:form_page": lambda own: reverse(
        "records:form_page", args=[own.begun.public_id, 1]
    ),
    **{
        name: lambda own, name=name: reverse(
            name, args=[own.form.public_id, own.form.items.first().link_id]
        )
        for name in ("records:questionnaire_item", "records:questionnaire_arrange")
    },
    "accounts:proxy_act": lambda own: reverse(
        "accounts:proxy_act", args=[own.proxy.public_id, "end"]
    ),
}


def names(patterns=None, space=""):
    """The name of every address of the site."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{space}{pattern.name}"


def facts_of(own):
    """What addresses name, by kind: what is `own` and the clinic's facts around it."""
    shift = ShiftFactory(location=own.visit.location)
    return {
        **vars(own),
        "patient": own.visit.patient,
        "doctor": own.visit.doctor,
        "person": own.visit.doctor.user,
        "visit_type": own.visit.visit_type,
        "location": own.visit.location,
        "room": RoomFactory(location=own.visit.location),
        "equipment": EquipmentFactory(location=own.visit.location),
        "capability": CapabilityFactory(),
        "outage": OutageFactory(room=RoomFactory(location=own.visit.location)),
        "shift": shift,
        "days_off": DaysOff.objects.create(
            user=shift.user, starts_date=date(2026, 1, 5), ends_date=date(2026, 1, 6)
        ),
        "specialty": own.visit.doctor.specialties.first() or SpecialtyFactory(),
    }


def address(name, own, facts=None):
    """The path of the page `name` about what is `own`."""
    things = facts or facts_of(own)
    if name == "records:file":
        # Opens by a token of the session alone, which the page before it gives.
        return reverse("records:download", args=[own.document.public_id])
    if name in MADE:
        return MADE[name](own)
    if name in KIND_OF:
        return reverse(name, args=[things[KIND_OF[name]].public_id])
    if name in WORDS:
        return reverse(name, args=[WORDS[name]])
    if name.startswith(("booking:manage", "booking:here_link", "billing:pay_managed")):
        return reverse(name, args=[own.link])
    if name == "booking:offer_managed":
        return reverse(name, args=[own.offer_link])
    if name == "workspace:day_of":
        return reverse(name, args=[own.visit.starts_at.date().isoformat()])
    return reverse(name)


def said(entries):
    """ "Ann views: appointments identity" for each that was read."""
    names = dict(Patient.objects.values_list("pk", "first_name"))
    return [
        f"{names.get(entry.patient_id, '-')} {entry.action.lower()}s:"
        f" {entry.category.lower().replace(',', ' ')}"
        for entry in entries
        if entry.verb.startswith(("data.", "document.downloaded"))
    ]


def browser_of(person):
    browser = VerifiedClient()
    if person is not None:
        browser.force_login(person)
    return browser


def open_in(browser, path, *, leads_on=False):
    response = browser.get(path)
    to = response.get("Location", "/")
    if leads_on and resolve(to.partition("?")[0]).view_name == "records:file":
        response = browser.get(to)
    if response.streaming:
        b"".join(response.streaming_content)
    return response


def part_of(name):
    """The part of the site that an address belongs to: looking changes nothing but the
    log, so one story does for all of its pages that do not show that."""
    return name if name == "workspace:audit" else re.split("[:_]", name)[0]


def test_every_page_says_what_it_leaves():
    known = {*PAGES, *DRAFT_PAGES, *ACTS, *ELSEWHERE}
    assert set(names()) - known == set(), "describe it in tests/access_log/pages.py"
    assert known - set(names()) == set()


@pytest.mark.parametrize("part", sorted({part_of(name) for name in PAGES}))
def test_opening_a_page_leaves_what_it_shows(part, story, entries, request):
    browsers = {
        who: browser_of(request.getfixturevalue(fixture) if fixture else None)
        for who, fixture in CAST.items()
    }
    wrong = {}
    for name in sorted(name for name in PAGES if part_of(name) == part):
        expected = {
            who: lines for names, lines in PAGES[name].items() for who in names.split()
        }
        acts = expected.get("gus") != expected.get("visitor")
        found, refused = _open_as_everybody(name, story, browsers, entries, acts)
        if found != expected:
            wrong[name] = found
        if unequal := _refused_otherwise(name, refused, story):
            wrong[f"{name}, refused"] = unequal
    assert wrong == {}


def _open_as_everybody(name, story, browsers, entries, acts):
    """What each of them read, and of whom each was refused something. With `acts` what
    Gus sees is hers for whom he acts."""
    path = address(name, story.ann)
    found, refused = {}, {}
    for who, browser in browsers.items():
        entries()
        response = open_in(browser, path, leads_on=name == "records:file")
        added = entries()
        if lines := said(added):
            found[who] = lines
        if who == "gus" and acts:
            _check_behalf(added, story.ann.visit.patient)
        refused[who] = (
            response.status_code,
            [entry.patient_id for entry in added if entry.outcome == Outcome.REFUSED],
        )
    return found, refused


def _refused_otherwise(name, refused, story):
    """Whose refusal is not in the log as it should be."""
    about_ann = KIND_OF.get(name) not in NOBODYS
    whose = story.ann.visit.patient_id if about_ann else None
    return {
        who: (status, patients)
        for who, (status, patients) in refused.items()
        if patients
        != ([whose] if status == 403 or (status == 404 and about_ann) else [])
    }


def _check_behalf(added, ann):
    """Whatever of Ann's Gus opens is logged as for her, though he chose nobody."""
    for entry in added:
        if entry.patient_id == ann.pk and entry.outcome == Outcome.DONE:
            assert (entry.on_behalf_of_id, entry.role) == (ann.pk, "PROXY")


@pytest.mark.parametrize(
    "name",
    [
        "portal:home",
        "portal:health",
        "booking:appointments",
        "records:documents",
        "records:medicines",
        "notifications:notices",
    ],
)
def test_who_acts_for_somebody_sees_theirs_and_the_log_says_for_whom(
    name, story, client, entries, gus, ann
):
    path = address(name, story.ann)
    entries()
    assert open_in(browser_of(ann), path).status_code == 200
    hers = _words(entries())
    client.force_login(gus)
    session = client.session
    session[KEY] = str(story.ann.proxy.public_id)
    session.save()
    entries()
    assert client.get(path).status_code == 200
    added = [one for one in entries() if one.verb.startswith("data.")]
    # The banner says who they are.
    assert _words(added) - {"identity"} == hers - {"identity"}
    assert {(one.patient_id, one.on_behalf_of_id, one.role) for one in added} == {
        (ann.patient.pk, ann.patient.pk, "PROXY")
    }


def _words(added):
    return {word for line in said(added) for word in line.split()}


def test_what_only_acts_shows_nothing(story, entries, dr_lee):
    browser, shown = browser_of(dr_lee), {}
    for name in sorted(ACTS):
        try:
            path = address(name, story.ann)
        except NoReverseMatch:
            continue
        entries()
        answer = open_in(browser, path)
        lines = said(entries())
        if lines or answer.status_code == 200:
            shown[name] = (answer.status_code, lines)
    assert shown == {}


@pytest.mark.parametrize("name", sorted(DRAFT_PAGES))
def test_the_way_to_a_booking_shows_only_ones_own(name, story, client, entries):
    draft = Draft.objects.create(
        token=uuid.uuid4(),
        offering=story.ann.offering,
        appointment=story.ann.visit,
    )
    session = client.session
    remember(session, draft.token)
    session.save()
    entries()
    client.get(reverse(name, args=[draft.token]))
    assert said(entries()) == DRAFT_PAGES[name]
    client.cookies.clear()
    client.get(reverse(name, args=[draft.token]))
    assert said(entries()) == []
