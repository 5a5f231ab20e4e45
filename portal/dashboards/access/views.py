"""Who has seen my record: for patients, from the access log."""

import csv
import io

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import Patient
from accounts.patients.queries import patient_of
from accounts.users.queries import signed_in_user
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.formats import as_zone
from foundation.instants import read_instant
from foundation.spreadsheets import safe_row
from portal.dashboards.access.queries import (
    KINDS,
    MOST_IN_FILE,
    OTHERS,
    accesses,
    days,
    line_of,
)

A_PAGE = 60


@doors.signed_in("own record", "read")
@private
def access(request: HttpRequest) -> HttpResponse:
    """Who opened one's record, when, in which role. `?show=` filters, `?before=` goes
    back in time, `?as=csv` is the same as a file."""
    user = signed_in_user(request)
    patient = patient_of(user)
    if patient is None:
        return redirect("accounts:profile")
    kind = request.GET.get("show", "")
    kind = kind if kind in KINDS else OTHERS
    zone = user.time_zone or patient.time_zone or current().time_zone
    if request.GET.get("as") == "csv":
        return _file(patient, kind, zone)
    before = read_instant(request.GET.get("before", ""))
    found, older = accesses(patient, kind=kind, before=before, most=A_PAGE)
    return render(
        request,
        "portal/access/access.html",
        {
            "days": days(found, zone=zone),
            "more_before": older,
            "kinds": KINDS,
            "kind": kind,
            "before": before,
            "zone": zone,
            "at": timezone.now(),
        },
    )


def _file(patient: Patient, kind: str, zone: str) -> HttpResponse:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([f"When ({zone})", "Who", "Role", "What they did", "With what"])
    found, _ = accesses(patient, kind=kind, most=MOST_IN_FILE)
    for entry in found:
        line = line_of(entry)
        when = line.at.astimezone(as_zone(zone)).strftime("%Y-%m-%d %H:%M:%S")
        cells = [when, line.who, line.role, line.words, line.what]
        sheet.writerow(safe_row(cells))
    return HttpResponse(
        # The mark tells spreadsheets that it is UTF-8.
        "\ufeff" + out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="who-saw-my-record.csv"'},
    )
