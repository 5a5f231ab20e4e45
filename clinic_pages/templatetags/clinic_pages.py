"""What the public pages' templates can say."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from clinic_pages.images import SHARING, picture_html
from clinic_pages.links import page_path
from clinic_pages.prose import clean_shown
from clinic_pages.schema_org import absolute
from foundation.formats import relative_date, short_date

register = template.Library()

register.filter("path_of", page_path)


@register.filter
def prose(value: Any) -> SafeString:
    """Editors' rich text, of a field or a block, cleaned for readers."""
    return clean_shown(str(getattr(value, "source", value) or ""))


# Blocks that are running text; every other is a section of its own.
PROSE = {"text", "image", "callout", "care_card", "questions"}
TONES = ("", "sky", "warm", "rose")


@dataclass
class Group:
    """Blocks that stand together: `kind` prose, section, band or hero."""

    kind: str
    blocks: list[Any]
    is_tinted: bool = False


@register.filter
def grouped(body: Iterable[Any]) -> list[Group]:
    """The body as sections for the full width: running text is put together, and every
    other section is tinted."""
    groups: list[Group] = []
    tint = False
    for child in body:
        if child.block_type in PROSE:
            if groups and groups[-1].kind == "prose":
                groups[-1].blocks.append(child)
                continue
            kind = "prose"
        else:
            kind = {"steps": "band", "hero": "hero"}.get(child.block_type, "section")
        groups.append(Group(kind, [child], tint and kind not in {"hero", "band"}))
        # A band and a hero have a colour of their own; what follows starts afresh.
        tint = not tint if kind not in {"hero", "band"} else False
    return groups


@register.filter
def get(found: dict[Any, Any], key: Any) -> Any:
    """The value of a key, or None."""
    return found.get(key)


@register.filter
def public_ids(facts: Iterable[Any]) -> list[str]:
    """The ids by which fragments are asked about them."""
    return [str(one.public_id) for one in facts if one is not None]


@register.filter
def one_line(text: str) -> str:
    """An address of several lines in one."""
    return ", ".join(line.strip().rstrip(",") for line in text.splitlines() if line)


@register.filter
def lines(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@register.filter
def has(body: Iterable[Any], block_type: str) -> bool:
    """Whether the editor put such a block on the page."""
    return any(child.block_type == block_type for child in body)


@register.filter
def tone_of(position: int) -> str:
    """The tone of an icon's box, in turn; `position` counts from 0."""
    return TONES[position % len(TONES)]


@register.simple_tag
def picture(
    image: Any, preset: str, alt: str = "", first: bool = False, css: str = ""
) -> SafeString | str:
    """The image in the sizes of a preset (clinic_pages.images); "" for none."""
    return picture_html(image, preset, alt=alt, first=first, css=css) if image else ""


@register.simple_tag
def sharing_picture(image: Any) -> SafeString | str:
    """Open Graph's tags for a picture."""
    if not image:
        return ""
    made = image.get_rendition(SHARING)
    return format_html(
        '<meta property="og:image" content="{}">'
        '<meta property="og:image:width" content="{}">'
        '<meta property="og:image:height" content="{}">',
        absolute(made.url),
        made.width,
        made.height,
    )


@register.filter
def ld_json(data: Any) -> SafeString:
    """JSON that can stand in a script element: it cannot close it."""
    text = json.dumps(data, ensure_ascii=False)
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, code)
    return mark_safe(text)  # noqa: S308 escaped just now  # nosec B308, B703


@register.filter
def hour(at: time) -> str:
    """ "8am", "5:30pm"."""
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


@register.simple_tag
def open_words(state: Any, now: datetime) -> str:
    """ "Open until 8pm", "Closed, opens 8am", "Closed, opens Friday 8am"."""
    changes = state.changes_at
    if changes is None:
        return "Closed"
    if state.is_open:
        return f"Open until {hour(changes.time())}"
    today = now.astimezone(changes.tzinfo).date()
    days = (changes.date() - today).days
    when = "" if days == 0 else f"{changes:%A} " if days < 7 else _day(changes.date())
    return f"Closed, opens {when}{hour(changes.time())}"


def _day(day: date) -> str:
    return f"{short_date(day)}, "


@register.simple_tag
def day_words(day: date, today: date) -> str:
    """ "Today, Monday 16 March" or the plain day."""
    return relative_date(day, today)
