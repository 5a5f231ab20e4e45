"""A system that asks for dark gets it, whether or not a script can say so."""

import pytest

pytestmark = pytest.mark.browser

# Every property of the root, our own ones too, and what is painted with them.
LOOK = """() => {
  const read = (element) => {
    const look = element.computedStyleMap();
    return Object.fromEntries([...look].map(([name, value]) => [name, String(value)]));
  };
  const painted = (selector) => {
    const look = getComputedStyle(document.querySelector(selector));
    return [look.color, look.backgroundColor, look.borderColor, look.backgroundImage];
  };
  const root = read(document.documentElement);
  const seen = Object.entries(root).filter(([name]) => /^--|^color/.test(name));
  return [Object.fromEntries(seen), painted("body"), painted("#id_login")];
}"""


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_colours_without_scripts_are_those_with_them(visitor, theme):
    looks = []
    for scripts in (True, False):
        page = visitor(theme=theme, scripts=scripts)
        page.goto("/account/sign-in/")
        looks.append(page.evaluate(LOOK))

    assert looks[0] == looks[1]
    ink = "#edf3f0" if theme == "dark" else "#10211d"
    assert looks[1][0]["--bs-body-color"] == ink


def test_paper_is_light_without_scripts(visitor):
    page = visitor(theme="dark", scripts=False)
    page.goto("/account/sign-in/")
    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate(LOOK)[0]["--mc-ink"] == "#10211d"
