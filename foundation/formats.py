"""Words for times, dates, money, phones and people's ages. Pure: no Django, no clock.

Instants are aware datetimes; a zone is an IANA name ("Europe/London") or a ZoneInfo.
A naive datetime raises ValueError, an unknown zone ZoneInfoNotFoundError. Patients
read a 12-hour clock ("10:20am"), staff a 24-hour one ("10:20").
"""

import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers

from foundation.money import ZERO_DECIMAL, round_money

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
HARD_SPACE = "\N{NO-BREAK SPACE}"

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "KRW": "₩", "INR": "₹"}
_MINUS = "\N{MINUS SIGN}"
_AVATAR_TONES = 6


def as_zone(zone: str | ZoneInfo) -> ZoneInfo:
    """Return the zone itself, or the one that bears the IANA name `zone`."""
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)


def local(at: datetime, zone: str | ZoneInfo) -> datetime:
    """Return the instant `at` on the wall clock of `zone`."""
    if at.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return at.astimezone(as_zone(zone))


def clock(at: datetime, zone: str | ZoneInfo, *, staff: bool = False) -> str:
    """ "10:20am" for patients, "10:20" for staff.

    In the hour that happens twice the abbreviation is added: "1:30am GMT".
    """
    wall = local(at, zone)
    if staff:
        words = f"{wall:%H:%M}"
    else:
        words = f"{wall.hour % 12 or 12}:{wall:%M}{'am' if wall.hour < 12 else 'pm'}"
    twin = wall.replace(fold=1 - wall.fold)
    if twin.utcoffset() != wall.utcoffset():
        return f"{words} {zone_abbreviation(zone, at)}"
    return words


def clock_range(
    starts_at: datetime, ends_at: datetime, zone: str | ZoneInfo, *, staff: bool = False
) -> str:
    """ "10:20am to 10:35am", or "10:20 to 10:35" for staff."""
    first, last = (clock(at, zone, staff=staff) for at in (starts_at, ends_at))
    return f"{first} to {last}"


def long_date(day: date) -> str:
    """ "Monday 16 March 2026", for confirming."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def day_date(day: date) -> str:
    """ "Monday 16 March", where the year is plain."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def short_date(day: date) -> str:
    """ "Mon 16 March", for tight places."""
    return f"{DAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1]}"


def plain_date(day: date) -> str:
    """ "16 March 2026", for reviews, receipts and deadlines."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_year(day: date) -> str:
    """ "March 2026"."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def identity_date(day: date) -> str:
    """ "14-Mar-1986": a birth date nobody can read the wrong way round."""
    return f"{day.day:02d}-{MONTHS[day.month - 1][:3]}-{day.year:04d}"


def relative_date(day: date, today: date) -> str:
    """ "Today, Monday 16 March", "Tomorrow, …", else the date; the year if not ours."""
    words = day_date(day) if day.year == today.year else long_date(day)
    near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get((day - today).days)
    return f"{near}, {words}" if near else words


def date_time(at: datetime, zone: str | ZoneInfo, *, staff: bool = False) -> str:
    """ "Monday 16 March 2026, 10:20am"."""
    return f"{long_date(local(at, zone).date())}, {clock(at, zone, staff=staff)}"


def short_date_time(at: datetime, zone: str | ZoneInfo, *, staff: bool = False) -> str:
    """ "Mon 16 March, 10:20am"."""
    return f"{short_date(local(at, zone).date())}, {clock(at, zone, staff=staff)}"


def short_span(
    starts_at: datetime, ends_at: datetime, zone: str | ZoneInfo, *, staff: bool = False
) -> str:
    """ "Mon 16 March, 10:20am to 1pm", said as people say it: the day once where it is
    one, and whole days of the zone by their names alone ("Mon 16 March to Tue 17
    March"), the last one included."""
    first, last = local(starts_at, zone), local(ends_at, zone)
    if starts_at < ends_at and first.time() == last.time() == time.min:
        last_day = last.date() - timedelta(days=1)
        days = dict.fromkeys([short_date(first.date()), short_date(last_day)])
        return " to ".join(days)
    ends = clock(ends_at, zone, staff=staff)
    if first.date() != last.date():
        ends = f"{short_date(last.date())}, {ends}"
    return f"{short_date_time(starts_at, zone, staff=staff)} to {ends}"


def zone_city(zone: str | ZoneInfo) -> str:
    """ "London", "New York"; "UTC" stays as it is."""
    return as_zone(zone).key.rsplit("/", 1)[-1].replace("_", " ")


