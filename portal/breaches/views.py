"""Breaches: the clock, whom it reached, the report, and the words for people."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.users.queries import signed_in_user
from audit.entries.models import Action
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import as_zone, join_words
from foundation.pdf import render_pdf
from foundation.scene import current_scene
from foundation.spreadsheets import safe_row
from portal.breaches.forms import MOMENT, BreachForm, ToldForm, initial_of
from portal.breaches.models import Breach
from portal.breaches.permissions import visible_to
from portal.breaches.queries import (
    HEAD,
    Reach,
    facts,
    missing,
    people_of,
    scope_of,
    words_of,
)
from portal.breaches.services import note_told, save_breach

A_PAGE = 50
_CSS = Path(settings.BASE_DIR) / "templates/portal/breaches/pdf.css"


@doors.permitted("portal.manage_breaches", "breaches", "list")
@private
def breaches(request: HttpRequest) -> HttpResponse:
    """What was written down, the newest first, with what still runs."""
    rows = visible_to(request.user).order_by("-noticed_at", "-pk")
    at = timezone.now()
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "portal/breaches/breaches.html",
        {
            "page_obj": page,
            "rows": [(row, row.is_overdue(at)) for row in page],
            "zone": current().time_zone,
        },
    )


@doors.permitted("portal.manage_breaches", "breaches", "write", doors.FORM)
@private
def write(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Write down a breach, or what is known of it by now."""
    zone = current().time_zone
    row = _found(request, public_id) if public_id else None
    initial = initial_of(row, zone) if row else {"noticed_at": _now(zone)}
    form = BreachForm(request.POST or None, zone=zone, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = save_breach(
            actor=signed_in_user(request), breach=row, fields=form.cleaned_data
        )
        messages.success(request, "It is written down.")
        return redirect("breaches:breach", saved.public_id)
    return render(
        request,
        "portal/breaches/write.html",
        {"form": form, "breach": row},
        status=422 if form.errors else 200,
    )


@doors.permitted("portal.manage_breaches", "breaches", "read, export")
@private
def breach(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One breach. `?as=csv` and `?as=pdf` give the report for the authority, and
    `?as=people` the list of people to tell, as files."""
    row = _found(request, public_id)
    scope = scope_of(row)
    files: dict[str, Callable[[], HttpResponse]] = {
        "csv": partial(_report_csv, row, scope),
        "pdf": partial(_report_pdf, row, scope),
        "people": partial(_people_csv, request, scope),
    }
    wanted = files.get(request.GET.get("as", ""))
    if wanted is None:
        return _page(request, row, scope)
    scene = current_scene()
    if scene is not None:
        # Whatever its type says, it is taken out of the house.
        scene.action = Action.EXPORT
    return wanted()


@doors.permitted("portal.manage_breaches", "breaches", "note who was told", doors.POST)
@private
def told(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Write down when the authority, or the people, were told."""
    row = _found(request, public_id)
    form = ToldForm(request.POST, zone=current().time_zone)
    if form.is_valid():
        try:
            note_told(
                actor=signed_in_user(request),
                breach=row,
                at=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error("told_at", str(refusal))
        else:
            messages.success(request, "It is written down.")
            return redirect("breaches:breach", public_id)
    return _page(request, row, scope_of(row), form)


def _found(request: HttpRequest, public_id: UUID) -> Breach:
    rows = visible_to(request.user).select_related("actor", "opened_by")
    return get_object_or_404(rows, public_id=public_id)


def _page(
    request: HttpRequest, row: Breach, scope: Reach, form: ToldForm | None = None
) -> HttpResponse:
    zone, at = current().time_zone, timezone.now()
    page = Paginator(scope.people, A_PAGE).get_page(request.GET.get("page"))
    everything = {name for person in scope.people for name in person.categories}
    draft = render_to_string(
        "portal/breaches/letter.txt",
        {
            "breach": row,
            "clinic": current(),
            "zone": zone,
            "what": words_of(everything) or "personal data",
        },
    )
    return render(
        request,
        "portal/breaches/breach.html",
        {
            "breach": row,
            "scope": scope,
            "page_obj": page,
            "people": people_of(request.user, page.object_list),
            "is_overdue": row.is_overdue(at),
            "left": _left(row, at),
            "missing": join_words([one.lower() for one in missing(row)]),
            "draft": draft,
            "told": form,
            "told_now": _now(zone),
            "zone": zone,
        },
        status=422 if form is not None and form.errors else 200,
    )


def _left(row: Breach, at: datetime) -> str:
    """How much of the 72 hours is left, in hours and minutes; "" for nothing."""
    minutes = int((row.due_at - at).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes > 0 else ""


def _now(zone: str) -> str:
    return timezone.now().astimezone(as_zone(zone)).strftime(MOMENT)


def _answers(row: Breach, scope: Reach) -> list[tuple[str, str]]:
    zone = current().time_zone

    def say(at: datetime) -> str:
        return f"{at.astimezone(as_zone(zone)):%Y-%m-%d %H:%M} ({zone})"

    return facts(row, scope, at=timezone.now(), say=say)


def _report_csv(row: Breach, scope: Reach) -> HttpResponse:
    return _csv("breach-report.csv", ["Question", "Answer"], _answers(row, scope))


def _people_csv(request: HttpRequest, scope: Reach) -> HttpResponse:
    people = people_of(request.user, scope.people)
    return _csv("breach-people.csv", HEAD, [one.cells for one in people])


def _csv(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(head)
    for cells in rows:
        sheet.writerow(safe_row(list(cells)))
    return HttpResponse(
        # The mark tells spreadsheets that it is UTF-8.
        "\ufeff" + out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _report_pdf(row: Breach, scope: Reach) -> HttpResponse:
    html = render_to_string(
        "portal/breaches/pdf.html",
        {
            "clinic": current(),
            "answers": _answers(row, scope),
            "zone": current().time_zone,
            "at": timezone.now(),
        },
    )
    return HttpResponse(
        render_pdf(html, css=_CSS.read_text(encoding="utf-8")),
        content_type="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="breach-report.pdf"'},
    )
