"""The demo's commands where no demo is loaded."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clinic.models import Location
from portal.demo.accounts import demo_accounts
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