def zone_abbreviation(zone: str | ZoneInfo, at: datetime) -> str:
    """ "GMT" or "BST", as valid at that instant; "GMT+4" where there is no name."""
    name = local(at, zone).tzname() or ""
    if not name.startswith(("+", "-")):
        return name
    hours, minutes = name[1:3], name[3:]
    return f"GMT{name[0]}{int(hours)}{':' + minutes if minutes else ''}"


def zone_name(zone: str | ZoneInfo, at: datetime) -> str:
    """ "London time (GMT)", with the abbreviation valid at that instant."""
    city, abbreviation = zone_city(zone), zone_abbreviation(zone, at)
    return city if city == abbreviation else f"{city} time ({abbreviation})"


def both_zones(at: datetime, zone: str | ZoneInfo, theirs: str | ZoneInfo) -> str:
    """ "10:20am London time, 11:20am where you are"; one clock where they agree."""
    here, there = local(at, zone), local(at, theirs)
    city = zone_city(zone)
    place = city if city == "UTC" else f"{city} time"
    first, second = f"{clock(at, zone)} {place}", f"{clock(at, theirs)}"
    if here.utcoffset() == there.utcoffset():
        return first
    if here.date() != there.date():
        first = f"{first} on {day_date(here.date())}"
        second = f"{second} on {day_date(there.date())}"
    return f"{first}, {second} where you are"


def money(amount: Decimal, currency: str, *, exact: bool = False) -> str:
    """ "£65" when choosing; "£65.00" with `exact`, when paying.

    Currencies without a known sign lead with their ISO code: "CHF 65".
    """
    code = currency.upper()
    rounded = round_money(abs(amount), code)
    whole = rounded == rounded.to_integral_value()
    places = 0 if code in ZERO_DECIMAL or (whole and not exact) else 2
    sign = _MINUS if amount < 0 and rounded else ""
    return f"{sign}{_SYMBOLS.get(code, code + HARD_SPACE)}{rounded:,.{places}f}"


def duration(length: timedelta | int, *, short: bool = False) -> str:
    """ "30 minutes", "1 hour 15 minutes"; short "30 min", "1 h 15 min".

    A bare number counts minutes; seconds are dropped.
    """
    if isinstance(length, timedelta):
        length = int(length.total_seconds() // 60)
    hours, rest = divmod(length, 60)
    parts = []
    if hours:
        parts.append(f"{hours}{HARD_SPACE}h" if short else plural(hours, "hour"))
    if rest or not hours:
        parts.append(f"{rest}{HARD_SPACE}min" if short else plural(rest, "minute"))
    return " ".join(parts)


def years_old(born: date, on: date) -> int:
    """Whole years of age on that day; people of 29 February turn on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age(born: date, on: date) -> str:
    """ "40 y"; under two years "14 months", under two months "3 weeks" or "5 days"."""
    if born > on:
        return "not born yet"
    years = years_old(born, on)
    if years >= 2:
        return f"{years}{HARD_SPACE}y"
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months >= 2:
        return plural(months, "month")
    days = (on - born).days
    return plural(days // 7, "week") if days >= 7 else plural(days, "day")


def phone(number: str, region: str = "GB") -> str:
    """A number as people of `region` write it; what is no number comes back as is."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == phonenumbers.country_code_for_region(region)
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 doctor", "11 doctors", "1,200 visits"; `many` where adding s is wrong."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def wait_words(seconds: int) -> str:
    """ "40 seconds", "1 minute", "12 minutes", "5 hours": never less than it takes."""
    for size, word in ((7200, "hour"), (60, "minute")):
        if seconds >= size:
            return plural(-(-seconds // min(size, 3600)), word)
    return plural(seconds, "second")


def join_words(words: Sequence[str], last: str = "and") -> str:
    """ "English, French and Welsh"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def file_size(size: int) -> str:
    """ "84 kB", "2.4 MB"."""
    if size < 1000:
        return plural(size, "byte")
    if size < 1_000_000:
        return f"{round(size / 1000)}{HARD_SPACE}kB"
    return f"{size / 1_000_000:.1f}{HARD_SPACE}MB"


def initials(name: str) -> str:
    """ "IC" for "Dr Ines Calloway": first and last name, titles left out."""
    words = [word for word in name.split() if word[0].isalpha()]
    titles = {"dr", "prof", "mr", "mrs", "ms", "miss", "mx"}
    names = [word for word in words if word.rstrip(".").lower() not in titles] or words
    if not names:
        return "?"
    return (names[0][0] + (names[-1][0] if len(names) > 1 else "")).upper()


def tone(name: str) -> int:
    """The avatar's tone, 1 to 6: the same name always gets the same one."""
    return zlib.crc32(name.strip().casefold().encode()) % _AVATAR_TONES + 1
