"""No secret lies in the tree, in what is served, or in what a page or an error says."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

ROOT = Path(settings.BASE_DIR)
# What keys look like, by their makers' prefixes or by what stands around them.
SHAPES = {
    "a live payment key": r"\b[rs]k_live_[0-9A-Za-z]{16,}",
    "a webhook secret": r"\bwhsec_[0-9A-Za-z]{24,}",
    "an AWS key": r"\bAKIA[0-9A-Z]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a token of a code host": r"\bgh[pousr]_[0-9A-Za-z]{30,}",
    "a Twilio account": r"\bAC[0-9a-f]{32}\b(?<!AC00000000000000000000000000000001)",
    "an encryption key": r"\b[a-z0-9-]{1,20}:[A-Za-z0-9+/]{43}=",
}
# Words in base64 that production refuses; the test of weak keys proves it.
KNOWN = {*settings.ENCRYPTION_KEYS.split(","), settings.BACKUP_KEY}
TEXT = 2_000_000


def _found(text: str) -> list[str]:
    return [
        what
        for what, shape in SHAPES.items()
        for match in re.finditer(shape, text)
        if match[0] not in KNOWN
    ]


def _tree() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "planted",
    [
        "STRIPE=" + "sk_live_" + "a1B2" * 6,
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "key " + "AKIA" + "ABCDEFGH12345678",
        "2026a:" + "Ab3/" * 10 + "Ab3=",
    ],
)
def test_a_planted_secret_would_be_seen(planted):
    assert _found(planted)


def test_the_tree_and_the_served_assets_hold_no_secret():
    built = [path for path in (ROOT / "static" / "dist").rglob("*") if path.is_file()]
    assert built
    wrong = {
        str(path.relative_to(ROOT)): found
        for path in {*_tree(), *built}
        if path.stat().st_size < TEXT
        and (found := _found(path.read_bytes().decode("latin-1")))
    }
    assert wrong == {}


def test_pages_and_errors_say_no_secret(client, db):
    client.raise_request_exception = False
    secrets = [settings.SECRET_KEY, settings.DATABASES["default"].get("PASSWORD")]
    secrets += [entry.split(":")[1] for entry in settings.ENCRYPTION_KEYS.split(",")]
    for path in (reverse("account_login"), "/nowhere/", "/check/?code=%00", "/healthz"):
        text = client.get(path).text
        assert not [secret for secret in secrets if secret and secret in text], path
        assert not _found(text), path
