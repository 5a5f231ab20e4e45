"""The matrix of docs/permissions.md: asked of the rules themselves, in a small world.

For each role there is one person, at one place; for each way in which somebody can
stand to a patient, a patient with one thing of every kind. Every rule is asked about
every one of them, and what the table says is what the rules answered.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from django.utils import timezone

from accounts.emergency_access.services import open_access
from accounts.models import (
    Authorisation,
    ConsentText,
    EmergencyAccess,
    MachineKey,
    Reset,
    User,
)
from accounts.tokens.queries import audience
from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.services import record
from clinic.models import Credential, Grant
from foundation.doors import Who
from foundation.permissions import predicate_for
from portal.doors import addresses, opens
from portal.models import Erasure, Export, LegalHold, Merge
from tests.factories.accounts import (
    CareRelationFactory,
    ConsentFactory,
    ConsentTextFactory,
    PatientFactory,
    RestrictionFactory,
    UserFactory,
)
from tests.factories.billing import (
    FindingFactory,
    PaymentFactory,
    ProviderEventFactory,
    RefundFactory,
)
from tests.factories.booking import AppointmentFactory, DisruptionFactory
from tests.factories.breaches import BreachFactory
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    ShiftFactory,
)
from tests.factories.forms import ResponseFactory
from tests.factories.notifications import DeliveryFactory
from tests.factories.proxies import OPENING, ProxyFactory
from tests.factories.queue import ScreenFactory, TurnFactory
from tests.factories.records import (
    AmendmentFactory,
    DocumentFactory,
    PrescriptionFactory,
)
from tests.factories.reviews import ReviewFactory
from tests.factories.waitlist import (
    FreedTimeFactory,
    OfferFactory,
    WaitlistEntryFactory,
)

OWN, WITH, TREATED, PLACE, EMERGENCY, ANY = (
    "own",
    "with them",
    "treated",
    "their place",
    "emergency",
    "all",
)
PEOPLE = (OWN, WITH, TREATED, PLACE, EMERGENCY, ANY)
# A patient who acts for others has a column of their own: for each scope there is
# somebody for whom it is the only one.
PROXY = "PROXY"
ACTING = tuple(OPENING)
COLUMNS = {Role.PATIENT.value: Role.PATIENT.label, PROXY: "Proxy"} | dict(Role.choices)

# Rule, resource, action, and the kind of thing that it is asked about ("": nothing).
RULES = (
    ("accounts.work_here", "Workspace", "enter", ""),
    ("wagtailadmin.access_admin", "CMS", "enter", ""),
    ("accounts.work_in_care", "Patients", "list", ""),
    ("accounts.view_patient", "Patients", "read identity and contacts", "patient"),
    ("accounts.change_patient", "Patients", "change identity and contacts", "patient"),
    ("accounts.register_patient", "Patients", "register", ""),
    ("accounts.reset_patient_factors", "Patients", "reset the second step", "user"),
    ("accounts.ask_emergency_access", "Emergency access", "ask", "patient"),
    ("accounts.view_emergency_access", "Emergency access", "read", "access"),
    ("accounts.end_emergency_access", "Emergency access", "end", "access"),
    ("accounts.review_emergency_access", "Emergency access", "review", "access"),
    ("accounts.view_proxy", "Acting for others", "read", "proxy"),
    ("accounts.confirm_proxy", "Acting for others", "agree for a patient", "proxy"),
    ("accounts.end_proxy", "Acting for others", "end", "proxy"),
    ("accounts.give_consent", "Consents", "give, take back their own", ""),
    ("accounts.view_consent", "Consents", "read", "consent"),
    ("accounts.view_consent_text", "Consents", "read drafts of texts", "consent_text"),
    ("accounts.manage_consent_texts", "Consents", "write texts", ""),
    ("booking.view_desk", "Visits", "list of the day", ""),
    ("booking.view_appointment", "Visits", "read", "appointment"),
    ("booking.view_reason", "Visits", "read the reason", "appointment"),
    ("booking.book_for_patient", "Visits", "book for a patient", "offering"),
    ("booking.grant_follow_up", "Visits", "charge as a follow-up", "appointment"),
    ("booking.overbook", "Visits", "give a time twice", "offering"),
    ("booking.answer_requests", "Visits", "open the page of requests", ""),
    ("booking.approve_appointment", "Visits", "approve, decline", "appointment"),
    ("booking.move_appointment", "Visits", "check in, finish, cancel", "appointment"),
    ("booking.cancel_appointment", "Visits", "cancel", "appointment"),
    ("booking.write_review", "Reviews", "write about a visit", "had_visit"),
    ("booking.moderate_reviews", "Reviews", "decide, reply", "review"),
    ("booking.view_review", "Reviews", "read with its visit", "review"),
    ("booking.change_time", "Visits", "give another time", "appointment"),
    ("booking.view_queue", "Queue", "open the page", ""),
    ("booking.view_calendar", "Calendar", "open the page", ""),
    ("booking.view_turn", "Queue", "see when it is whose turn", "turn"),
    ("booking.manage_screens", "Queue", "displays, posters", "screen"),
    ("booking.set_queue_rules", "Queue", "set the rules", ""),
    ("booking.have_own_feed", "Calendar feeds", "make of their own visits", ""),
    ("booking.view_disruptions", "Disruptions", "open the page", ""),
    ("booking.disrupt_day", "Disruptions", "cancel or delay a day", "doctor"),
    ("booking.end_disruption", "Disruptions", "take back", "disruption"),
    ("booking.view_occupancy", "Rooms and equipment", "open the page", ""),
    ("booking.view_oversight", "All locations", "open the page", ""),
    ("booking.view_strays", "Visits outside hours", "open the page", ""),
    ("booking.view_imports", "Imported calendars", "open the page", ""),
    ("booking.manage_imports", "Imported calendars", "add, remove", "doctor"),
    ("booking.view_waitlist", "Waiting list", "open the page at work", ""),
    ("booking.view_waitlist_entry", "Waiting list", "read", "waitlist_entry"),
    ("booking.leave_waitlist", "Waiting list", "take off", "waitlist_entry"),
    ("booking.add_to_waitlist", "Waiting list", "add a patient", ""),
    ("booking.view_offer", "Waiting list", "read offers", "offer"),
    ("booking.answer_offer", "Waiting list", "accept, decline", "offer"),
    ("booking.set_waitlist_rules", "Waiting list", "set the rules", ""),
    ("booking.have_calendar", "Working hours", "have a calendar", ""),
    ("booking.manage_hours", "Working hours", "open the page", ""),
    ("booking.manage_availability", "Working hours", "change", "doctor"),
    ("records.view_record", "Record", "read the story", "patient"),
    ("records.view_document", "Documents", "read, download", "document"),
    ("records.add_document", "Documents", "add", "patient"),
    ("records.view_prescription", "Prescriptions", "read", "prescription"),
    ("records.write_prescriptions", "Prescriptions", "open the editor", ""),
    ("records.prescribe", "Prescriptions", "write", "patient"),
    ("records.change_prescription", "Prescriptions", "sign, withdraw", "prescription"),
    ("records.ask_amendment", "Corrections", "ask for their own record", ""),
    ("records.view_amendment", "Corrections", "read", "amendment"),
    ("records.answer_amendments", "Corrections", "list what waits", ""),
    ("records.answer_amendment", "Corrections", "answer", "amendment"),
    ("records.disagree_amendment", "Corrections", "answer a denial", "amendment"),
    ("booking.set_wishes", "Times that suit", "say", ""),
    ("booking.change_wishes", "Times that suit", "say, change", "patient"),
    ("records.manage_questionnaires", "Forms", "write, publish", ""),
    ("records.answer_forms", "Forms", "fill in their own", ""),
    ("records.answer_form", "Forms", "fill in", "response"),
    ("records.view_response", "Forms", "read answers", "response"),
    ("records.view_forms_of_visit", "Forms", "see whether they are sent", ""),
    ("billing.pay_appointment", "Payments", "pay", "appointment"),
    ("billing.view_ledger", "Payments", "list", ""),
    ("billing.view_payment", "Payments", "read", "payment"),
    ("billing.manage_ledger", "Payments", "check, close", "payment"),
    ("billing.refund_payment", "Payments", "refund", "payment"),
    ("billing.view_refund", "Refunds", "read", "refund"),
    ("billing.view_event", "Provider events", "read, try again", "event"),
    ("billing.view_finding", "Findings", "read, settle", "finding"),
    ("notifications.view_delivery", "Messages", "read", "delivery"),
    ("notifications.settle_failure", "Messages", "follow up failures", ""),
    ("clinic.manage_clinic", "Clinic", "change facts and prices", ""),
    ("clinic.manage_staff", "Staff", "change roles", "user"),
    ("clinic.view_rota", "Rota", "open the page", ""),
    ("clinic.view_shift", "Rota", "read a shift", "shift"),
    ("clinic.plan_rota", "Rota", "plan", "shift"),
    ("clinic.view_credential", "Credentials", "read", "credential"),
    ("clinic.manage_credential", "Credentials", "add, change", "credential"),
    ("clinic.view_grant", "Staff", "read grants", "grant"),
    ("clinic.answer_grant", "Staff", "confirm a grant", "grant"),
    ("accounts.manage_users", "Staff", "suspend, close, set leaving", "user"),
    ("accounts.reset_staff_factors", "Staff", "reset the second step", "colleague"),
    ("accounts.approve_reset", "Staff", "approve a reset", "reset"),
    ("accounts.view_user", "Users", "read", "user"),
    ("accounts.use_code_factors", "Own factors", "use codes that we send", ""),
    ("accounts.remove_factors", "Own factors", "do without any", ""),
    ("accounts.view_authorisation", "Apps let in", "read, end", "authorisation"),
    ("accounts.manage_applications", "Applications", "register, end", ""),
    ("accounts.view_machine_key", "Machine keys", "read", "machine_key"),
    ("accounts.ask_machine_key", "Machine keys", "ask, end", ""),
    ("accounts.answer_machine_key", "Machine keys", "agree, refuse", "machine_key"),
    ("accounts.take_machine_key", "Machine keys", "take", "machine_key"),
    ("audit.view_entry", "Access log", "read what they did", "entry"),
    ("portal.ask_export", "Own data", "ask for a copy", ""),
    ("portal.view_export", "Own data", "see and download a copy", "export"),
    ("portal.ask_erasure", "Own data", "ask for erasure", ""),
    ("portal.work_on_erasures", "Erasures", "list", ""),
    ("portal.view_erasure", "Erasures", "read", "erasure"),
    ("portal.decide_erasure", "Erasures", "approve, refuse", "erasure"),
    ("portal.release_erasure", "Erasures", "carry out when approved", "erasure"),
    ("portal.open_kept_record", "Erasures", "open what is kept", "erasure"),
    ("accounts.ask_restriction", "Own data", "restrict its use", ""),
    ("accounts.manage_restrictions", "Restrictions", "list, place", ""),
    ("accounts.view_restriction", "Restrictions", "read", "restriction"),
    ("accounts.decide_restriction", "Restrictions", "answer, lift", "restriction"),
    ("portal.manage_merges", "Duplicates", "list", ""),
    ("portal.merge_patient", "Duplicates", "merge, say they differ", "patient"),
    ("portal.view_merge", "Duplicates", "read, undo a merge", "merge"),
    ("portal.manage_holds", "Legal holds", "list, place, lift", ""),
    ("portal.view_hold", "Legal holds", "read", "hold"),
    ("portal.view_own_access", "Access log", "read who opened their record", ""),
    ("portal.view_access_reports", "Access log", "open the reports", ""),
    (
        "portal.view_report_entry",
        "Access log",
        "read reports on payments",
        "entry",
    ),
    ("portal.view_report_patients", "Access log", "read patients' names there", ""),
    ("portal.manage_breaches", "Breaches", "write down, report", ""),
    ("portal.view_breach", "Breaches", "read", "breach"),
    ("portal.view_policy_reports", "Browser reports", "read", ""),
)


@dataclass(frozen=True)
class World:
    """One person a role, and what they are asked about, by role, standing and kind."""

    people: dict[str, User]
    # The same, but with nobody whom they treat and nothing open in an emergency.
    idle: dict[str, User]
    things: dict[str, dict[str, dict[str, object]]]


def make_world() -> World:
    """People and things in the test's database."""
    here, there = LocationFactory(), LocationFactory()
    days = count(1)
    people, idle, things = {}, {}, {}
    for role in COLUMNS:
        is_patient = role in (Role.PATIENT, PROXY)
        place = None if is_patient else here.place
        held = Role.PATIENT if is_patient else role
        user = UserFactory(email=f"{role.lower()}@matrix.example")
        idle[role] = UserFactory(email=f"idle-{role.lower()}@matrix.example")
        for person in (user, idle[role]):
            assign_role(actor=None, user=person, role=held, place=place)
        doctor = DoctorFactory(user=user)
        standings = (OWN, ANY) if role == Role.PATIENT else PEOPLE
        if role == PROXY:
            standings = (*ACTING, ANY)
        people[role] = user
        things[role] = {
            standing: _things(
                user, doctor, standing, here if standing == PLACE else there, next(days)
            )
            for standing in standings
        }
    # What the acts above remembered is out of date.
    fresh = {role: User.objects.get(pk=user.pk) for role, user in people.items()}
    return World(people=fresh, idle=idle, things=things)


