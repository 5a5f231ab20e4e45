"""On a phone whatever one presses is 44 px high to the finger, drawn or not."""

import pytest
from playwright.sync_api import Page

from clinic_pages.models import DoctorIndexPage
from tests.browser import PHONE
from tests.factories.pages import doctor_page, index
from tests.journeys.booking_steps import choose_reason, choose_time

pytestmark = pytest.mark.browser

# What of a page cannot be hit 21 px above and below its middle. A link in a sentence is
# as high as its line (WCAG 2.2, 2.5.8, "inline").
SMALL = """
() => {
  const wrong = [];
  const kinds = "a[href], button, summary, select, input:not([type=hidden]), textarea";
  for (const one of document.querySelectorAll(kinds)) {
    const { width, height } = one.getBoundingClientRect();
    if (width < 2 || height < 2 || one.closest(".mc-skip, .visually-hidden")) continue;
    const block = one.closest("p, li, dd, label");
    const words = one.innerText?.trim() ?? "";
    const inSentence = block && block.innerText.trim().length > words.length + 4;
    if (getComputedStyle(one).display === "inline" && inSentence) continue;
    one.scrollIntoView({ block: "center" });
    const box = one.getBoundingClientRect();
    const x = box.left + Math.min(box.width / 2, 20);
    const y = box.top + box.height / 2;
    const label = one.labels?.[0];
    const hit = (by) => {
      const found = document.elementFromPoint(x, y + by);
      return found && (one.contains(found) || label?.contains(found));
    };
    const isHigh = hit(-21) && hit(21);
    if (hit(0) && !isHigh) wrong.push(words || one.name || one.className);
  }
  return wrong;
}
"""


def small_targets(page: Page) -> list[str]:
    page.wait_for_load_state("networkidle")
    found: list[str] = page.evaluate(SMALL)
    return found


def test_everything_on_the_way_to_a_visit_is_large_enough_for_a_thumb(
    visitor, practice
):
    practice.offer(practice.calloway, "free")
    index(DoctorIndexPage)
    about = doctor_page(doctor=practice.calloway)
    about.save_revision().publish()
    page = visitor(width=PHONE)
    wrong = {}
    for path in ("/doctors/", about.path_on_site):
        page.goto(path)
        wrong[path] = small_targets(page)
    choose_reason(page)
    wrong["time"] = small_targets(page)
    choose_time(page)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("alert").wait_for()
    wrong["details, with errors"] = small_targets(page)
    assert {step: names for step, names in wrong.items() if names} == {}


def test_a_target_that_is_drawn_small_is_found(visitor, practice):
    """What the test above rests on."""
    page = visitor(width=PHONE)
    page.goto("/book/")
    page.evaluate(
        "const small = document.createElement('button');"
        "small.textContent = 'Small'; document.querySelector('main').append(small);"
    )
    assert "Small" in small_targets(page)
