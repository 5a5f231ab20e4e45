"""One brand colour in, a readable palette out, for both themes.

Colours are sRGB hex strings ("#0f5c4d"). The arithmetic is OKLCH (lightness 0 to 1,
chroma, hue in radians); a result outside sRGB loses chroma until it fits, so the
lightness caps, which keep text readable on any hue, always hold.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

DEFAULT_BRAND = "#0f5c4d"

_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_TEXT_PAIR_MINIMUM = 4.5


@dataclass(frozen=True)
class Palette:
    """The derived brand values of one theme, each a hex string."""

    brand: str
    fill: str
    fill_hover: str
    text: str
    on_brand: str
    tint: str
    tint_2: str
    line: str
    deep: str
    data: str


@dataclass(frozen=True)
class _Rule:
    """Lightness cap or fixed lightness, and the highest chroma allowed."""

    lightness: float
    chroma: float = math.inf
    cap: bool = False
    shift: float = 0.0


_LIGHT = {
    "fill": _Rule(0.47, cap=True),
    "fill_hover": _Rule(0.41, cap=True, shift=-0.06),
    "text": _Rule(0.44, cap=True),
    "tint": _Rule(0.972, 0.014),
    "tint_2": _Rule(0.935, 0.032),
    "line": _Rule(0.80, 0.06),
    "deep": _Rule(0.26, 0.05),
    "data": _Rule(0.50, cap=True),
}
_DARK = {
    "fill": _Rule(0.80, 0.11),
    "fill_hover": _Rule(0.86, 0.10),
    "text": _Rule(0.83, 0.10),
    "tint": _Rule(0.255, 0.022),
    "tint_2": _Rule(0.32, 0.04),
    "line": _Rule(0.50, 0.06),
    "deep": _Rule(0.19, 0.022),
    "data": _Rule(0.76, 0.11),
}
_ON_BRAND = {False: "#ffffff", True: "#0b1512"}
_CSS_NAMES = {
    "brand": "--mc-brand",
    "fill": "--mc-brand-fill",
    "fill_hover": "--mc-brand-fill-hover",
    "text": "--mc-brand-text",
    "on_brand": "--mc-on-brand",
    "tint": "--mc-brand-tint",
    "tint_2": "--mc-brand-tint-2",
    "line": "--mc-brand-line",
    "deep": "--mc-brand-deep",
    "data": "--mc-data-1",
}


def normalise(colour: str) -> str:
    """Return `colour` as "#rrggbb" in lower case; ValueError if it is not hex."""
    match = _HEX.fullmatch(colour.strip())
    if match is None:
        raise ValueError(f"Not a hex colour: {colour!r}")
    digits = match[1].lower()
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits}"


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two hex colours, 1.0 to 21.0."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=64)
def palette(brand: str, *, dark: bool = False) -> Palette:
    """Derive the palette of one theme from the clinic's colour (hex)."""
    brand = normalise(brand)
    lightness, chroma, hue = _to_oklch(brand)
    derived = {}
    for name, rule in (_DARK if dark else _LIGHT).items():
        target = rule.lightness
        if rule.cap:
            target = min(lightness + rule.shift, target)
        derived[name] = _from_oklch(max(target, 0.0), min(chroma, rule.chroma), hue)
    return Palette(brand=brand, on_brand=_ON_BRAND[dark], **derived)


@lru_cache(maxsize=64)
def brand_css(brand: str) -> str:
    """Return the CSS rules that set the brand's custom properties in both themes.

    Dark has two rules, as in static/css/_dark.scss.
    """
    light = _declarations(palette(brand))
    dark = _declarations(palette(brand, dark=True))
    return (
        f':root,[data-bs-theme="light"]{{{light}}}'
        f'@media not print{{[data-bs-theme="dark"]{{{dark}}}}}'
        f"@media screen and (prefers-color-scheme:dark)"
        f"{{:root:where(:not(.js)){{{dark}}}}}"
    )


def reads_on_brand(brand: str) -> bool:
    """Say whether button text stays readable (4.5:1) on the derived fills."""
    return all(
        contrast(values.on_brand, values.fill) >= _TEXT_PAIR_MINIMUM
        for values in (palette(brand), palette(brand, dark=True))
    )


def _declarations(values: Palette) -> str:
    return ";".join(
        f"{css}:{getattr(values, name)}" for name, css in _CSS_NAMES.items()
    )


def _channels(colour: str) -> tuple[float, float, float]:
    """Linear-light red, green and blue, 0 to 1."""
    digits = normalise(colour)[1:]
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return _to_linear(red), _to_linear(green), _to_linear(blue)


def _to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _to_gamma(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    red, green, blue = _channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_oklch(colour: str) -> tuple[float, float, float]:
    red, green, blue = _channels(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    mid = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * mid - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _to_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Linear-light channels; may lie outside 0 to 1."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    mid = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * mid + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * mid - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * mid + 1.7076147010 * short,
    )


def _fits(channels: tuple[float, float, float]) -> bool:
    return all(-0.0001 <= channel <= 1.0001 for channel in channels)


def _from_oklch(lightness: float, chroma: float, hue: float) -> str:
    if not _fits(_to_rgb(lightness, chroma, hue)):
        low, high = 0.0, chroma
        for _ in range(24):
            middle = (low + high) / 2
            if _fits(_to_rgb(lightness, middle, hue)):
                low = middle
            else:
                high = middle
        chroma = low
    clipped = (min(max(c, 0.0), 1.0) for c in _to_rgb(lightness, chroma, hue))
    return "#" + "".join(f"{round(_to_gamma(c) * 255):02x}" for c in clipped)
