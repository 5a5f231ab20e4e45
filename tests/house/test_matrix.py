"""The written matrix is what the rules say, and what a visit to the pages finds."""

import gc
import os
import re
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import resolve, reverse

from accounts.consents.permissions import visible_texts
from accounts.consents.permissions import visible_to as consents
from accounts.emergency_access.permissions import visible_to as accesses
from accounts.machine_keys.permissions import visible_to as machine_keys
from accounts.patients.permissions import visible_to as patients
from accounts.proxies.permissions import visible_to as proxies
from accounts.restrictions.permissions import visible_to as restrictions
from accounts.tokens.permissions import visible_to as authorisations
from accounts.users.models import Role
from accounts.users.permissions import visible_to as users
from audit.entries.permissions import visible_to as entries
from billing.payments.permissions import visible_to as payments
from billing.reconciliation.permissions import visible_to as findings
from billing.refunds.permissions import visible_to as refunds
from billing.settlements.permissions import visible_to as events
from booking.appointments.permissions import visible_to as appointments
from booking.queue.permissions import visible_to as turns
from booking.reviews.permissions import visible_to as reviews
from booking.waitlist.permissions import visible_offers as offers
from booking.waitlist.permissions import visible_to as waitlist
from clinic.credentials.permissions import visible_to as credentials
from clinic.grants.permissions import visible_to as grants
from clinic.rota.permissions import visible_to as shifts
from foundation.permissions import registered_permissions
from foundation.scene import Scene, acting
from notifications.deliveries.permissions import visible_to as deliveries
from portal.breaches.permissions import visible_to as breaches
from portal.dashboards.access_reports.permissions import visible_to as reported
from portal.erasures.permissions import visible_to as erasures
from portal.exports.permissions import visible_to as exports
from portal.legal_holds.permissions import visible_to as holds
from portal.merges.permissions import visible_to as merges
from records.amendments.permissions import visible_to as amendments
from records.documents.permissions import visible_to as documents
from records.prescriptions.permissions import visible_to as prescriptions
from records.responses.permissions import visible_to as responses
from tests.matrix import COLUMNS, RULES, doors_table, make_world, rules_table

# Else nobody makes the database for `world`, where these tests run alone.
pytestmark = pytest.mark.django_db

FILE = Path(settings.BASE_DIR) / "docs" / "permissions.md"
LISTS = {
    "accounts.view_patient": patients,
    "accounts.view_authorisation": authorisations,
    "accounts.view_machine_key": machine_keys,
    "accounts.view_proxy": proxies,
    "accounts.view_user": users,
    "accounts.view_emergency_access": accesses,
    "accounts.view_consent": consents,
    "accounts.view_consent_text": visible_texts,
    "audit.view_entry": entries,
    "billing.view_payment": payments,
    "billing.view_finding": findings,
    "billing.view_refund": refunds,
    "billing.view_event": events,
    "booking.view_appointment": appointments,
    "booking.view_offer": offers,
    "booking.view_review": reviews,
    "booking.view_turn": turns,
    "booking.view_waitlist_entry": waitlist,
    "clinic.view_credential": credentials,
    "clinic.view_grant": grants,
    "clinic.view_shift": shifts,
    "notifications.view_delivery": deliveries,
    "portal.view_erasure": erasures,
    "portal.view_export": exports,
    "portal.view_hold": holds,
    "portal.view_merge": merges,
    "accounts.view_restriction": restrictions,
    "portal.view_report_entry": reported,
    "portal.view_breach": breaches,
    "records.view_amendment": amendments,
    "records.view_document": documents,
    "records.view_prescription": prescriptions,
    "records.view_response": responses,
}
# Page of one thing, its kind, the rule of the door and that of the thing.
PAGES = (
    ("workspace:patient", "patient", "accounts.work_in_care", "accounts.view_patient"),
    (
        "workspace:appointment",
        "appointment",
        "accounts.work_here",
        "booking.view_appointment",
    ),
    ("records:prescription", "prescription", "", "records.view_prescription"),
    ("records:download", "document", "", "records.view_document"),
    ("billing:payment", "payment", "billing.view_ledger", "billing.view_payment"),
    (
        "accounts:emergency_access",
        "access",
        "accounts.work_here",
        "accounts.view_emergency_access",
    ),
)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Made once: the tests here only ask about it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def one_request():
    """Rules are asked as a page asks them: for whom somebody acts is read once, and not
    for each of the rows."""
    with acting(Scene()):
        yield


def _written(name: str) -> str:
    match = re.search(
        rf"<!-- {name} -->\n(.*?)\n<!-- end -->", FILE.read_text("utf-8"), re.S
    )
    assert match, f"No place for {name} in {FILE.name}"
    return match[1]


def test_every_rule_has_a_line():
    assert {rule for rule, *_ in RULES} == registered_permissions()
    assert len(RULES) == len({rule for rule, *_ in RULES})


