"""Who may act for whom: beginning, agreeing, ending, and what dates do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Proxy
from accounts.patients.permissions import acted_on_by, acts_on
from accounts.proxies.models import Scope
from accounts.proxies.queries import KEY, family_of
from accounts.proxies.services import (
    AlreadyThere,
    NotActing,
    NotAnswerable,
    TooMany,
    TooYoung,
    accept,
    act_for,
    ask,
    confirm,
    decline,
    end,
    end_what_is_over,
    invite,
    set_age_rule,
    warn_of_ages,
    withdraw,
)
from accounts.proxies.services.answering import NoDocument, NotAMinor, NotForYou
from audit.models import Entry
from clinic.identity.services import set_identity
from foundation.errors import Refused
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.proxies import ProxyFactory

pytestmark = pytest.mark.django_db
ALL = [scope.value for scope in Scope]
SOON = timedelta(days=1)


@pytest.fixture
def proved(gus):
    """Gus has proved his address."""
    EmailAddress.objects.create(user=gus, email=gus.email, verified=True, primary=True)
    return gus


@pytest.fixture
def maya(db):
    """A child of twelve without an account."""
    today = timezone.now().date()
    return PatientFactory(
        first_name="Maya", birth_date=today.replace(year=today.year - 12, day=1)
    )


def _invite(ann, email="gus@example.org", **changes):
    given = {"relation": "SPOUSE", "scopes": ["book"], "ends_at": None}
    given |= {"actor": ann, "patient": ann.patient, "email": email}
    return invite(at=timezone.now(), **given | changes)


def _ask(user, patient, **changes):
    given = {
        "number": patient.number,
        "birth_date": patient.birth_date,
        "relation": "PARENT",
        "scopes": ALL,
        "reason": "I am their parent",
    }
    return ask(actor=user, at=timezone.now(), **given | changes)


def test_an_invitation_opens_what_it_says_once_it_is_accepted(ann, proved):
    proxy = _invite(ann, scopes=["book", "money"])
    assert not acts_on(proved, ann.patient, Scope.BOOK)
    accept(actor=proved, proxy=proxy, at=timezone.now())
    reached = {scope for scope in ALL if acts_on(proved, ann.patient, scope)}
    assert reached == {"book", "money"}
    listed = {s for s in ALL if ann.patient.pk in acted_on_by(proved, s)}
    assert listed == reached
    # Not the other way round.
    assert not acts_on(ann, proved.patient, Scope.BOOK)


def test_only_who_has_proved_the_invited_address_accepts(ann, gus, zoe):
    proxy = _invite(ann)
    EmailAddress.objects.create(user=zoe, email=zoe.email, verified=True)
    for person in (gus, zoe, ann):
        with pytest.raises(NotForYou):
            accept(actor=person, proxy=proxy, at=timezone.now())
        with pytest.raises(NotForYou):
            decline(actor=person, proxy=proxy, at=timezone.now())
    assert Proxy.objects.get().status == "INVITED"


def test_an_invitation_can_be_answered_for_thirty_days(ann, proved):
    proxy = _invite(ann)
    with pytest.raises(NotAnswerable):
        accept(actor=proved, proxy=proxy, at=timezone.now() + timedelta(days=30))
    accept(actor=proved, proxy=proxy, at=timezone.now() + timedelta(days=29))


def test_what_was_declined_or_taken_back_is_not_accepted_later(ann, proved):
    one = _invite(ann)
    decline(actor=proved, proxy=one, at=timezone.now())
    other = _invite(ann)
    withdraw(actor=ann, proxy=other, at=timezone.now())
    for proxy in (one, other):
        with pytest.raises(NotAnswerable):
            accept(actor=proved, proxy=proxy, at=timezone.now())
    assert not acts_on(proved, ann.patient, Scope.BOOK)


def test_nobody_invites_for_another_patient_or_themselves_or_twice(ann, zoe):
    with pytest.raises(Refused):
        invite(
            actor=zoe,
            patient=ann.patient,
            email="zoe2@example.org",
            relation="CARER",
            scopes=["book"],
            ends_at=None,
            at=timezone.now(),
        )
    with pytest.raises(Refused):
        _invite(ann, email="ANN@example.org")
    _invite(ann)
    with pytest.raises(AlreadyThere):
        _invite(ann, email="GUS@example.org")
    for number in range(9):
        _invite(ann, email=f"friend{number}@example.org")
    with pytest.raises(TooMany):
        _invite(ann, email="friend10@example.org")


def test_a_request_waits_for_the_patient(ann, gus, zoe):
    proxy = _ask(gus, ann.patient, scopes=["records"])
    assert not acts_on(gus, ann.patient, Scope.RECORDS)
    for stranger in (zoe, gus):
        with pytest.raises(NotAnswerable):
            accept(actor=stranger, proxy=proxy, at=timezone.now())
    accept(actor=ann, proxy=proxy, at=timezone.now())
    assert acts_on(gus, ann.patient, Scope.RECORDS)
    assert not acts_on(gus, ann.patient, Scope.MONEY)


def test_a_request_tells_nobody_who_is_here(ann, gus):
    """The same rows, the same sentences, the same list, patient or none."""
    real = _ask(gus, ann.patient)
    unknown = _ask(gus, ann.patient, number="P-7KQ2-M9XD")
    wrong = _ask(gus, ann.patient, number="P-2222-2222", birth_date=date(1990, 1, 1))
    found = [one.patient for one in (real, unknown, wrong)]
    assert found == [ann.patient, None, None]
    shown = family_of(gus, at=timezone.now()).asked
    assert {one.asked_number for one in shown} == {
        real.asked_number,
        unknown.asked_number,
        wrong.asked_number,
    }
    # Nor does a no.
    decline(actor=ann, proxy=real, at=timezone.now())
    assert len(family_of(gus, at=timezone.now()).asked) == 3
    for number in (ann.patient.number, "P-7KQ2-M9XD"):
        with pytest.raises(AlreadyThere) as refused:
            _ask(gus, ann.patient, number=number)
        assert str(refused.value) == AlreadyThere.sentence
    # Both lapse alike.
    later = timezone.now() + timedelta(days=31)
    assert family_of(gus, at=later).asked == []
    for one in (real, unknown):
        assert withdraw(actor=gus, proxy=one, at=timezone.now()).status == "WITHDRAWN"


def test_the_desk_confirms_for_a_minor_with_a_document_until_the_age(desk, gus, maya):
    proxy = _ask(gus, maya)
    given = {"ground": "MINOR", "ends_at": None, "at": timezone.now()}
    with pytest.raises(NoDocument):
        confirm(actor=desk, proxy=proxy, document_seen=" ", **given)
    confirm(actor=desk, proxy=proxy, document_seen="Birth certificate", **given)
    proxy.refresh_from_db()
    assert (proxy.status, proxy.until_age, proxy.confirmed_by) == ("ACTIVE", True, desk)
    assert proxy.document_seen == "Birth certificate"
    assert acts_on(gus, maya, Scope.RECORDS)


def test_nobody_else_confirms_and_nobody_for_themselves(desk, nurse, gus, maya, ann):
    proxy = _ask(gus, maya)
    given = {"document_seen": "Passport", "ends_at": None, "at": timezone.now()}
    for person in (nurse, gus, ann):
        with pytest.raises(NotAnswerable):
            confirm(actor=person, proxy=proxy, ground="MINOR", **given)
    own = _ask(desk, maya)
    with pytest.raises(NotAnswerable):
        confirm(actor=desk, proxy=own, ground="MINOR", **given)


def test_a_grown_up_is_confirmed_only_on_the_other_ground(desk, gus, ann):
    proxy = _ask(gus, ann.patient)
    given = {"document_seen": "Court order", "ends_at": None, "at": timezone.now()}
    with pytest.raises(NotAMinor):
        confirm(actor=desk, proxy=proxy, ground="MINOR", **given)
    confirm(actor=desk, proxy=proxy, ground="UNABLE", **given)
    assert acts_on(gus, ann.patient, Scope.BOOK)


def test_the_database_keeps_no_confirmation_without_its_document(gus, maya):
    with pytest.raises(IntegrityError), transaction.atomic():
        ProxyFactory(user=gus, patient=maya, ground="MINOR", until_age=True)


def test_the_young_neither_invite_nor_accept(ann, gus):
    ann.patient.birth_date = timezone.now().date() - timedelta(days=365 * 12)
    ann.patient.save()
    with pytest.raises(TooYoung):
        _invite(ann)
    proxy = _ask(gus, ann.patient)
    with pytest.raises(TooYoung):
        accept(actor=ann, proxy=proxy, at=timezone.now())


@pytest.mark.parametrize("side", ["patient", "proxy", "desk"])
def test_either_side_ends_it_at_once(side, ann, gus, desk):
    proxy = ProxyFactory(user=gus, patient=ann.patient)
    assert acts_on(gus, ann.patient, Scope.BOOK)
    who = {"patient": ann, "proxy": gus, "desk": desk}[side]
    end(actor=who, proxy=proxy, at=timezone.now())
    assert not acts_on(gus, ann.patient, Scope.BOOK)
    assert list(acted_on_by(gus, Scope.BOOK)) == [gus.patient.pk]
    first = Proxy.objects.get(pk=proxy.pk)
    # Ending what is over changes nothing.
    end(actor=who, proxy=proxy, at=timezone.now() + SOON)
    assert Proxy.objects.get(pk=proxy.pk).ends_at == first.ends_at


def test_strangers_end_nothing(ann, gus, zoe, dr_roy, biller):
    proxy = ProxyFactory(user=gus, patient=ann.patient)
    for person in (zoe, dr_roy, biller):
        with pytest.raises(NotAnswerable):
            end(actor=person, proxy=proxy, at=timezone.now())
    assert acts_on(gus, ann.patient, Scope.BOOK)


def test_nobody_acts_by_what_was_agreed_with_another_or_is_over(ann, gus, zoe):
    proxy, session = ProxyFactory(user=gus, patient=ann.patient), {}
    with pytest.raises(NotActing):
        act_for(actor=zoe, proxy=proxy, session=session, at=timezone.now())
    assert session == {}
    act_for(actor=gus, proxy=proxy, session=session, at=timezone.now())
    assert session == {KEY: str(proxy.public_id)}
    end(actor=ann, proxy=proxy, at=timezone.now())
    with pytest.raises(NotActing):
        act_for(actor=gus, proxy=proxy, session={}, at=timezone.now() + SOON)


def test_a_date_ends_it_without_any_job(ann, gus):
    until = timezone.now() + timedelta(milliseconds=300)
    proxy = ProxyFactory(user=gus, patient=ann.patient, ends_at=until)
    at = datetime.now(UTC)
    assert Proxy.objects.in_force(until - timedelta(microseconds=1)).get() == proxy
    assert not Proxy.objects.in_force(until).exists()
    assert at < until


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Europe/London", "2030-05-31T23:00:00+00:00"),
        ("America/New_York", "2030-06-01T04:00:00+00:00"),
        ("Pacific/Auckland", "2030-05-31T12:00:00+00:00"),
    ],
)
def test_the_age_ends_it_at_midnight_in_the_clinics_zone(zone, midnight, gus):
    set_identity(time_zone=zone)
    child = PatientFactory(birth_date=date(2014, 6, 1))
    ProxyFactory(user=gus, patient=child, of_minor=True)
    at = datetime.fromisoformat(midnight)
    assert Proxy.objects.in_force(at - timedelta(seconds=1)).exists()
    assert not Proxy.objects.in_force(at).exists()


def test_who_was_born_on_leap_day_comes_of_age_on_the_first_of_march(gus):
    set_age_rule(actor=None, age=18, time_zone="Europe/London")
    child = PatientFactory(birth_date=date(2012, 2, 29))
    ProxyFactory(user=gus, patient=child, of_minor=True)
    assert Proxy.objects.in_force(datetime(2030, 2, 28, 23, 59, tzinfo=UTC)).exists()
    assert not Proxy.objects.in_force(datetime(2030, 3, 1, tzinfo=UTC)).exists()
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    set_age_rule(actor=None, age=16)
    assert Proxy.objects.in_force(leap - timedelta(seconds=1)).exists()
    assert not Proxy.objects.in_force(leap).exists()


def test_the_age_is_the_clinics_and_counts_at_once(gus):
    child = PatientFactory(birth_date=date(2010, 1, 1))
    ProxyFactory(user=gus, patient=child, of_minor=True)
    at = datetime(2027, 1, 2, tzinfo=UTC)
    assert not Proxy.objects.in_force(at).exists()
    set_age_rule(actor=None, age=18)
    assert Proxy.objects.in_force(at).exists()


def test_what_was_agreed_by_a_grown_up_knows_no_age(ann, gus):
    ProxyFactory(user=gus, patient=ann.patient, ground="PATIENT")
    assert Proxy.objects.in_force(datetime(2090, 1, 1, tzinfo=UTC)).exists()


def test_both_are_told_a_month_before_and_once(gus):
    child = PatientFactory(birth_date=date(2014, 6, 1))
    proxy = ProxyFactory(user=gus, patient=child, of_minor=True)
    at = datetime(2030, 4, 30, 12, tzinfo=UTC)
    assert warn_of_ages(at=at) == 0
    assert warn_of_ages(at=at + timedelta(days=2)) == 1
    assert warn_of_ages(at=at + timedelta(days=3)) == 0
    proxy.refresh_from_db()
    assert proxy.warned_at is not None


def test_what_a_date_ended_is_written_down_with_its_moment(gus):
    child = PatientFactory(birth_date=date(2014, 6, 1))
    proxy = ProxyFactory(user=gus, patient=child, of_minor=True)
    at = datetime(2030, 6, 3, 8, tzinfo=UTC)
    assert end_what_is_over(at=at) == 1
    assert end_what_is_over(at=at) == 0
    proxy.refresh_from_db()
    assert (proxy.status, proxy.ended_by) == ("ENDED", None)
    assert proxy.ends_at == datetime(2030, 5, 31, 23, tzinfo=UTC)


def test_what_is_in_force_is_left_alone_by_the_sweep(ann, gus):
    ProxyFactory(user=gus, patient=ann.patient)
    assert end_what_is_over(at=timezone.now()) == 0
    assert acts_on(gus, ann.patient, Scope.BOOK)


def test_agreeing_anew_replaces_what_was_agreed_before(ann, proved):
    old = ProxyFactory(user=proved, patient=ann.patient, scopes=ALL)
    new = ProxyFactory(invited=True, patient=ann.patient, email=proved.email)
    Proxy.objects.filter(pk=new.pk).update(scopes=["messages"])
    accept(actor=proved, proxy=new, at=timezone.now())
    old.refresh_from_db()
    assert old.status == "ENDED"
    assert {s for s in ALL if acts_on(proved, ann.patient, s)} == {"messages"}


def test_who_is_suspended_acts_for_nobody(ann, gus):
    ProxyFactory(user=gus, patient=ann.patient)
    gus.is_active = False
    assert not acts_on(gus, ann.patient, Scope.BOOK)
    assert not acted_on_by(gus, Scope.BOOK).exists()


def test_every_step_is_in_the_log(ann, proved):
    proxy = _invite(ann)
    accept(actor=proved, proxy=proxy, at=timezone.now())
    end(actor=ann, proxy=proxy, at=timezone.now())
    found = Entry.objects.filter(subject_type="accounts.proxy").order_by("pk")
    assert [(one.verb, one.actor_id, one.patient_id) for one in found] == [
        ("proxy.invited", ann.pk, ann.patient.pk),
        ("proxy.active", proved.pk, ann.patient.pk),
        ("proxy.ended", ann.pk, ann.patient.pk),
    ]
    assert {one.category for one in found} == {"PROXIES"}


def test_a_colleague_is_nobodys_proxy(ann):
    other = UserFactory()
    assert not acts_on(other, ann.patient, Scope.BOOK)
    assert not acted_on_by(other, Scope.BOOK).exists()
