"""What calendars say, in the spellings of those who write them."""

from datetime import UTC, datetime

import pytest

from foundation import calendars
from foundation.calendars import (
    NO_CALENDAR,
    TOO_MANY,
    TOO_MUCH,
    busy_times,
    digest_of,
)
from foundation.calendars.reading import MOST_ENTRIES, Unread, read
from foundation.periods import moment, seconds

SECRET = "Oncology follow-up"
# Each on both sides of a change of the clocks: what 9 o'clock there is in UTC.
ZONES = [
    ("Europe/London", "20260327", "2026-03-27T09:00", "2026-03-30T08:00"),
    ("America/New_York", "20261030", "2026-10-30T13:00", "2026-11-02T14:00"),
    ("Asia/Dubai", "20260327", "2026-03-27T05:00", "2026-03-30T05:00"),
    ("Australia/Lord_Howe", "20260403", "2026-04-02T22:00", "2026-04-05T22:30"),
    ("America/St_Johns", "20261030", "2026-10-30T11:30", "2026-11-02T12:30"),
    ("Africa/Casablanca", "20260320", "2026-03-20T09:00", "2026-03-23T08:00"),
]
OUTLOOK_ZONE = """\
BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
NINE = "DTSTART:20260316T090000Z\nDTEND:20260316T100000Z"


def file(*events, head=""):
    body = "".join(
        f"BEGIN:VEVENT\nUID:{n}@elsewhere\nSUMMARY:{SECRET}\n{event}\nEND:VEVENT\n"
        for n, event in enumerate(events)
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def said(content, *, zone="Europe/London", own="", owners=()):
    """The periods as "start/end" in UTC, and how many entries were not understood."""
    first, last = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 12))
    window = (seconds(first), seconds(last))
    digests = {digest_of(address) for address in owners}
    periods, skipped = read(content, zone=zone, window=window, own=own, owners=digests)
    words = ["/".join(f"{moment(s):%Y-%m-%dT%H:%M}" for s in one) for one in periods]
    return words, skipped


def starts(content, **asked):
    return [words.split("/")[0] for words in said(content, **asked)[0]]


def test_an_entry_is_a_period_and_its_title_goes_nowhere():
    assert said(file(NINE)) == (["2026-03-16T09:00/2026-03-16T10:00"], 0)
    busy = busy_times(file(NINE), zone="UTC", window=(0, 1 << 33))
    assert SECRET not in repr(busy)
    assert busy.periods == ((1773651600, 1773655200),)


@pytest.mark.parametrize(("zone", "first", "before", "after"), ZONES)
def test_a_series_keeps_its_hour_when_the_clocks_change(zone, first, before, after):
    day = f"DTSTART;TZID={zone}:{first}T090000\nDTEND;TZID={zone}:{first}T100000"
    found = starts(file(f"{day}\nRRULE:FREQ=DAILY;INTERVAL=3;COUNT=2"))
    assert found == [before, after]


@pytest.mark.parametrize(("zone", "first", "before", "after"), ZONES)
def test_a_time_without_a_zone_is_the_doctors(zone, first, before, after):
    day = f"DTSTART:{first}T090000\nDTEND:{first}T100000"
    found = starts(file(f"{day}\nRRULE:FREQ=DAILY;INTERVAL=3;COUNT=2"), zone=zone)
    assert found == [before, after]


@pytest.mark.parametrize(
    ("zone", "starts_at", "ends_at"),
    [
        ("Europe/London", "2026-03-29T00:00", "2026-03-29T23:00"),
        ("America/New_York", "2026-03-29T04:00", "2026-03-30T04:00"),
        ("Asia/Dubai", "2026-03-28T20:00", "2026-03-29T20:00"),
        ("Australia/Lord_Howe", "2026-03-28T13:00", "2026-03-29T13:00"),
        ("America/St_Johns", "2026-03-29T02:30", "2026-03-30T02:30"),
        ("Africa/Casablanca", "2026-03-28T23:00", "2026-03-29T23:00"),
    ],
)
def test_a_whole_day_is_one_of_the_doctors(zone, starts_at, ends_at):
    """Also one that is an hour shorter."""
    for ends in ("", "\nDTEND;VALUE=DATE:20260330"):
        found = said(file(f"DTSTART;VALUE=DATE:20260329{ends}"), zone=zone)
        assert found == ([f"{starts_at}/{ends_at}"], 0)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("Eastern Standard Time", ""),
        ("Eastern Standard Time", OUTLOOK_ZONE),
        ("Customized Time Zone", OUTLOOK_ZONE),
        ('"(UTC-05:00) Eastern Time (US & Canada)"', OUTLOOK_ZONE),
    ],
)
def test_outlooks_zones_are_understood(name, head):
    """By the names of Windows, by their rules, and with colons in them."""
    day = f"DTSTART;TZID={name}:20260306T090000\nDTEND;TZID={name}:20260306T100000"
    content = file(
        f"{day}\nRRULE:FREQ=WEEKLY;COUNT=2", head=head.format(name=name.strip('"'))
    )
    assert starts(content) == ["2026-03-06T14:00", "2026-03-13T13:00"]


@pytest.mark.parametrize(
    "line",
    [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "status:cancelled",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
    ],
)
def test_what_is_free_or_called_off_takes_no_time(line):
    assert said(file(f"{NINE}\n{line}")) == ([], 0)


@pytest.mark.parametrize("line", ["TRANSP:OPAQUE", "STATUS:TENTATIVE"])
def test_what_is_not_sure_yet_takes_time(line):
    assert len(starts(file(f"{NINE}\n{line}"))) == 1


LEE = "lee@example.org"
DECLINED = "ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=DECLINED;"


@pytest.mark.parametrize(
    "line",
    [
        f"{DECLINED}X-NUM-GUESTS=0:mailto:{LEE}",
        f'{DECLINED}CN="Lee; A: B":MAILTO:Lee@Example.org',
        f"ATTENDEE;CN=Lee;partstat=declined:mailto:{LEE}",
        f"{DECLINED}EMAIL={LEE}:urn:uuid:6f0c",
        # As lines are folded: after 75 octets at most, anywhere.
        f"{DECLINED}CN=Somebody with a long name indeed;RSVP=TR\n UE:mailto:lee@exam"
        "\n ple.org",
    ],
)
def test_what_the_owner_declined_takes_no_time(line):
    content = file(f"{NINE}\nATTENDEE;PARTSTAT=ACCEPTED:mailto:roy@example.org\n{line}")
    assert said(content, owners=[LEE]) == ([], 0)
    assert len(starts(content)) == 1


@pytest.mark.parametrize(
    "line",
    [
        f"{DECLINED}CN=Roy:mailto:roy@example.org",
        f"{DECLINED}CN={LEE}:mailto:roy@example.org",
        f'{DECLINED}SENT-BY="mailto:{LEE}":mailto:roy@example.org',
        f"ATTENDEE;CN=DECLINED:mailto:{LEE}",
        f"ATTENDEE;PARTSTAT=ACCEPTED;CN=x:mailto:{LEE}?PARTSTAT=DECLINED",
        f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{LEE}",
        f'{DECLINED}CN="{LEE}',
        f"X-DECLINED:1\nCOMMENT:{DECLINED}:mailto:{LEE}",
    ],
)
def test_what_others_declined_or_the_owner_has_not_takes_time(line):
    assert len(starts(file(f"{NINE}\n{line}"), owners=[LEE])) == 1


def test_one_of_a_series_is_declined_or_taken_on_by_itself():
    series = f"{NINE}\nRRULE:FREQ=WEEKLY;COUNT=3"
    no, yes = (
        f"ATTENDEE;PARTSTAT={answer}:mailto:{LEE}"
        for answer in ("DECLINED", "ACCEPTED")
    )

    def second(line):
        return (
            "BEGIN:VEVENT\nUID:0@elsewhere\nRECURRENCE-ID:20260323T090000Z\n"
            "DTSTART:20260323T090000Z\nDTEND:20260323T100000Z\n"
            f"{line}\nEND:VEVENT\nEND:VCALENDAR"
        ).replace("\n", "\r\n")

    for of_all, of_one, expected in (
        (yes, no, ["2026-03-16T09:00", "2026-03-30T09:00"]),
        (no, yes, ["2026-03-23T09:00"]),
    ):
        content = file(f"{series}\n{of_all}")
        content = content.replace(b"END:VCALENDAR", second(of_one).encode())
        assert starts(content, owners=[LEE]) == expected


def test_the_process_that_reads_is_given_no_address():
    """Its arguments stand in the list of processes."""
    line = f"{DECLINED}CN=Lee:mailto:{LEE}"
    window = (seconds(datetime(2026, 3, 1, tzinfo=UTC)), 2**31)
    asked = {"zone": "Europe/London", "window": window}
    assert busy_times(file(f"{NINE}\n{line}"), **asked).periods != ()
    assert busy_times(file(f"{NINE}\n{line}"), **asked, owners=[LEE]).periods == ()
    assert LEE not in digest_of(LEE)


def test_what_was_taken_out_of_a_series_or_changed_in_it_counts():
    zone = ";TZID=Europe/London"
    series = (
        f"DTSTART{zone}:20260316T090000\nDTEND{zone}:20260316T100000\n"
        f"RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE{zone}:20260323T090000"
    )
    content = file(series).replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:0@elsewhere\r\n"
        b"RECURRENCE-ID;TZID=Europe/London:20260330T090000\r\n"
        b"DTSTART;TZID=Europe/London:20260331T140000\r\n"
        b"DTEND;TZID=Europe/London:20260331T150000\r\nEND:VEVENT\r\n"
        b"BEGIN:VEVENT\r\nUID:0@elsewhere\r\nSTATUS:CANCELLED\r\n"
        b"RECURRENCE-ID;TZID=Europe/London:20260406T090000\r\n"
        b"DTSTART;TZID=Europe/London:20260406T090000\r\n"
        b"DTEND;TZID=Europe/London:20260406T100000\r\nEND:VEVENT\r\n"
        b"END:VCALENDAR",
    )
    assert starts(content) == ["2026-03-16T09:00", "2026-03-31T13:00"]


def test_a_length_will_do_and_nothing_takes_no_time():
    long = "DTSTART:20260316T090000Z\nDURATION:PT90M"
    point = "DTSTART:20260317T090000Z"
    assert said(file(long, point)) == (["2026-03-16T09:00/2026-03-16T10:30"], 0)


def test_what_overlaps_is_one_period_and_ends_with_the_window():
    over = "DTSTART:20260316T093000Z\nDTEND:20260316T110000Z"
    years = "DTSTART:20261120T000000Z\nDTEND:20290101T000000Z"
    assert said(file(NINE, over, years))[0] == [
        "2026-03-16T09:00/2026-03-16T11:00",
        "2026-11-20T00:00/2026-12-01T00:00",
    ]


def test_lists_of_free_and_busy_time_are_read():
    head = (
        "BEGIN:VFREEBUSY\nFREEBUSY;FBTYPE=BUSY:20260316T090000Z/PT1H,"
        "20260317T090000Z/20260317T093000Z\n"
        "FREEBUSY;FBTYPE=FREE:20260318T090000Z/PT1H\nFREEBUSY:rubbish\nEND:VFREEBUSY\n"
    )
    assert said(file(head=head)) == (
        ["2026-03-16T09:00/2026-03-16T10:00", "2026-03-17T09:00/2026-03-17T09:30"],
        1,
    )


def test_our_own_visits_that_come_back_do_not_count():
    content = file(NINE).replace(b"0@elsewhere", b"4c1a@clinic.example")
    assert starts(content, own="clinic.example") == []
    assert len(starts(content, own="other.example")) == 1


def test_what_cannot_be_understood_is_counted_and_the_rest_is_read():
    wrong = "DTSTART:yesterday\nDTEND:20260316T100000Z"
    often = f"{NINE}\nRRULE:FREQ=SECONDLY"
    listed = f"{NINE}\nRRULE:FREQ=DAILY;BYMINUTE=0,1,2,3"
    assert said(file(wrong, often, listed, NINE)) == (
        ["2026-03-16T09:00/2026-03-16T10:00"],
        3,
    )


def test_folded_lines_and_other_ends_of_lines_are_read():
    content = file(NINE).replace(b"DTSTART:2026", b"DTST\r\n ART:20\r\n\t26")
    assert len(starts(content)) == 1
    assert len(starts(b"\xef\xbb\xbf" + content.replace(b"\r\n", b"\n"))) == 1


def test_an_alarm_inside_an_entry_changes_nothing_of_it():
    alarm = "BEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:PT5H\nSTATUS:CANCELLED\nEND:VALARM"
    assert said(file(f"{NINE}\n{alarm}"))[0] == ["2026-03-16T09:00/2026-03-16T10:00"]


@pytest.mark.parametrize(
    "content", [b"", b"<!doctype html>", b"\xff\xfe\x00", b"BEGIN:"]
)
def test_what_is_no_calendar_is_said_to_be_none(content):
    with pytest.raises(Unread, match=NO_CALENDAR):
        said(content)


def test_the_past_is_left_out_and_too_much_that_lies_ahead_is_refused():
    past = "DTSTART:20200316T090000Z\nDTEND:20200316T100000Z"
    content = file(*[past] * (MOST_ENTRIES + 1), NINE)
    assert len(starts(content)) == 1
    with pytest.raises(Unread, match=TOO_MANY):
        starts(file(*[NINE] * (MOST_ENTRIES + 1)))


def test_what_is_too_deep_to_read_is_no_free_time():
    lines = [
        *("BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "TZID:Deep"),
        *["BEGIN:DAYLIGHT"] * 3000,
        *["END:DAYLIGHT"] * 3000,
        *("END:VTIMEZONE", "BEGIN:VEVENT"),
        *("DTSTART;TZID=Deep:20260316T090000", "DTEND;TZID=Deep:20260316T100000"),
        *("END:VEVENT", "END:VCALENDAR"),
    ]
    found = busy_times("\n".join(lines).encode(), zone="UTC", window=(0, 1 << 33))
    assert (found.refusal, found.periods) == (TOO_MUCH, ())


def test_a_rule_that_takes_for_ever_ends_with_its_process(monkeypatch):
    monkeypatch.setattr(calendars, "SECONDS", 2)
    never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    content = file(*[f"{NINE}\n{never}"] * 50)
    assert busy_times(content, zone="UTC", window=(0, 1 << 33)).refusal == TOO_MUCH