@pytest.mark.usefixtures("one_request")
def test_the_written_matrix_is_what_the_rules_say(world):
    tables = {"rules": rules_table(world), "doors": doors_table(world)}
    # `make permissions` writes what this test then reads.
    if os.environ.get("WRITE_PERMISSIONS"):
        text = FILE.read_text("utf-8")
        for name, table in tables.items():
            text = re.sub(
                rf"(<!-- {name} -->\n).*?(<!-- end -->)",
                lambda m, table=table: f"{m[1]}{table}\n{m[2]}",
                text,
                flags=re.S,
            )
        FILE.write_text(text, "utf-8")
    for name, table in tables.items():
        assert _written(name) == table, "docs/permissions.md: run make permissions"


@pytest.mark.usefixtures("one_request")
def test_lists_show_what_their_rules_allow_and_no_more(world):
    """In both directions, for every role, over everything there is."""
    people = list(world.people.values())
    for rule, visible_to in LISTS.items():
        # What a rule asks of a row's patient, place or visit is fetched once for all.
        every = list(visible_to(people[0]).model.objects.all())
        assert len(every) > len(Role.values)
        for user in people:
            allowed = {row for row in every if user.has_perm(rule, row)}
            assert set(visible_to(user)) == allowed, (rule, user)


def test_every_rule_about_seeing_has_its_list():
    # About a page as a whole, or a part of what another rule lists.
    lonely = {
        "booking.view_reason",
        "booking.view_desk",
        "booking.view_disruptions",
        "booking.view_calendar",
        "booking.view_imports",
        "booking.view_occupancy",
        "booking.view_oversight",
        "booking.view_queue",
        "booking.view_strays",
        "booking.view_waitlist",
        "clinic.view_rota",
        "billing.view_ledger",
        "portal.view_access_reports",
        "portal.view_own_access",
        "portal.view_policy_reports",
        "portal.view_report_patients",
        "records.view_forms_of_visit",
    }
    about = {name for name in registered_permissions() if ".view_" in name}
    assert about - lonely - {"records.view_record"} == LISTS.keys()


def test_the_pages_open_for_whom_the_matrix_says(client, world):
    for role, (page, kind, door, rule) in product(COLUMNS, PAGES):
        _visit(client, world, role, page, kind, door, rule)


def _visit(client, world, role, page, kind, door, rule):
    user = world.people[role]
    client.force_login(user)
    for standing, things in world.things[role].items():
        thing = things[kind]
        answer = _opened(client, reverse(page, args=[thing.public_id]))
        expected = 200 if user.has_perm(rule, thing) else 404
        if door and not user.has_perm(door):
            expected = 403
        assert answer.status_code == expected, (page, role, standing)


def _opened(client, address):
    """The answer; of a file, what the address that opens for minutes answers."""
    answer = client.get(address)
    if answer.status_code == 302:
        assert resolve(answer["Location"]).view_name == "records:file"
        answer = client.get(answer["Location"])
    return answer


def test_being_a_superuser_answers_no_rule(world, django_user_model):
    root = django_user_model.objects.create_superuser("root@example.org")
    theirs = next(iter(world.things.values()))["own"]
    said = {
        rule
        for rule, _, _, kind in RULES
        if root.has_perm(rule, theirs[kind] if kind else None)
    }
    assert said == set()


def test_an_administrator_reaches_no_health_data(world):
    user, things = world.people[Role.ADMIN], world.things[Role.ADMIN]
    health = {"Patients", "Visits", "Record", "Documents", "Prescriptions", "Payments"}
    asked = [row for row in RULES if row[1] in health and row[3]]
    assert len(asked) > 12
    for rule, _, _, kind in asked:
        for standing in ("with them", "treated", "their place", "all"):
            # A doctor who also administers treats as a doctor; this one does not.
            assert not user.has_perm(rule, things[standing][kind]), (rule, standing)


def test_anothers_id_and_nobodys_id_are_told_apart_by_nothing(client, world):
    """Same status and words; medians of times, taken in turns, that lie together."""
    for page, kind, *_ in PAGES:
        user = world.people[Role.DOCTOR if kind != "payment" else Role.BILLING]
        theirs = world.things[Role.DOCTOR]["all"][kind].public_id
        client.force_login(user)
        # Three tries: a busy machine makes one look uneven, a leak all of them.
        with _no_looking_for_garbage():
            assert any(_alike(client, page, theirs) for _ in range(3)), page


@contextmanager
def _no_looking_for_garbage():
    """Python does so after so many new objects, and in all of a test run's that takes
    longer than the page: of two requests in turns it can always be the same one."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _alike(client, page: str, theirs: UUID) -> bool:
    took = {"theirs": [], "nobodys": []}
    said = {}
    for _ in range(15):
        for name, public_id in (("theirs", theirs), ("nobodys", uuid4())):
            began = perf_counter()
            answer = client.get(reverse(page, args=[public_id]))
            took[name].append(perf_counter() - began)
            assert answer.status_code == 404, name
            said[name] = _without_tokens(answer.text).replace(str(public_id), "")
    assert said["theirs"] == said["nobodys"]
    slower, quicker = sorted((median(times) for times in took.values()), reverse=True)
    return slower < 1.4 * quicker


def _without_tokens(text: str) -> str:
    """The page without what is new in every answer."""
    return re.sub(r'(nonce|value|content)="[\w+/=-]{16,}"', "", text)
