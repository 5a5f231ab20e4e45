"""Pictures in the sizes and formats that a page needs."""

from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# The best format first; every browser that is still kept up to date shows the last.
FORMATS = ("avif", "webp")


@dataclass(frozen=True)
class Preset:
    """Sizes to make (Wagtail's filter specs, the widest last) and how wide it shows."""

    specs: tuple[str, ...]
    sizes: str


PRESETS = {
    "prose": Preset(
        ("width-480", "width-800", "width-1344"), "(min-width: 768px) 42rem, 92vw"
    ),
    "card": Preset(("fill-400x200", "fill-800x400"), "(min-width: 768px) 24rem, 92vw"),
    "hero": Preset(("fill-512x430", "fill-1024x860"), "(min-width: 992px) 32rem, 92vw"),
    "wide": Preset(("fill-640x360", "fill-1280x720"), "(min-width: 992px) 36rem, 92vw"),
    "square": Preset(("fill-112x112", "fill-224x224"), "7rem"),
    "small": Preset(("fill-64x64", "fill-128x128"), "4rem"),
}
# What the clinic's facts carry of a doctor's photo, and what sharing wants.
FACE = "fill-192x192|format-webp"
SHARING = "fill-1200x630|format-jpeg"
LOGO = "height-72|format-webp"


def specs_of(preset: str) -> list[str]:
    """Every rendition a preset may ask for."""
    return [
        f"{spec}|format-{kind}" for kind in FORMATS for spec in PRESETS[preset].specs
    ]


def picture_html(
    image: Any, preset: str, *, alt: str, first: bool = False, css: str = ""
) -> SafeString:
    """A <picture> with every format and width of the preset, and its own dimensions so
    that nothing jumps. `first`: it is what people look at first, so do not wait."""
    made = image.get_renditions(*specs_of(preset))
    chosen = PRESETS[preset]
    sources = format_html_join(
        "",
        '<source type="image/{}" srcset="{}" sizes="{}">',
        [(kind, _srcset(made, chosen, kind), chosen.sizes) for kind in FORMATS[:-1]],
    )
    plain = made[f"{chosen.specs[0]}|format-{FORMATS[-1]}"]
    return format_html(
        '<picture>{}<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" '
        'alt="{}" class="{}" {}></picture>',
        sources,
        plain.url,
        _srcset(made, chosen, FORMATS[-1]),
        chosen.sizes,
        plain.width,
        plain.height,
        alt,
        css,
        _loading(first),
    )


def _srcset(made: dict[str, Any], preset: Preset, kind: str) -> str:
    widths = [made[f"{spec}|format-{kind}"] for spec in preset.specs]
    return ", ".join(f"{one.url} {one.width}w" for one in widths)


def _loading(first: bool) -> SafeString:
    eager = SafeString('fetchpriority="high"')
    return eager if first else SafeString('loading="lazy" decoding="async"')
