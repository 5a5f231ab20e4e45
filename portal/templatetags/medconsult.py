"""What templates can say: icons, statuses, form controls, and words for values.

Instants take the zone they are shown in: `{{ visit.starts_at|visit_time:zone }}`.
Empty values give "" so that a template need not ask first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe

from accounts.patients.models import Patient
from accounts.providers.queries import Provider, configured_providers
from accounts.restrictions import queries as restrictions
from accounts.sessions.queries import who
from foundation import colour, formats, icons, widgets, words
from portal.words import status_words
from records.amendments.queries import Amended, amended
from records.prescriptions.models import NONE_KNOWN
from records.prescriptions.queries import known_allergies

register = template.Library()

Zone = str | ZoneInfo


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """The named icon (static/icons.json), inlined and silent to screen readers.

    `extra` adds classes; arrows and chevrons turn round in right-to-left pages.
    """
    shapes = icons.shapes()
    if shapes and name not in shapes:
        raise template.TemplateSyntaxError(f"No icon named {name!r}: see icons.json")
    turns = {"left", "right", "arrow-left", "arrow-right"}
    classes = " ".join(
        filter(None, ["mc-icon", "mc-icon--dir" if name in turns else "", extra])
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}'
        "</svg>",
        classes,
        mark_safe(shapes.get(name, "")),  # noqa: S308 our own build's output  # nosec B308, B703
    )


@register.simple_tag
def sign_in_providers() -> list[Provider]:
    """The accounts elsewhere that this clinic lets people sign in with."""
    return configured_providers()


@register.simple_tag(takes_context=True)
def session_end(context: Context) -> dict[str, Any]:
    """For how many seconds the session goes on by itself (`left`), and `who` has it."""
    request = context["request"]
    ends_at = request.session.ends_at()
    left = (ends_at - timezone.now()).total_seconds() if ends_at else 0
    return {"left": max(int(left), 0), "who": who(request.user)}


@register.simple_tag(takes_context=True)
def may(context: Context, permission: str, subject: object = None) -> bool:
    """`{% may "booking.cancel_appointment" appointment as allowed %}`: may the user?"""
    user = context.get("user")
    return bool(user and user.has_perm(permission, subject))


@register.simple_tag
def status_tag(status: str, words: str = "") -> SafeString:
    """A tag with the status's words and tone; `words` replaces the words."""
    known = status_words(str(status))
    return format_html(
        '<span class="mc-tag{}">{}{}</span>',
        f" mc-tag--{known.tone}" if known.tone else "",
        icon(known.icon) if known.icon else "",
        words or known.words,
    )


@register.simple_tag(takes_context=True)
def allergies_of(context: Context, patient: Patient) -> str | None:
    """What is known of the patient's allergies, None where the user may not know.

    A tag, because every page of staff with a patient on it must show them.
    """
    if not may(context, "records.view_record", patient):
        return None
    return known_allergies(patient)


@register.simple_tag(takes_context=True)
def amended_of(context: Context, patient: Patient) -> Amended:
    """Of which rows of a record a correction was asked, as far as the user sees it.

    A tag, because it stands beside each of them on pages of other rooms.
    """
    return amended(context["request"].user, patient)


@register.simple_tag
def is_restricted(patient: Patient) -> bool:
    """Whether the patient's record may not be used now; pages at work say so."""
    return restrictions.is_restricted(patient, at=timezone.now())


@register.filter
def keyed(rows: Mapping[Any, Any], key: Any) -> Any:
    """`{{ rows|keyed:row.pk }}`: what a mapping holds for a key, None for nothing."""
    return rows.get(key)


@register.filter
def allergy_state(words: str | None) -> str:
    """The patient banner's state for what is known; None: not for this reader."""
    if words is None:
        return "hidden"
    if not words:
        return "not-recorded"
    return "none" if words == NONE_KNOWN else "known"


@register.filter
def status_text(status: str) -> str:
    """The words of a status, for sentences and exports."""
    return status_words(str(status)).words


@register.simple_tag(takes_context=True)
def brand_style(context: Context) -> SafeString:
    """The rules for <style id="mc-brand">, from the clinic's colour."""
    chosen = getattr(context.get("clinic"), "brand_colour", "") or colour.DEFAULT_BRAND
    return mark_safe(colour.brand_css(chosen))  # noqa: S308 hex digits only  # nosec B308, B703


@register.filter
def control_kind(field: BoundField) -> str:
    return widgets.control_kind(field)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's control with the look's classes; Django adds the ARIA."""
    return field.as_widget(attrs=widgets.control_attrs(field))


@register.simple_tag
def birth_date_parts(field: BoundField) -> list[widgets.BirthDatePart]:
    return widgets.birth_date_parts(field)


@register.simple_tag
def error_links(
    form: forms.BaseForm | Iterable[forms.BaseForm],
) -> list[tuple[str, str]]:
    """Links of an error summary, of one form or of several."""
    parts = [form] if isinstance(form, forms.BaseForm) else form or []
    return [link for part in parts for link in widgets.error_links(part)]


@register.simple_tag
def structured_data(data: dict[str, Any]) -> SafeString:
    """schema.org data as a JSON-LD block, safely escaped."""
    block = json_script(data)
    return mark_safe(  # noqa: S308 json_script escaped it  # nosec B308, B703
        block.replace('type="application/json"', 'type="application/ld+json"')
    )


def _day(value: date | datetime, zone: Zone | None) -> date:
    if isinstance(value, datetime):
        return formats.local(value, zone or timezone.get_current_timezone_name()).date()
    return value


def _date_filter(words: Callable[[date], str]) -> Callable[..., str]:
    def show(value: date | datetime | None, zone: Zone | None = None) -> str:
        return words(_day(value, zone)) if value else ""

    return show


for _name, _words in {
    "long_date": formats.long_date,
    "day_date": formats.day_date,
    "short_date": formats.short_date,
    "plain_date": formats.plain_date,
    "month_year": formats.month_year,
    "identity_date": formats.identity_date,
}.items():
    register.filter(_name, _date_filter(_words))


@register.filter
def visit_time(at: datetime | None, zone: Zone) -> str:
    """ "10:20am": the patients' clock."""
    return formats.clock(at, zone) if at else ""


