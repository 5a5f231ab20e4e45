"""A real browser for tests: one Chromium a process, a context for each visitor."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

from portal.tests.chromium import LAUNCH

# Playwright's loop runs in the test's own thread, where Django would then refuse to
# touch the database; nothing here is asynchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PHONE, DESK = 390, 1280
PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Somebody with a browser of their own: `visitor(width=390, scripts=False)`.

    A script that fails, or that the policy stops, fails the test at its end.
    """
    contexts, problems = [], []

    def note(message: Any) -> None:
        if "Content Security Policy" in message.text:
            problems.append(f"{message.location['url']}: {message.text}")

    def come(
        *,
        width: int = DESK,
        scripts: bool = True,
        theme: str = "light",
        zone: str = "Europe/London",
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            color_scheme=theme,
            reduced_motion="reduce",
            timezone_id=zone,
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", note)
        return page

    yield come
    for context in contexts:
        context.close()
    assert problems == []


def violations(page: Page, **options: Any) -> list[dict[str, Any]]:
    """What axe has against the page. Its script is put into each page once, and only
    what is wrong is worked out in full: both take longer than looking."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(options).then(found => found.violations)",
        {"resultTypes": ["violations"], **options},
    )
    return found


def accessibility_problems(page: Page) -> list[str]:
    """What axe finds on the page, one line for each rule."""
    return [
        f"{one['id']}: {one['help']} {[node['html'][:100] for node in one['nodes']]}"
        for one in violations(page)
    ]


def is_wider_than_the_window(page: Page) -> bool:
    """Whether one has to scroll sideways."""
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))
