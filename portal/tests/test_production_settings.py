"""Production refuses to start without its secrets, and says which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.encryption.keyring import new_key
from portal.settings import base, test

ROOT = Path(__file__).resolve().parent.parent.parent
WHOLE = {
    "SECRET_KEY": "k" * 20 + "a-key-that-is-long-enough-and-never-used-anywhere",
    "ENCRYPTION_KEYS": f"a:{new_key()},index:{new_key()}",
    "DATABASE_URL": "postgres://clinic@db/clinic",
    "ALLOWED_HOSTS": "clinic.example.com",
    "SITE_URL": "https://clinic.example.com",
}


def start(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Load the production settings in a process with these variables alone."""
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "portal.settings.production",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_when_all_is_there():
    assert start(WHOLE).returncode == 0


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_production_names_the_secret_that_is_missing(missing):
    answer = start({k: v for k, v in WHOLE.items() if k != missing})
    assert answer.returncode == 1
    assert f"{missing} is not set" in answer.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "k" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": base.DEFAULT_SECRET_KEY}, "SECRET_KEY"),
        ({"ENCRYPTION_KEYS": test.ENCRYPTION_KEYS}, "ENCRYPTION_KEYS"),
        ({"ENCRYPTION_KEYS": f"a:{new_key()}"}, "ENCRYPTION_KEYS"),
        ({"USE_SMS": "1"}, "TWILIO_ACCOUNT_SID"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "STRIPE_WEBHOOK_SECRETS"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8001"}, "STRIPE_API_BASE"),
        ({"JOB_TIMEOUT": "soon"}, "JOB_TIMEOUT"),
    ],
)
def test_production_refuses_what_is_half_set(given, named):
    answer = start(WHOLE | given)
    assert answer.returncode == 1
    assert named in answer.stderr.splitlines()[-1]


def test_a_secret_may_come_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(WHOLE["SECRET_KEY"] + "\n")
    rest = {k: v for k, v in WHOLE.items() if k != "SECRET_KEY"}
    assert start(rest | {"SECRET_KEY_FILE": str(file)}).returncode == 0
