"""Production refuses to start without its secrets, and says which."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.encryption.keyring import new_key
from portal.settings import base, test
from portal.settings.environment import database, over_tls, refuse_clear_calls

ROOT = Path(__file__).resolve().parent.parent.parent
WHOLE = {
    "SECRET_KEY": "k" * 20 + "a-key-that-is-long-enough-and-never-used-anywhere",
    "ENCRYPTION_KEYS": f"a:{new_key()},index:{new_key()}",
    "DATABASE_URL": "postgres://clinic@db/clinic",
    "ALLOWED_HOSTS": "clinic.example.com",
    "SITE_URL": "https://clinic.example.com",
    "CMS_URL": "https://cms.clinic.example.com",
}
GUEST = "postgres://guest@db/clinic"
PROGRAMS = {
    "site": {"SECRET_KEY", "ENCRYPTION_KEYS", "WEB_DATABASE_URL"},
    "worker": {"SECRET_KEY", "ENCRYPTION_KEYS", "WEB_DATABASE_URL"},
    "cms": {"CMS_SECRET_KEY", "CMS_DATABASE_URL"},
}


def start(
    variables: dict[str, str],
    then: str = "from django.conf import settings; settings.DEBUG",
) -> subprocess.CompletedProcess[str]:
    """Load the production settings in a process with these variables alone."""
    return subprocess.run(
        [sys.executable, "-c", then],
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


def given_to(program: str) -> dict[str, str]:
    values = WHOLE | {"CMS_SECRET_KEY": WHOLE["SECRET_KEY"]}
    secrets = {name: values.get(name, GUEST) for name in PROGRAMS[program]}
    addresses = {k: WHOLE[k] for k in ("ALLOWED_HOSTS", "SITE_URL", "CMS_URL")}
    return {**addresses, **secrets, "PROGRAM": program}


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_a_program_starts_with_its_own_secrets_and_no_others(program):
    assert start(given_to(program)).returncode == 0
    for missing in PROGRAMS[program]:
        rest = {k: v for k, v in given_to(program).items() if k != missing}
        # The owner's address and the other's key do not take the place.
        answer = start(WHOLE | {"SECRET_KEY": "", "ENCRYPTION_KEYS": ""} | rest)
        assert answer.returncode == 1
        assert f"{missing} is not set" in answer.stderr.splitlines()[-1]


def test_the_cms_shares_no_name_or_secret_with_the_site():
    told = (
        "import json; from django.conf import settings as s; print(json.dumps("
        "[s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_ENGINE, s.ROOT_URLCONF,"
        " s.ALLOWED_HOSTS, s.DATABASES['default']['USER'], s.SECRET_KEY,"
        " s.CACHES['default']['BACKEND'], s.TASKS['default']['BACKEND']]))"
    )
    both = WHOLE | {
        "WEB_DATABASE_URL": "postgres://web@db/clinic",
        "CMS_DATABASE_URL": "postgres://cms@db/clinic",
        "CMS_SECRET_KEY": WHOLE["SECRET_KEY"][::-1],
    }
    site, cms = (
        json.loads(start(both | {"PROGRAM": one}, told).stdout)
        for one in ("site", "cms")
    )
    assert [a for a, b in zip(site, cms, strict=True) if a == b] == []
    assert cms[:2] == ["__Host-cms-session", "__Host-cms-csrf"]
    assert cms[4] == ["cms.clinic.example.com"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SECRET_KEY": "short"}, "secret key"),
        ({"SECRET_KEY": "k" * 60}, "secret key"),
        ({"SECRET_KEY": base.DEFAULT_SECRET_KEY}, "secret key"),
        ({"ENCRYPTION_KEYS": test.ENCRYPTION_KEYS}, "ENCRYPTION_KEYS"),
        ({"ENCRYPTION_KEYS": f"a:{new_key()}"}, "ENCRYPTION_KEYS"),
        ({"BACKUP_KEY": test.BACKUP_KEY}, "BACKUP_KEY"),
        ({"BACKUP_KEY": "backup:short"}, "BACKUP_KEY"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN"),
        ({"METRICS_NETWORKS": "10.0.0.1/8"}, "METRICS_NETWORKS"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
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


SSLMODE = (
    "from django.conf import settings as s;"
    " print(s.DATABASES['default']['OPTIONS'].get('sslmode'))"
)


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgres://clinic@db.example.com/clinic", "require"),
        ("postgres://clinic@10.0.0.7/clinic", "require"),
        ("postgres://clinic@/clinic?host=db.example.com", "require"),
        ("postgres://clinic@db.example.com/clinic?sslmode=verify-full", "verify-full"),
        ("postgres://clinic@127.0.0.1/clinic", "None"),
        ("postgres://clinic@[::1]:5432/clinic", "None"),
        ("postgres://clinic@localhost/clinic?sslmode=disable", "disable"),
        ("postgres:///clinic", "None"),
        ("postgres://clinic@/clinic?host=/run/postgresql", "None"),
        ("postgres://clinic@beside/clinic", "None"),
        ("postgres://clinic@localhost/clinic?hostaddr=10.0.0.7", "require"),
        # One of two is elsewhere.
        ("postgres://clinic@/clinic?host=localhost,db.example.com", "require"),
    ],
)
def test_the_way_to_the_database_is_encrypted_unless_it_is_local(
    address, mode, monkeypatch
):
    monkeypatch.delenv("PGHOST", raising=False)
    told = over_tls(database(address), plain_hosts=["beside"])
    assert str(told["OPTIONS"].get("sslmode")) == mode


def test_a_host_that_libpq_is_told_beside_the_address_counts(monkeypatch):
    monkeypatch.setenv("PGHOST", "db.example.com")
    told = over_tls(database("postgres:///clinic"), plain_hosts=[])
    assert told["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "nonsense"])
def test_a_database_elsewhere_is_not_reached_in_the_clear(mode):
    address = f"postgres://clinic@db.example.com/clinic?sslmode={mode}"
    with pytest.raises(ImproperlyConfigured, match=f"sslmode={mode}: records would"):
        over_tls(database(address), plain_hosts=["beside"])


@pytest.mark.parametrize("program", ["", "worker", "cms"])
def test_every_program_and_command_goes_that_way(program):
    """Backups are made by a command, which has no PROGRAM."""
    names = ("DATABASE_URL", "WEB_DATABASE_URL", "CMS_DATABASE_URL")
    addresses = dict.fromkeys(names, "postgres://clinic@db/clinic")
    more = {"PROGRAM": program, "CMS_SECRET_KEY": WHOLE["SECRET_KEY"]}
    assert start(WHOLE | addresses | more, SSLMODE).stdout.strip() == "require"
    plain = {"DATABASE_WITHOUT_TLS": "db"}
    assert start(WHOLE | addresses | more | plain, SSLMODE).stdout.strip() == "None"


CLEAR = {
    "EMAIL_URL": "smtp://user:secret@mail.example.com:587",
    "TWILIO_API_BASE": "http://texts.example.com",
    "CLINICAL_BUCKET_ENDPOINT": "http://files.example.com",
    "OIDC_ISSUER": "http://id.example.com",
    "SENTRY_DSN": "http://key@errors.example.com/7",
    "AWS_ENDPOINT_URL": "http://aws.example.com",
    "AWS_ENDPOINT_URL_S3": "http://aws.example.com",
    "AWS_ENDPOINT_URL_KMS": "http://aws.example.com",
    "ANYMAIL_POSTMARK_API_URL": "http://mail.example.com",
}


@pytest.mark.parametrize("name", sorted(CLEAR))
def test_nobody_outside_is_called_in_the_clear(name, monkeypatch):
    monkeypatch.setenv(name, CLEAR[name])
    with pytest.raises(ImproperlyConfigured, match=f"^{name} begins with"):
        refuse_clear_calls([])


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("EMAIL_URL", "smtp+tls://user:secret@mail.example.com:587"),
        ("EMAIL_URL", "smtp+ssl://user:secret@mail.example.com:465"),
        ("EMAIL_URL", "smtp://localhost:25"),
        ("EMAIL_URL", "smtp://beside:25"),
        ("EMAIL_URL", ""),
        ("TWILIO_API_BASE", "https://texts.example.com"),
        ("CLINICAL_BUCKET_ENDPOINT", "http://127.0.0.1:9000"),
        ("ANYMAIL_POSTMARK_SERVER_TOKEN", "http"),
    ],
)
def test_with_tls_or_on_this_machine_they_are(name, address, monkeypatch):
    monkeypatch.setenv(name, address)
    refuse_clear_calls(["beside"])


def test_production_calls_nobody_in_the_clear():
    given = WHOLE | {"EMAIL_URL": CLEAR["EMAIL_URL"]}
    answer = start(given)
    assert answer.returncode == 1
    last = answer.stderr.splitlines()[-1]
    assert "EMAIL_URL begins with smtp://" in last
    assert "secret" not in last
    told = start(given | {"OUTSIDE_WITHOUT_TLS": "relay, mail.example.com"})
    assert told.returncode == 0


def test_the_sites_cookies_are_the_hosts_own():
    """Which they are by their name alone: with it a browser takes no cookie that lacks
    Secure, names a domain or another path."""
    told = (
        "import json; from django.conf import settings as s; print(json.dumps("
        "{name: getattr(s, name) for name in dir(s) if '_COOKIE_' in name},"
        " default=str))"
    )
    given = json.loads(start(WHOLE, told).stdout)
    for cookie in ("SESSION", "CSRF", "DEVICE"):
        assert given[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
    for cookie in ("SESSION", "CSRF"):
        assert given[f"{cookie}_COOKIE_SECURE"] is True
        assert given[f"{cookie}_COOKIE_DOMAIN"] is None
        assert given[f"{cookie}_COOKIE_PATH"] == "/"
        assert given[f"{cookie}_COOKIE_SAMESITE"] in {"Lax", "Strict"}
    assert given["SESSION_COOKIE_HTTPONLY"] is True
