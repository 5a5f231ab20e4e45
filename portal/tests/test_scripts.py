"""The scripts of static/js in a real browser, under the strict policy, no server."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

SITE = "http://clinic.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "connect-src 'self'"
)
FRAME = """<!doctype html><html lang="en" data-bs-theme="light" {html}><head>
<title>Page</title><link rel="stylesheet" href="/static/dist/app.css">
<meta name="htmx-config" content='{{"includeIndicatorStyles":false,"allowEval":false}}'>
<script src="/static/dist/app.js" data-alpine="/static/dist/alpine.js" defer></script>
</head><body>{body}<div id="toasts" role="status"></div></body></html>"""


class Site:
    """A site of one page; other answers are given by path, requests are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: dict[str, tuple[int, str, dict[str, str]]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.problems: list[str] = []
        page.route("**/*", self._answer)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._note)

    def open(self, body: str, html: str = "") -> Page:
        self.answers["/"] = (200, FRAME.format(body=body, html=html), {})
        self.page.goto(f"{SITE}/", wait_until="networkidle")
        return self.page

    def sent(self, method: str) -> list[str]:
        return [path for verb, path, _ in self.asked if verb == method]

    def _note(self, message) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(message.text)

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE).split("?")[0]
        if path.startswith("/static/"):
            route.fulfill(path=settings.BASE_DIR / path.removeprefix("/"))
            return
        self.asked.append((route.request.method, path, route.request.headers))
        status, body, headers = self.answers.get(path, (404, "", {}))
        route.fulfill(
            status=status,
            body=body,
            headers={
                "Content-Type": "text/html",
                "Content-Security-Policy": POLICY,
                **headers,
            },
        )


@pytest.fixture
def site(chromium):
    context = chromium.new_context(
        timezone_id="Europe/Paris", viewport={"width": 390, "height": 844}
    )
    place = Site(context.new_page())
    yield place
    context.close()
    assert place.problems == []


def test_the_theme_is_switched_and_kept(site):
    page = site.open(
        "<button data-theme-switch><span data-theme-label>Dark mode</span></button>"
    )

    page.click("[data-theme-switch]")

    assert page.get_attribute("html", "data-bs-theme") == "dark"
    assert page.inner_text("[data-theme-label]") == "Light mode"
    assert page.evaluate("localStorage.getItem('mc-theme')") == "dark"


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(site):
    page = site.open(
        '<div data-errsum tabindex="-1"><a href="#id_year">Enter a year</a></div>'
        '<div class="mc-field"><input id="id_year"></div>'
    )

    assert page.evaluate("document.activeElement.hasAttribute('data-errsum')")
    page.click("[data-errsum] a")
    assert page.evaluate("document.activeElement.id") == "id_year"


def test_a_form_is_sent_once_and_its_button_says_so(site):
    page = site.open(
        '<form method="post" action="/book/">'
        '<button data-busy="Booking your visit">Book</button></form>'
    )
    site.answers["/book/"] = (204, "", {})

    page.evaluate("document.querySelector('button').click()")
    expect(page.locator("button")).to_have_attribute("aria-disabled", "true")
    page.evaluate("document.querySelector('button').click()")
    page.wait_for_timeout(100)

    assert page.inner_text("button").strip() == "Booking your visit"
    assert site.sent("POST") == ["/book/"]


def test_a_failed_request_keeps_the_old_content_and_can_be_tried_again(site):
    page = site.open(
        '<div id="times">Old times</div>'
        '<button id="more" hx-get="/times/" hx-target="#times">More times</button>'
    )
    site.answers["/times/"] = (500, "broken", {"X-Request-ID": "T-4471"})

    page.click("#more")
    notice = page.locator(".mc-notice[role=alert]")
    notice.wait_for()

    assert page.inner_text("#times") == "Old times"
    assert "Nothing is lost" in notice.inner_text()
    assert "T-4471" in notice.inner_text()

    site.answers["/times/"] = (200, "New times", {})
    notice.get_by_role("button", name="Try again").click()
    expect(page.locator("#times")).to_have_text("New times")

    assert page.locator(".mc-notice").count() == 0
    assert page.get_attribute("#times", "aria-busy") is None


def test_answers_with_form_errors_replace_the_form(site):
    page = site.open('<form id="f" hx-post="/save/" hx-swap="outerHTML"><button>Save')
    site.answers["/save/"] = (422, '<p id="f">Enter a name</p>', {})

    page.click("button")

    page.get_by_text("Enter a name").wait_for()


def test_writes_outside_a_form_carry_the_csrf_token(site):
    page = site.open(
        '<input type="hidden" name="csrfmiddlewaretoken" value="token-1">'
        '<button hx-post="/hide/" hx-swap="none">Hide</button>'
    )
    site.answers["/hide/"] = (204, "", {})

    with page.expect_response("**/hide/"):
        page.click("button")

    sent = [headers for verb, _, headers in site.asked if verb == "POST"]
    assert [headers["x-csrftoken"] for headers in sent] == ["token-1"]


