"""What long pages look like on paper."""

import subprocess

import pytest

pytestmark = pytest.mark.browser

LONG_LIST = """
() => {
  document.querySelector("main").replaceChildren();
  const add = (to, kind, words, name) => {
    const made = document.createElement(kind);
    made.className = name ?? "";
    made.textContent = words;
    to.append(made);
    return made;
  };
  add(document.querySelector("main"), "h1", "The list");
  const card = add(document.querySelector("main"), "section", "", "mc-card");
  const table = add(card, "table", "", "mc-table");
  for (let row = 1; row <= 40; row++) add(add(table, "tr", ""), "td", `Row ${row}.`);
}
"""


def test_a_list_longer_than_a_sheet_begins_below_its_heading(visitor, practice):
    page = visitor()
    page.goto("/book/")
    page.evaluate(LONG_LIST)
    page.emulate_media(media="print")
    paper = page.pdf(prefer_css_page_size=True)
    command = ["pdftotext", "-layout", "-", "-"]
    words = subprocess.run(command, input=paper, capture_output=True, check=True)
    sheets = words.stdout.decode().split("\f")
    assert "The list" in sheets[0]
    assert "Row 1." in sheets[0]
    assert "Row 40." in "".join(sheets)