def _things(user, doctor, standing, location, day):
    """One of every kind about one patient, to whom `user` stands so."""
    other = UserFactory()
    patient = PatientFactory(user=user if standing == OWN else None)
    if standing == TREATED:
        CareRelationFactory(user=user, patient=patient)
    seen_by = doctor if standing == WITH else DoctorFactory()
    acts = {"user": user, "scopes": [standing]} if standing in ACTING else {}
    proxy = ProxyFactory(patient=patient, **acts)
    offering = OfferingFactory(location=location, doctor=seen_by)
    visit = AppointmentFactory(
        offering=offering,
        patient=patient,
        starts_at=datetime(2030, 1, 1, 9, tzinfo=UTC) + timedelta(days=day),
    )
    had = AppointmentFactory(
        offering=offering,
        patient=patient,
        starts_at=visit.starts_at - timedelta(days=1000),
        status="COMPLETED",
    )
    waits = WaitlistEntryFactory(patient=patient, offering=offering, location=location)
    freed = FreedTimeFactory(appointment=visit)
    turn = TurnFactory(appointment=visit)
    screen = ScreenFactory(location=location)
    payment = PaymentFactory(appointment=visit, paid=True)
    may_ask = user.has_perm("accounts.ask_emergency_access")
    if standing == EMERGENCY and may_ask:
        access = open_access(
            actor=user,
            patient=patient,
            reason="Found unconscious in the waiting room",
            at=timezone.now(),
        )
    else:
        access = EmergencyAccess.objects.create(
            user=user if standing == OWN and may_ask else other,
            patient=PatientFactory(),
            reason="Found unconscious",
            starts_at=timezone.now(),
            ends_at=timezone.now(),
        )
    written_by = doctor if standing in (TREATED, EMERGENCY) else DoctorFactory()
    version = ConsentText.objects.filter(purpose="RESEARCH").count() + 1
    text = ConsentTextFactory(purpose="RESEARCH", version=version)
    draft = ConsentText.objects.filter(purpose="SHARING").first()
    draft = draft or ConsentTextFactory(purpose="SHARING", published_at=None)
    me = user if standing == OWN else other
    colleague = user
    if standing != OWN:
        colleague = UserFactory()
        assign_role(actor=None, user=colleague, role=Role.RECEPTIONIST)
    return {
        "patient": patient,
        "appointment": visit,
        "had_visit": had,
        "review": ReviewFactory(appointment=had),
        "offering": offering,
        "turn": turn,
        "screen": screen,
        "waitlist_entry": waits,
        "offer": OfferFactory(entry=waits, freed=freed, offering=offering),
        "doctor": seen_by if standing != OWN else doctor,
        "disruption": DisruptionFactory(
            doctor=seen_by if standing != OWN else doctor, location=location
        ),
        "document": DocumentFactory(patient=patient, is_shared_with_patient=True),
        "amendment": AmendmentFactory(patient=patient),
        "response": ResponseFactory(patient=patient, appointment=visit),
        "prescription": PrescriptionFactory(
            patient=patient, doctor=written_by, signed=True
        ),
        "payment": payment,
        "refund": RefundFactory(payment=payment, amount=1),
        "event": ProviderEventFactory(payment=payment),
        "finding": FindingFactory(payment=payment),
        "delivery": DeliveryFactory(patient=patient),
        "access": access,
        "proxy": proxy,
        "consent": ConsentFactory(patient=patient, text=text),
        "consent_text": draft,
        "breach": BreachFactory(opened_by=other),
        "user": me,
        "colleague": colleague,
        "reset": Reset.objects.create(
            user=UserFactory(),
            ground=Reset.Ground.STAFF,
            started_by=me,
            needs_approval=True,
            works_from=timezone.now(),
            expires_at=timezone.now() + timedelta(hours=1),
        ),
        "entry": record(actor=me, verb="matrix.asked", subject=payment),
        "hold": LegalHold.objects.create(
            patient=patient, reason="A court asks", placed_by=other
        ),
        "restriction": RestrictionFactory(patient=patient),
        "merge": Merge.objects.create(
            kept=patient,
            merged=PatientFactory(merged_into=patient),
            merged_at=timezone.now(),
            merged_by=other,
        ),
        "erasure": Erasure.objects.create(user=me),
        "export": Export.objects.create(user=me),
        "shift": ShiftFactory(user=me, location=location),
        "credential": Credential.objects.create(
            user=me, kind="LICENCE", number="1", issuer="GMC", country="GB"
        ),
        "authorisation": Authorisation.objects.create(
            user=me,
            name="Screen",
            secret_digest=uuid4().hex,
            scopes=["me.read"],
            audience=audience(),
            epoch=me.factor_epoch,
            expires_at=timezone.now() + timedelta(days=1),
        ),
        "machine_key": MachineKey.objects.create(
            user=me,
            name="Screen",
            scopes=["me.read"],
            days=1,
            asked_by=UserFactory(),
            expires_at=timezone.now() + timedelta(days=7),
        ),
        "grant": Grant.objects.create(
            user=other,
            role=Role.ADMIN,
            asked_by=user if standing == OWN else UserFactory(),
            expires_at=timezone.now() + timedelta(days=7),
        ),
    }


