"""Take the README's pictures: `make screenshots`.

Starts the page server on the demo's database, signs in as each role and writes PNGs to
docs/screenshots/. Run it after the demo clinic was loaded (`make run`).
"""

import json
import os
import subprocess
import sys
import time
from base64 import b32decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page, sync_playwright

from portal.tests.chromium import LAUNCH
from tests.servers import free_port, wait_until_open

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}

# name, role whose account looks ("" is a visitor), path or what `make accounts` calls
# one typical object of the role, phone?, dark?
PICTURES = [
    ("home", "", "/", False, False),
    ("home-phone", "", "/", True, False),
    ("doctors", "", "/doctors/", False, False),
    ("doctor", "", "/doctors/ines-calloway/", False, False),
    ("doctor-phone", "", "/doctors/ines-calloway/", True, True),
    ("article", "", "/articles/", False, False),
    ("book", "", "/book/", False, False),
    ("portal", "Patient", "/portal/", False, False),
    ("portal-phone", "Patient", "/portal/", True, True),
    ("health", "Patient", "/portal/health/", False, False),
    ("day", "Doctor", "/clinic/", False, False),
    ("calendar", "Receptionist", "calendar", False, False),
    ("form", "Medical administrator", "form", False, False),
    ("desk", "Receptionist", "/clinic/desk/", False, False),
    ("queue", "Receptionist", "/clinic/queue/", False, False),
    ("settings", "Administrator", "/clinic/settings/visit-types/", False, False),
    ("cms", "Publisher", "/cms/", False, False),
]


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    """The site and the CMS; gives their addresses."""
    ports = {"site": free_port(), "cms": free_port()}
    site, cms = (
        f"http://localhost:{ports['site']}",
        f"http://cms.localhost:{ports['cms']}",
    )
    both = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "SITE_URL": site,
        "CMS_URL": cms,
    }
    # As `make run` starts them: each with its own rights in the database.
    entries = {"site": "portal.wsgi", "cms": "portal.cms.wsgi"}
    servers = [
        subprocess.Popen(
            [
                str(Path(sys.executable).parent / "gunicorn"),
                *("--config", "deploy/gunicorn.conf.py"),
                f"{entries[program]}:application",
            ],
            cwd=ROOT,
            env={
                **both,
                "PROGRAM": program,
                "PORT": str(port),
                "WEB_STOP_SECONDS": "1",
            },
        )
        for program, port in ports.items()
    ]
    try:
        for port, server in zip(ports.values(), servers, strict=True):
            wait_until_open(port, server)
        yield site, cms
    finally:
        for server in servers:
            server.terminate()
            server.wait(timeout=20)


def _accounts() -> dict[str, dict[str, str]]:
    """The first demo account of each role."""
    command = [sys.executable, "manage.py", "accounts", "--json"]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    found: dict[str, dict[str, str]] = {}
    for account in json.loads(printed):
        found.setdefault(account["role"], account)
    return found


def sign_in(page: Page, base: str, account: dict[str, str]) -> None:
    """Sign in with the password and, who has one, the app, as a person would."""
    page.goto(f"{base}/account/sign-in/")
    page.fill("#id_login", account["email"])
    page.fill("#id_password", account["password"])
    page.get_by_role("button", name="Sign in with password").click()
    page.wait_for_load_state()
    if account["totp_secret"]:
        totp = TOTP(b32decode(account["totp_secret"]))
        totp.time = time.time()
        page.fill("#id_code", f"{totp.token():06d}")
        page.get_by_role("button", name="Continue", exact=True).click()
        page.wait_for_load_state()


def _take(browser: Browser, base: str, cms: str, accounts: dict[str, dict]) -> None:
    states: dict[str, dict] = {}
    for name, role, path, phone, dark in PICTURES:
        context = browser.new_context(
            viewport=PHONE if phone else WIDE,
            color_scheme="dark" if dark else "light",
            storage_state=states.get(role),
        )
        page = context.new_page()
        if role and role not in states:
            sign_in(page, base, accounts[role])
            states[role] = context.storage_state()
        if not path.startswith("/"):
            path = urlsplit(accounts[role]["addresses"][path]).path
        page.goto(f"{cms if path.startswith('/cms/') else base}{path}")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=TARGET / f"{name}.png")
        context.close()


def main() -> None:
    """Take all pictures."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with _servers() as (base, cms), sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        _take(browser, base, cms, _accounts())
        browser.close()


if __name__ == "__main__":
    main()
