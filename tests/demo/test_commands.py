"""The demo's commands where no demo is loaded."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from clinic.models import Location
from portal.demo import content, facts, histories, people, visits
from portal.demo.accounts import demo_accounts
from portal.demo.world import World
from tests.demo.conftest import AT
from tests.factories.clinic import LocationFactory


def test_production_refuses_it(monkeypatch, db):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "portal.settings.production")
    with pytest.raises(CommandError, match="--force"):
        call_command("seed_demo")
    with pytest.raises(CommandError, match="destroy"):
        call_command("seed_demo", reset=True, force=True)


def test_without_a_demo_there_are_no_accounts(db):
    out = StringIO()
    call_command("accounts", stdout=out)
    assert "not loaded" in out.getvalue()
    assert demo_accounts() == []


def test_a_clinic_of_its_own_is_left_alone(db):
    LocationFactory()
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "Nothing was changed" in out.getvalue()
    assert Location.objects.count() == 1


def plan():
    """The visits that a loading at AT would make; leaves nothing behind."""
    world = World(content.load(), AT, "!", lambda words: None)
    with transaction.atomic():
        facts.load_facts(world)
        people.load_staff(world)
        people.load_patients(world)
        planned = visits.plan_visits(world)
        changes = histories.tell(world, planned)
        transaction.set_rollback(True)
    return [
        (v.public_id, v.reference, v.starts_at, v.status, v.patient.number, v.reason)
        for v in planned
    ], [(c.to_status, c.at, c.reason) for c in changes]


def test_the_same_moment_gives_the_same_clinic(db):
    first, second = plan(), plan()
    assert len(first[0]) > 1000
    assert first == second
