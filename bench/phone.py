"""The first visit to a doctor's page on a phone with a slow connection, beside the same
page as files that lie ready."""

import http.client
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.core.management import call_command
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from bench.data import build
from bench.figures import Figure
from bench.server import running_server
from clinic.models import Doctor
from portal.tests.chromium import LAUNCH
from tests.factories import pages

ROUNDS = 7
# What Chromium's developer tools call "Slow 4G": bytes a second, and milliseconds.
SLOW_4G = {
    "offline": False,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8 * 0.9,
    "uploadThroughput": 0.75 * 1024 * 1024 / 8 * 0.9,
    "latency": 150 * 3.75,
}
PHONE: ViewportSize = {"width": 390, "height": 844}
# Kept from the answers of the page server, so that both are loaded alike.
_HEADERS = ("Content-Type", "Content-Encoding", "Cache-Control", "Vary")
_LARGEST = """() => new Promise(resolve => new PerformanceObserver(list =>
    resolve(list.getEntries().at(-1).startTime)
).observe({type: "largest-contentful-paint", buffered: true}))"""


def measure() -> Iterator[Figure]:
    """The Largest Contentful Paint, with 50 doctors and 20,000 appointments."""
    build(doctors=50)
    path = _make_page()
    call_command("collectstatic", interactive=False, verbosity=0)
    with (
        running_server() as port,
        _files_served(port) as beside,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**LAUNCH)
        ours, limit = _by_turns(
            browser,
            f"http://localhost:{port}{path}",
            f"http://localhost:{beside}{path}",
        )
        browser.close()
    yield Figure("largest paint on slow 4G, doctor", ours, limit, "ms", "<= 1.5")


def _make_page() -> str:
    """A doctor's page with a portrait; its address."""
    doctor = Doctor.objects.order_by("pk")[0]
    Doctor.objects.filter(pk=doctor.pk).update(joined_date=None, left_date=None)
    photo = pages.picture("Portrait", (480, 480))
    page = pages.doctor_page(doctor=doctor, photo=photo)
    page.save_revision().publish()
    return str(page.path_on_site)


def _get(port: int, path: str) -> tuple[bytes, dict[str, str]]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", path, headers={"Accept-Encoding": "gzip, deflate, br"})
    response = line.getresponse()
    body = response.read()
    line.close()
    kept = {name: response.headers[name] for name in _HEADERS}
    return body, {name: value for name, value in kept.items() if value}


@contextmanager
def _files_served(origin: int) -> Iterator[int]:
    """A server that does nothing but hand out files from memory; its port. They are
    fetched from `origin` when they are first asked for, before anything is measured."""
    files: dict[str, tuple[bytes, dict[str, str]]] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path not in files:
                files[self.path] = _get(origin, self.path)
            body, headers = files[self.path]
            self.send_response(200)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()


def _by_turns(browser: Browser, *addresses: str) -> list[float]:
    """The median milliseconds of each address, visited in turns."""
    taken: dict[str, list[float]] = {address: [] for address in addresses}
    for address in addresses:
        _largest_paint(browser, address)
    for _ in range(ROUNDS):
        for address in addresses:
            taken[address].append(_largest_paint(browser, address))
    return [statistics.median(times) for times in taken.values()]


def _largest_paint(browser: Browser, address: str) -> float:
    """Milliseconds until the largest text or picture stands there, with nothing kept
    from an earlier visit."""
    context = browser.new_context(
        viewport=PHONE, device_scale_factor=3, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW_4G)
    page.goto(address, wait_until="load", timeout=60_000)
    page.wait_for_timeout(500)
    largest = float(page.evaluate(_LARGEST))
    context.close()
    return largest
