"""The loaded demo: whole, consistent, and the same when asked again."""

import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django_q.models import OrmQ

from accounts.models import CareRelation, Patient, User
from accounts.users.models import Role
from accounts.users.queries import has_role
from billing.gateways.sandbox import refunds
from billing.gateways.sandbox.engine import Config
from billing.models import Payment, Refund
from booking.appointments.models import Status
from booking.appointments.queries import follow_ups_open, next_free
from booking.availability.queries import open_periods
from booking.models import (
    Appointment,
    Move,
    Offer,
    Review,
    StatusChange,
    WaitlistEntry,
)
from booking.moves.services import approve_move
from booking.reviews.services import send_due_asks
from booking.waitlist.services import accept_offer
from clinic.credentials.models import Credential
from clinic.models import Doctor, Location, Offering, Specialty, VisitType
from clinic.visit_types.queries import follow_up_line
from clinic_pages.models import DoctorPage, HealthArticle
from foundation import periods
from foundation.money import minor_units
from foundation.periods import seconds
from home.models import HomePage
from notifications.deliveries.queries import failed_deliveries
from portal.demo.accounts import demo_accounts, note_whereabouts
from portal.demo.loader import password
from portal.demo.money import Books
from portal.merges.queries import likely_pairs
from records.models import Document, Prescription
from tests.demo.conftest import AT

pytestmark = pytest.mark.slow
# How the numbers of second records begin.
DOUBLES = "LF-190-"
WARNED_BEFORE = timedelta(days=60)
TOOK_PLACE = {Status.COMPLETED, Status.IN_CONSULTATION, Status.ARRIVED, Status.MISSED}
HELD_TIME = {*TOOK_PLACE, Status.CONFIRMED, Status.REQUESTED, Status.HELD}


def rows_of_everything():
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
    }


def test_the_promised_clinic_is_there(world):
    doctors = Doctor.objects.exclude(title="Nurse")
    assert Location.objects.values("time_zone").distinct().count() == 2
    assert Location.objects.count() == 3
    assert Specialty.objects.filter(page__live=True).count() == 12
    assert doctors.count() == 40
    assert doctors.listed(world.today).count() == 38
    # Three of them have a second record.
    assert Patient.objects.count() == 303
    assert HealthArticle.objects.live().count() == 25
    assert VisitType.objects.count() == 12


def test_loading_is_quick_and_says_what_it_does(loaded):
    _, said, processor_seconds, _ = loaded
    assert processor_seconds < 45
    assert len(said) >= 8
    assert all(line.rstrip().endswith(" s") for line in said)


def test_a_second_loading_changes_nothing(world):
    before = rows_of_everything()
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "Nothing was changed" in out.getvalue()
    assert rows_of_everything() == before


def test_it_leaves_no_jobs_behind(world):
    assert OrmQ.objects.count() == 0


def test_every_status_occurs(world):
    assert set(Appointment.objects.values_list("status", flat=True)) == set(
        Status.values
    )
    assert set(Payment.objects.values_list("status", flat=True)) == {
        "SUCCEEDED",
        "EXPIRED",
        "FAILED",
        "FLAGGED",
        "RETURNED",
    }
    assert set(Refund.objects.values_list("status", flat=True)) == {
        "SUCCEEDED",
        "FAILED",
    }
    assert set(Prescription.objects.values_list("status", flat=True)) == set(
        Prescription.Status.values
    )


def test_visits_reach_a_month_back_and_a_month_ahead(world):
    starts = Appointment.objects.values_list("starts_at", flat=True)
    assert AT - timedelta(days=32) < min(starts) < AT - timedelta(days=27)
    assert AT + timedelta(days=27) < max(starts) < AT + timedelta(days=32)


def test_nobody_is_in_two_places(world):
    taken = defaultdict(list)
    for visit in Appointment.objects.filter(status__in=HELD_TIME):
        busy = (visit.busy_starts_at, visit.busy_ends_at)
        taken["doctor", visit.doctor_id].append(busy)
        if visit.patient_id:
            taken["patient", visit.patient_id].append((visit.starts_at, visit.ends_at))
        if visit.room_id:
            taken["room", visit.room_id].append(busy)
    for who, spans in taken.items():
        for (_, ended), (begins, _) in pairwise(sorted(spans)):
            assert ended <= begins, who


def test_visits_lie_within_working_hours(world):
    visits = list(Appointment.objects.all())
    opened = open_periods(
        {(v.doctor_id, v.location_id) for v in visits},
        starts_at=AT - timedelta(days=40),
        ends_at=AT + timedelta(days=40),
    )
    outside = [
        visit
        for visit in visits
        if not periods.covers(
            opened[visit.doctor_id, visit.location_id],
            (seconds(visit.starts_at), seconds(visit.ends_at)),
        )
    ]
    assert outside == []


