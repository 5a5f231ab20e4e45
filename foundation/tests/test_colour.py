import re

import pytest

from foundation.colour import (
    DEFAULT_BRAND,
    brand_css,
    contrast,
    normalise,
    palette,
    reads_on_brand,
)

# Spruce, plum, blue, red, yellow, pure green, white, black, and the other corners.
BRANDS = [
    "#0f5c4d",
    "#7a2e6b",
    "#1f5fbf",
    "#c2412d",
    "#f2b632",
    "#00ff00",
    "#ffffff",
    "#000000",
    "#ff0000",
    "#ffff00",
    "#00ffff",
    "#ff00ff",
    "#0000ff",
]
SURFACES = {False: "#ffffff", True: "#17211e"}
GREYEST_SURFACES = {False: "#e8eeeb", True: "#27342f"}


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#10211d", "#ffffff", 16.7),
        ("#55645f", "#e8eeeb", 5.3),
        ("#b9cdc6", "#002c23", 9.1),
    ],
)
def test_contrast_is_that_of_wcag(first, second, ratio):
    assert contrast(first, second) == pytest.approx(ratio, abs=0.05)
    assert contrast(second, first) == contrast(first, second)


def test_palette_of_the_default_brand_is_the_design_guide_s():
    light, dark = palette(DEFAULT_BRAND), palette(DEFAULT_BRAND, dark=True)

    assert (light.fill, light.text, light.tint_2, light.deep) == (
        "#0f5c4d",
        "#0f5c4d",
        "#d4f1e8",
        "#002c23",
    )
    assert contrast(dark.on_brand, dark.fill) == pytest.approx(10.3, abs=0.05)
    assert contrast(dark.text, dark.tint_2) == pytest.approx(7.6, abs=0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("brand", BRANDS)
def test_every_text_pair_reads_on_every_brand(brand, dark):
    values = palette(brand, dark=dark)
    pairs = [
        (values.on_brand, values.fill),
        (values.on_brand, values.fill_hover),
        (values.text, SURFACES[dark]),
        (values.text, GREYEST_SURFACES[dark]),
        (values.text, values.tint),
        (values.text, values.tint_2),
        ("#eef5f2", values.deep),
        ("#b9cdc6", values.deep),
    ]

    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []
    assert contrast(values.data, SURFACES[dark]) >= 3


@pytest.mark.parametrize("brand", BRANDS)
def test_white_text_reads_on_every_brand(brand):
    assert reads_on_brand(brand)


def test_a_dark_brand_keeps_its_own_colour():
    assert palette("#1b2a6b").fill == "#1b2a6b"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("#0F5C4D", "#0f5c4d"), ("0f5c4d", "#0f5c4d"), (" #fc0 ", "#ffcc00")],
)
def test_normalise_takes_what_people_type(typed, kept):
    assert normalise(typed) == kept


@pytest.mark.parametrize("typed", ["", "spruce", "#12345", "rgb(0,0,0)", "#0f5c4d;}"])
def test_normalise_refuses_what_is_no_hex_colour(typed):
    with pytest.raises(ValueError, match="Not a hex colour"):
        normalise(typed)


def test_brand_css_sets_the_same_names_in_both_themes():
    light, dark = brand_css("#7a2e6b").split("@media not print")
    names = [set(re.findall(r"--[\w-]+(?=:)", rules)) for rules in (light, dark)]

    assert names[0] == names[1]
    assert "--mc-brand-fill" in names[0]
    assert "<" not in brand_css("#7a2e6b")