@register.filter
def staff_time(at: datetime | None, zone: Zone) -> str:
    """ "10:20": the staff's clock."""
    return formats.clock(at, zone, staff=True) if at else ""


@register.filter
def visit_when(at: datetime | None, zone: Zone) -> str:
    """ "Monday 16 March 2026, 10:20am"."""
    return formats.date_time(at, zone) if at else ""


@register.filter
def short_when(at: datetime | None, zone: Zone) -> str:
    """ "Mon 16 March, 10:20am"."""
    return formats.short_date_time(at, zone) if at else ""


@register.filter
def staff_when(at: datetime | None, zone: Zone) -> str:
    """ "Mon 16 March, 10:20"."""
    return formats.short_date_time(at, zone, staff=True) if at else ""


@register.filter
def zone_name(at: datetime | None, zone: Zone) -> str:
    """ "London time (GMT)", as valid at that instant."""
    return formats.zone_name(zone, at) if at else ""


@register.filter
def day_number(value: date | datetime | None, zone: Zone | None = None) -> str:
    return str(_day(value, zone).day) if value else ""


@register.filter
def month_short(value: date | datetime | None, zone: Zone | None = None) -> str:
    """ "Apr"."""
    return formats.MONTHS[_day(value, zone).month - 1][:3] if value else ""


@register.filter
def weekday_short(value: date | datetime | None, zone: Zone | None = None) -> str:
    """ "Mon"."""
    return formats.DAYS[_day(value, zone).weekday()][:3] if value else ""


@register.filter
def iso(at: datetime | None) -> str:
    """The instant for <time datetime> and for scripts."""
    return at.isoformat() if at else ""


@register.simple_tag
def relative_date(
    value: date | datetime, zone: Zone | None = None, now: datetime | None = None
) -> str:
    """ "Today, Monday 16 March" as seen in the zone, at `now` or at rendering."""
    today = _day(now or timezone.now(), zone)
    return formats.relative_date(_day(value, zone), today)


@register.simple_tag
def both_zones(at: datetime, zone: Zone, theirs: Zone) -> str:
    return formats.both_zones(at, zone, theirs)


@register.simple_tag
def clock_range(
    starts_at: datetime, ends_at: datetime, zone: Zone, staff: bool = False
) -> str:
    return formats.clock_range(starts_at, ends_at, zone, staff=staff)


@register.simple_tag
def short_span(
    starts_at: datetime, ends_at: datetime, zone: Zone, staff: bool = False
) -> str:
    return formats.short_span(starts_at, ends_at, zone, staff=staff)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """ "£65", when choosing."""
    return "" if amount is None else formats.money(amount, currency)


@register.filter
def exact_money(amount: Decimal | None, currency: str) -> str:
    """ "£65.00", when paying."""
    return "" if amount is None else formats.money(amount, currency, exact=True)


@register.filter
def duration(minutes: int | None, style: str = "") -> str:
    """ "30 minutes"; `|duration:"short"` gives "30 min"."""
    return "" if minutes is None else formats.duration(minutes, short=style == "short")


@register.filter
def age(born: date | None, on: date | None = None) -> str:
    """ "40 y", on the given day or today."""
    return formats.age(born, on or timezone.localdate()) if born else ""


@register.filter
def phone(number: str, region: str = "GB") -> str:
    return formats.phone(number or "", region) if number else ""


@register.filter
def plural(count: int, words: str) -> str:
    """`{{ total|plural:"doctor" }}`, `{{ total|plural:"child,children" }}`."""
    one, _, many = words.partition(",")
    return formats.plural(count, one, many)


@register.filter
def words_joined(words: Iterable[Any]) -> str:
    """ "English, French and Welsh"."""
    return formats.join_words([str(word) for word in words])


@register.filter
def up_to(total: int | str) -> range:
    """1, 2, … total."""
    return range(1, int(total) + 1)


@register.filter
def as_number(value: int | str) -> int:
    return int(value)


@register.simple_tag(takes_context=True)
def page_url(context: Context, value: int | str, param: str = "page") -> str:
    """This page's address with one parameter changed and the others kept."""
    query = context["request"].GET.copy()
    query[param] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def page_numbers(page: Page) -> Iterator[int | str]:
    """1 … 4 5 6 … 11, with the paginator's ellipsis for the gaps."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


register.filter("file_size", formats.file_size)
register.filter("initials", formats.initials)
register.filter("in_words", words.in_words)
register.filter("tone", formats.tone)