def test_every_status_has_the_history_that_leads_to_it(world):
    steps = defaultdict(list)
    for change in StatusChange.objects.order_by("pk"):
        steps[change.appointment_id].append(change)
    for visit in Appointment.objects.all():
        mine = steps[visit.pk]
        assert mine[0].from_status == ""
        assert mine[-1].to_status == visit.status
        assert visit.created_at == mine[0].at
        for before, after in pairwise(mine):
            assert after.from_status == before.to_status
            assert after.to_status in Appointment.MOVES[before.to_status]
            assert before.at < after.at
        assert mine[-1].at <= AT


def test_what_is_to_come_has_not_happened_yet(world):
    ahead = Appointment.objects.filter(starts_at__gt=AT + timedelta(minutes=15))
    assert not ahead.filter(status__in=TOOK_PLACE).exists()
    behind = Appointment.objects.filter(ends_at__lt=AT - timedelta(hours=2))
    assert not behind.filter(status__in=["CONFIRMED", "REQUESTED", "HELD"]).exists()


def test_money_agrees_with_the_visits(world):
    paid = dict(
        Payment.objects.filter(status="SUCCEEDED").values_list(
            "appointment_id", "amount"
        )
    )
    for visit in Appointment.objects.all():
        is_due = (
            visit.payment_policy == "BEFORE"
            and visit.price > 0
            and visit.status in {*TOOK_PLACE, Status.CONFIRMED}
        )
        if is_due:
            assert paid[visit.pk] == visit.price
        elif visit.status != Status.CANCELLED:
            assert visit.pk not in paid
    for visit in Appointment.objects.filter(refund_due__gt=0):
        refund = Refund.objects.get(payment__appointment=visit)
        assert refund.amount == visit.refund_due


def test_the_sandbox_can_give_back_what_was_paid(loaded):
    *_, folder = loaded
    visit = (
        Appointment.objects.filter(
            status=Status.CONFIRMED, payments__status="SUCCEEDED"
        )
        .order_by("starts_at")
        .last()
    )
    payment = visit.payments.get(status="SUCCEEDED")
    books = Books(
        Config("", "", state_file=str(folder / "sandbox.sqlite")),
        {},
    )
    intent = books.store.get(payment.intent_id)
    assert intent["amount_received"] == minor_units(payment.amount, payment.currency)
    assert intent["metadata"]["payment"] == str(payment.public_id)
    answer = refunds.create(books, {"payment_intent": payment.intent_id})
    assert answer["status"] == "succeeded"
    assert answer["amount"] == intent["amount"]
    books.store.close()
    books.courier.stop()


def test_the_special_doctors_are_as_the_board_would_see_them(world):
    free = next_free(Offering.objects.values_list("pk", flat=True), at=AT)
    by_slug = {slug: doctor.pk for slug, doctor in world.doctors.items()}
    assert by_slug["adaeze-nwosu"] not in free
    assert by_slug["piers-aldington"] not in free
    away = free[by_slug["lowri-penhale"]].starts_at
    assert away > AT + timedelta(days=7)
    others = by_slug.keys() - {"adaeze-nwosu", "piers-aldington"}
    assert {by_slug[slug] for slug in others} <= free.keys()
    assert not DoctorPage.objects.filter(doctor__slug="marek-zielinski").exists()
    assert not User.objects.get(email="dr.aldington@larkfield.example").is_active


def test_doctors_reach_the_patients_they_see(world):
    pairs = set(CareRelation.objects.values_list("patient_id", "user_id"))
    seen = Appointment.objects.filter(status=Status.COMPLETED)
    for visit in seen.select_related("doctor"):
        assert (visit.patient_id, visit.doctor.user_id) in pairs
    stranger = User.objects.get(email="dr.baptiste@larkfield.example")
    assert (world.maya.pk, stranger.pk) not in pairs


def test_maya_has_a_story(world):
    hers = Appointment.objects.filter(patient=world.maya)
    assert Counter(hers.values_list("status", flat=True)) == {
        "CANCELLED": 1,
        "COMPLETED": 2,
        "CONFIRMED": 2,
        "REQUESTED": 1,
        "HELD": 1,
    }
    assert hers.values("location__time_zone").distinct().count() == 2
    assert Refund.objects.filter(payment__patient=world.maya).count() == 1
    medicine = Prescription.objects.get(patient=world.maya)
    assert medicine.pdf.file.read().startswith(b"%PDF")
    # Titles are sealed, and open on the row alone.
    titles = {one.title for one in Document.objects.filter(patient=world.maya)}
    assert titles >= {"Summary of your visit", "Blood test results", "Headache diary"}