def allowed(world: World, rule: str, kind: str, role: str) -> set[str]:
    """The standings for which the rule says yes to the person of this role."""
    user, predicate = world.people[role], predicate_for(rule)
    if not kind:
        return {ANY} if predicate(world.idle[role], None) else set()
    return {
        standing
        for standing, kinds in world.things[role].items()
        if predicate(user, kinds[kind])
    }


def cell(standings: set[str]) -> str:
    """What stands in the table."""
    if not standings:
        return "–"
    if ANY in standings:
        everything = ({ANY}, {OWN, ANY}, set(PEOPLE), {*ACTING, ANY})
        return "all" if standings in everything else "all but own"
    every = (*PEOPLE, *ACTING)
    return ", ".join(standing for standing in every if standing in standings)


def rules_table(world: World) -> str:
    """Rule by rule, who may do it to whose."""
    heads = list(COLUMNS.values())
    lines = [
        f"| resource | action | {' | '.join(heads)} |",
        f"|---|---|{'---|' * len(heads)}",
    ]
    for rule, resource, action, kind in RULES:
        cells = [cell(allowed(world, rule, kind, role)) for role in COLUMNS]
        lines.append(f"| {resource} | {action} | {' | '.join(cells)} |")
    return "\n".join(lines)


def doors_table(world: World) -> str:
    """Page by page, whom the door lets in."""
    rows = {}
    for address in addresses():
        door = address.door
        words = door.who.value
        if door.who is Who.PERMITTED:
            inside = [
                Role(role).label
                for role, user in world.idle.items()
                if role != PROXY and opens(door, user)
            ]
            words = ", ".join(inside)
        if door.who is Who.PROGRAM:
            words = f"a program, by a token for {door.scope}"
        key = (door.resource, door.action, words)
        rows.setdefault(key, set()).update(door.methods)
    lines = ["| resource | action | methods | open to |", "|---|---|---|---|"]
    for (resource, action, words), methods in sorted(rows.items()):
        lines.append(
            f"| {resource} | {action} | {', '.join(sorted(methods))} | {words} |"
        )
    return "\n".join(lines)
