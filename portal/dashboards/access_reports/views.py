"""Reports over the access log, on the page, as CSV and as PDF."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from audit.entries.models import Action
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.formats import as_zone
from foundation.instants import read_instant
from foundation.pdf import render_pdf
from foundation.scene import current_scene
from foundation.spreadsheets import safe_row
from portal.dashboards.access_reports.forms import DAYS, ReportForm
from portal.dashboards.access_reports.queries import (
    HEAD,
    KINDS,
    Question,
    Row,
    entries_for,
    last_check,
    rows_of,
)

A_PAGE = 50
MOST_IN_FILE, MOST_ON_PAPER = 10_000, 500
_CSS = Path(settings.BASE_DIR) / "templates/portal/access_reports/pdf.css"


@doors.permitted("portal.view_access_reports", "access log", "list, export")
@private
def audit(request: HttpRequest) -> HttpResponse:
    """A report, of the last thirty days unless told more. `?as=csv` and `?as=pdf` give
    it as a file, which is an entry of the log itself."""
    zone = current().time_zone
    asked = request.GET.copy()
    if "since" not in asked:
        first = timezone.now().astimezone(as_zone(zone)).date() - timedelta(days=DAYS)
        asked["since"] = first.isoformat()
    form = ReportForm(asked)
    question = form.question(zone=zone) if form.is_valid() else None
    kind = request.GET.get("as", "")
    if question is not None and kind in {"csv", "pdf"}:
        # Whatever its type says, it is taken out of the house.
        _call_it(Action.EXPORT)
        return (_csv if kind == "csv" else _pdf)(request, question, zone)
    return _page(request, form, question, zone)


def _call_it(action: str) -> None:
    scene = current_scene()
    if scene is not None:
        scene.action = action


def _page(
    request: HttpRequest, form: ReportForm, question: Question | None, zone: str
) -> HttpResponse:
    found: list[Any] = []
    if question is not None:
        entries = entries_for(request.user, question)
        after = read_instant(request.GET.get("after", ""))
        if after is not None:
            name = "at__gt" if question.oldest_first else "at__lt"
            entries = entries.filter(**{name: after})
        # One more than a page tells whether there is more.
        found = list(entries[: A_PAGE + 1])
    query = request.GET.copy()
    query.pop("after", None)
    return render(
        request,
        "portal/access_reports/audit.html",
        {
            "form": form,
            "rows": rows_of(request.user, found[:A_PAGE]),
            "more_after": found[A_PAGE - 1].at if len(found) > A_PAGE else None,
            "query": query.urlencode(),
            "check": last_check(),
            "zone": zone,
            "most_in_file": f"{MOST_IN_FILE:,}",
            "most_on_paper": MOST_ON_PAPER,
        },
        status=422 if form.errors else 200,
    )


def _csv(request: HttpRequest, question: Question, zone: str) -> HttpResponse:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([f"When ({zone})", *HEAD])
    for row in _rows(request, question, MOST_IN_FILE):
        sheet.writerow([_when(row.at, zone), *safe_row(row.cells)])
    return HttpResponse(
        # The mark tells spreadsheets that it is UTF-8.
        "\ufeff" + out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="access-log.csv"'},
    )


def _pdf(request: HttpRequest, question: Question, zone: str) -> HttpResponse:
    html = render_to_string(
        "portal/access_reports/pdf.html",
        {
            "rows": _rows(request, question, MOST_ON_PAPER),
            "question": question,
            "kind": KINDS[question.kind],
            "clinic": current(),
            "zone": zone,
            "at": timezone.now(),
            "most": MOST_ON_PAPER,
        },
    )
    return HttpResponse(
        render_pdf(html, css=_CSS.read_text(encoding="utf-8")),
        content_type="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="access-log.pdf"'},
    )


def _rows(request: HttpRequest, question: Question, most: int) -> list[Row]:
    return rows_of(request.user, list(entries_for(request.user, question)[:most]))


def _when(at: datetime, zone: str) -> str:
    return at.astimezone(as_zone(zone)).strftime("%Y-%m-%d %H:%M:%S")