def test_people_wait_and_maya_is_offered_an_earlier_time(world):
    waiting = WaitlistEntry.objects.active()
    full = Counter(waiting.exclude(doctor=None).values_list("doctor__slug", flat=True))
    assert max(full.values()) >= 3
    assert waiting.filter(patient=world.maya).count() == 2
    offer = Offer.objects.get(status="OPEN")
    assert offer.entry.patient == world.maya
    assert offer.freed.starts_at < offer.entry.replaces.starts_at
    hold = offer.freed.hold
    assert (hold.status, hold.patient_id, hold.starts_at) == (
        "HELD",
        None,
        offer.freed.starts_at,
    )
    # It can be taken, and the visit is the one that she has.
    with transaction.atomic():
        visit = accept_offer(
            actor=world.maya.user, offer=offer, at=AT + timedelta(hours=3)
        )
        assert (visit, visit.starts_at) == (offer.entry.replaces, hold.starts_at)
        transaction.set_rollback(True)


def test_some_visits_were_moved_and_one_is_asked_to(world):
    done = Move.objects.filter(status="DONE").select_related("appointment")
    assert {move.by for move in done} == {"PATIENT", "CLINIC"}
    assert all(move.reason for move in done if move.by == "CLINIC")
    for move in done:
        assert move.appointment.starts_at == move.to_starts_at != move.from_starts_at
        assert move.appointment.moved_at == move.answered_at < AT
    asked = Move.objects.waiting(AT).get()
    assert asked.hold.starts_at == asked.to_starts_at
    with transaction.atomic():
        approve_move(actor=asked.appointment.doctor.user, move=asked, at=AT)
        transaction.set_rollback(True)


def test_the_desk_has_failed_messages_to_follow_up(world):
    desk = User.objects.get(email="rosa.delgado@larkfield.example")
    failed = list(failed_deliveries(desk))
    assert len(failed) == 5
    assert {one.channel for one in failed} == {"EMAIL", "SMS"}
    assert all(one.error for one in failed)


def test_a_follow_up_of_mayas_costs_half(world):
    offering = Offering.objects.get(
        doctor__slug="ines-calloway", visit_type__slug="gp-follow-up"
    )
    found = follow_ups_open(
        world.maya, kind=offering.visit_type, doctors=[offering.doctor], at=AT
    )
    assert found[offering.doctor_id].until > AT + timedelta(days=7)
    assert "Costs £25.00 instead of £50.00" in follow_up_line(offering.visit_type)


def test_articles_are_reviewed_and_some_are_overdue(world):
    live = HealthArticle.objects.live()
    for article in live:
        assert article.reviewer is not None
        assert article.last_reviewed_date <= world.today
        assert article.author is not None or article.author_name
    overdue = live.filter(next_review_date__lt=world.today)
    assert set(overdue.values_list("slug", flat=True)) == {
        "acne",
        "hay-fever",
        "heartburn",
    }


def test_some_articles_are_still_on_their_way(world):
    nosebleeds = HealthArticle.objects.get(slug="nosebleeds")
    travel = HealthArticle.objects.get(slug="travel-jabs")
    sleep = HealthArticle.objects.get(slug="sleep")
    assert not nosebleeds.live
    assert nosebleeds.current_workflow_state.status == "in_progress"
    assert not travel.live
    assert travel.current_workflow_state is None
    assert sleep.live
    assert sleep.current_workflow_state.status == "needs_changes"


def test_every_part_of_every_page_is_what_an_editor_could_save(world):
    pages = [
        *HomePage.objects.all(),
        *DoctorPage.objects.all(),
        *HealthArticle.objects.all(),
        *(
            page.specific
            for page in HomePage.objects.get().get_descendants()
            if hasattr(page.specific, "body")
        ),
    ]
    assert len(pages) > 80
    for page in pages:
        page.body.stream_block.clean(page.body)