def test_the_hold_speaks_only_when_two_minutes_are_left(site):
    site.page.clock.install(time="2026-03-16T10:27:00Z")
    page = site.open(
        '<div data-expires-at="2026-03-16T10:42:00Z" data-hold-dialog="ask"></div>'
        '<dialog id="ask">Do you need more time?</dialog>'
    )

    page.clock.fast_forward("12:30")
    assert page.inner_text("#hold-live") == ""
    assert not page.is_visible("#ask")

    page.clock.fast_forward("00:40")
    assert page.inner_text("#hold-live") == "We hold your time for 2 more minutes."
    assert page.is_visible("#ask")


def test_the_hold_leads_on_when_it_is_over(site):
    site.page.clock.install(time="2026-03-16T10:27:00Z")
    page = site.open(
        '<div data-expires-at="2026-03-16T10:42:00Z" data-expired-url="/over/"></div>'
    )
    site.answers["/over/"] = (200, "<p>Choose again</p>", {})

    page.clock.fast_forward("15:05")

    page.wait_for_url("**/over/")


@pytest.mark.parametrize(
    ("at", "zone", "words"),
    [
        (
            "2026-03-16T10:20:00Z",
            "Europe/London",
            "10:20am London time, 11:20am where you are",
        ),
        (
            "2026-03-16T23:30:00Z",
            "Europe/London",
            "11:30pm London time on Monday 16 March, "
            "12:30am on Tuesday 17 March where you are",
        ),
        ("2026-03-16T10:20:00Z", "Europe/Madrid", ""),
    ],
)
def test_both_zones_are_shown_where_the_visitor_s_differs(site, at, zone, words):
    page = site.open(f'<p data-zone-note data-at="{at}" data-zone="{zone}" hidden></p>')

    assert page.inner_text("[data-zone-note]") == words
    assert page.is_visible("[data-zone-note]") is bool(words)


def test_arrows_move_between_the_open_days_of_the_month(site):
    def day(date: str) -> str:
        return (
            f'<td><a class="mc-cal__d" data-date="{date}" href="#">{date[-2:]}</a></td>'
        )

    weeks = [
        ["2026-03-09", "2026-03-12", "2026-03-13"],
        ["2026-03-16", "2026-03-17", "2026-03-20"],
    ]
    rows = "".join(f"<tr>{''.join(map(day, week))}</tr>" for week in weeks)
    page = site.open(f"<table>{rows}</table>")
    page.focus('a[data-date="2026-03-13"]')

    seen = []
    for key in ("ArrowRight", "ArrowRight", "End", "Home", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.dataset.date"))

    assert [date[-2:] for date in seen] == ["16", "17", "20", "16", "09", "09"]


def test_toasts_leave_after_eight_seconds_unless_in_use(site):
    site.page.clock.install()
    page = site.open(
        '<div data-toast id="a">Done</div>'
        '<div data-toast id="b">Done <button data-dismiss>x</button></div>'
    )
    page.focus("#b button")

    page.clock.fast_forward("00:09")

    assert page.locator("[data-toast]").evaluate_all("all => all.map(t => t.id)") == [
        "b"
    ]
    page.click("#b button")
    assert page.locator("[data-toast]").count() == 0


def test_alpine_comes_only_with_a_page_that_uses_it(site):
    page = site.open(
        '<div x-data="{open: false}"><button x-on:click="open = !open">Open</button>'
        '<p x-show="open" x-cloak>Shown</p></div>'
    )
    expect(page.locator("[x-cloak]")).to_have_count(0)

    page.click("button")

    page.wait_for_selector("p:visible")


def test_typed_text_is_saved_after_a_pause(site):
    site.page.clock.install()
    page = site.open(
        '<form data-autosave="/draft/" data-autosave-status="s"><input name="note">'
        '</form><p id="s"></p>'
    )
    site.answers["/draft/"] = (204, "", {})

    page.type("input", "hello")
    page.clock.fast_forward("00:01")
    assert site.sent("POST") == []

    page.clock.fast_forward("00:02")
    expect(page.locator("#s")).to_have_text(re.compile("^Saved"))
    assert site.sent("POST") == ["/draft/"]


def test_single_keys_work_outside_fields_only(site):
    page = site.open(
        '<input type="search" data-focus-key="/"><button>Else</button>',
        html='data-density="compact"',
    )
    page.focus("button")

    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("a/b")
    assert page.input_value("input") == "a/b"


def test_the_phone_menu_opens_without_scripts(chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = Site(context.new_page()).open(
        '<button popovertarget="menu">Menu</button>'
        '<div class="mc-menu" id="menu" popover><a href="/doctors/">Doctors</a></div>'
    )
    assert not page.is_visible("#menu")

    page.click("button")

    assert page.is_visible("#menu")
    context.close()
