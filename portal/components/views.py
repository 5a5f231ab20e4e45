"""The living sheet of all components, at /dev/components/ while developing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from foundation import doors
from foundation.months import MonthView, month_view
from portal.components.forms import TYPED, SampleForm
from portal.words import STATUSES

_SWATCHES = {
    "brand-fill": "Brand fill",
    "brand-text": "Brand text",
    "brand-tint-2": "Brand tint 2",
    "ink": "Ink",
    "ink-3": "Ink 3",
    "line-input": "Input line",
    "success": "Success",
    "warning": "Warning",
    "danger": "Danger",
    "info": "Info",
    "care-nonurgent": "Care, non-urgent",
    "care-urgent": "Care, urgent",
}
_BRANDS = [
    {"theme": "light", "words": "Spruce (default)"},
    {"theme": "light", "words": "Plum"},
    {"theme": "light", "words": "Yellow: darkened so white text still reads"},
    {"theme": "light", "words": "Blue"},
    {"theme": "dark", "words": "Spruce, dark mode"},
    {"theme": "dark", "words": "Red, dark mode"},
]
_NAMES = [
    "Ines Calloway",
    "Tobias Wren",
    "Samira Haddad",
    "Owen Baptiste",
    "Lowri Penhale",
    "Yusuf Demirkan",
    "Front desk",
]
# The mocks' story: Thursday 12 March 2026.
_TODAY = date(2026, 3, 12)
_VISIT_AT = datetime(2026, 3, 16, 10, 20, tzinfo=UTC)


@doors.everybody("developers' components", "read")
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "dev/components.html", _sheet(timezone.now()))


def _sheet(at: datetime) -> dict[str, Any]:
    return {
        "form": SampleForm(TYPED),
        "swatches": _SWATCHES.items(),
        "brands": _BRANDS,
        "statuses": list(STATUSES),
        "names": _NAMES,
        "hold_until": at + timedelta(minutes=14),
        "visit_at": _VISIT_AT,
        "week": _week(),
        "month": _month(),
        "page": Paginator(range(110), 10).get_page(4),
        "born": date(1986, 3, 14),
        "today": _TODAY,
    }


def _week() -> list[dict[str, Any]]:
    days = {
        ("Today", "12 Mar"): ["2:20pm", "3:40pm"],
        ("Fri", "13 Mar"): ["9:20am", "11:00am"],
        ("Sat", "14 Mar"): [],
        ("Mon", "16 Mar"): ["8:40am"],
    }
    return [
        {
            "name": name,
            "date": day,
            "times": [
                {"words": time, "url": "#sg-times", "label": f"{name} {day} at {time}"}
                for time in times
            ],
        }
        for (name, day), times in days.items()
    ]


def _month() -> MonthView:
    open_days = (12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 30)
    counts = {date(2026, 3, day): day % 6 + 1 for day in open_days}
    return month_view(_TODAY, counts, today=_TODAY, chosen=_VISIT_AT.date())