def test_pages_are_found_by_search(world):
    assert "headaches" in {p.slug for p in HealthArticle.objects.search("migraine")}
    assert "ines-calloway" in {p.slug for p in DoctorPage.objects.search("Calloway")}


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/doctors/",
        "/doctors/ines-calloway/",
        "/doctors/adaeze-nwosu/",
        "/doctors/piers-aldington/",
        "/specialties/skin/",
        "/locations/port-clair/",
        "/articles/",
        "/articles/headaches/",
        "/prices/",
        "/contact/",
        "/complaints/",
    ],
)
def test_public_pages_open(world, client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert "Larkfield" in answer.content.decode()


def test_drafts_are_not_public_and_old_addresses_lead_on(world, client):
    assert client.get("/articles/travel-jabs/").status_code == 404
    moved = client.get("/blood-pressure")
    assert moved.status_code == 301
    assert moved["Location"].endswith("/articles/high-blood-pressure/")


def test_there_is_an_account_of_every_role_and_it_opens(world, rf):
    found = demo_accounts()
    assert {one.role for one in found} == set(Role.labels)
    for one in found:
        user = authenticate(rf.get("/"), email=one.email, password=one.password)
        assert user is not None, one.email
        assert has_role(user, *(r for r in Role if r.label == one.role)), one.email
        assert user.emailaddress_set.get().verified


def test_signing_in_with_the_demo_password(world, client):
    answer = client.post(
        reverse("account_login"),
        {"login": "maya.thornbury@example.org", "password": password()},
    )
    assert answer.status_code == 302
    assert client.get(reverse("portal:home")).status_code == 200


def test_the_addresses_of_every_account_open_for_it(world, client, settings):
    settings.SITE_URL = "http://testserver"
    for one in demo_accounts():
        assert len(one.addresses) >= 2
        client.force_login(
            User.objects.get(email=one.email),
            backend="portal.backends.SignInBackend",
        )
        for what, address in one.addresses.items():
            answer = client.get(address)
            if address.startswith(settings.CMS_URL):
                # Another program's: the site leads there, and tests/journeys go in.
                assert answer["Location"].startswith(settings.CMS_URL)
                continue
            if what == "document":
                answer = client.get(answer["Location"])
                assert answer["Content-Disposition"].startswith("attachment")
            assert answer.status_code == 200, (one.email, what, address)


def test_their_addresses_are_those_where_the_demo_runs(world, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.SITE_URL = "http://localhost:8765"
    settings.CMS_URL = "http://cms.localhost:8767"
    note_whereabouts()
    # Another terminal, which knows nothing of the port.
    settings.SITE_URL, settings.CMS_URL = "http://localhost", "http://cms.localhost"
    starts = ("http://localhost:8765/", "http://cms.localhost:8767/cms/")
    found = [path for one in demo_accounts() for path in one.addresses.values()]
    assert len(found) > 20
    assert all(path.startswith(starts) for path in found)


def test_the_accounts_are_printed_for_people_and_for_programs(world):
    plain, machine = StringIO(), StringIO()
    call_command("accounts", stdout=plain)
    call_command("accounts", "--json", stdout=machine)
    found = json.loads(machine.getvalue())
    assert {one["role"] for one in found} == set(Role.labels)
    assert all(one["password"] == password() for one in found)
    # Everybody who works here has an app; of the patients only one.
    without = [one for one in found if not one["totp_secret"]]
    assert {one["role"] for one in without} == {"Patient"}
    assert any(one["role"] == "Patient" and one["totp_secret"] for one in found)
    for one in found:
        assert one["email"] in plain.getvalue()


def test_whoever_treats_patients_holds_a_licence_and_an_insurance(world):
    """And none ends so soon that somebody would be warned of it."""
    held = defaultdict(set)
    for row in Credential.objects.all():
        held[row.user_id].add(row.kind)
        assert row.valid_until is None or row.valid_until > world.today + WARNED_BEFORE
    treating = Doctor.objects.filter(user__is_active=True)
    assert treating.count() > 30
    for doctor in treating:
        assert held[doctor.user_id] == {"LICENCE", "INSURANCE"}


def test_the_unsigned_prescriptions_are_for_different_patients(world):
    drafts = Prescription.objects.filter(status=Prescription.Status.DRAFT)
    assert len({draft.patient_id for draft in drafts}) == len(drafts) == 2


def test_the_desk_finds_the_double_records(world):
    pairs = likely_pairs(world.users["rosa.delgado@larkfield.example"])
    found = {one.number for pair in pairs for one in (pair.stays, pair.goes)}
    assert len([number for number in found if number.startswith(DOUBLES)]) == 3


def test_most_doctors_have_reviews_that_are_shown_and_some_wait(world):
    shown = Doctor.objects.filter(review_count__gte=5)
    assert shown.count() >= 10
    counts = dict(Review.objects.values_list("status").annotate(count=Count("pk")))
    assert (counts["WAITING"], counts["HIDDEN"]) == (5, 1)
    assert not Review.objects.filter(written_at__gt=world.at).exists()
    for word in Patient.objects.values_list("last_name", flat=True).distinct()[:50]:
        assert not Review.objects.filter(words__icontains=word).exists()
    assert send_due_asks(at=world.at) == 0


def test_birth_dates_and_phones_are_plausible(world):
    once = Patient.objects.exclude(number__startswith=DOUBLES)
    phones = once.values_list("phone", flat=True)
    assert len(set(phones)) == 300
    born = Patient.objects.values_list("birth_date", flat=True)
    assert min(born) > date(1925, 1, 1)
    assert max(born) < world.today
