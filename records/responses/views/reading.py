"""What was answered, for who treats the patient; the code with which the desk leads
somebody to a form; and how a form looks, for who builds it."""

import io
from uuid import UUID

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from booking.appointments.permissions import visible_at_work
from foundation import doors
from foundation.caching import private
from records.questionnaires.permissions import visible_to as visible_questionnaires
from records.questionnaires.queries import items_of, pages_of
from records.responses.forms import PageForm
from records.responses.permissions import visible_to
from records.responses.queries import forms_of_visit, page_numbered, read_again


@doors.permitted("accounts.work_in_care", "forms", "read")
@private
def response(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One response, with what the clinic wants to be seen first and what differs from
    the time before."""
    rows = visible_to(request.user).select_related(
        "patient", "questionnaire", "completed_by", "appointment__location",
        "appointment__doctor",
    )  # fmt: skip
    row = get_object_or_404(rows, public_id=public_id)
    if request.user.has_perm("records.answer_form", row):
        return redirect("records:own_response", public_id)
    context = {
        "row": row,
        "patient": row.patient,
        "answered": read_again(request.user, row),
        "zone": row.appointment.location.time_zone,
    }
    return render(request, "records/responses/response.html", context)


@doors.permitted("records.view_forms_of_visit", "forms", "lead to")
@private
def code(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A code for the patient's phone that leads to the forms of a visit. It opens
    nothing: they sign in, or prove their e-mail address, as for the rest of the record.
    """
    rows = visible_at_work(request.user).select_related("patient", "location")
    visit = get_object_or_404(rows.filter(patient__isnull=False), public_id=public_id)
    path = reverse("records:visit_forms", args=[visit.public_id])
    address = f"{settings.SITE_URL}{path}"
    context = {
        "visit": visit,
        "forms": forms_of_visit(visit),
        "address": address,
        "code": _drawn(address),
    }
    return render(request, "records/responses/code.html", context)


@doors.permitted("records.manage_questionnaires", "forms", "look at")
def preview(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A form as patients see it, page by page (`?page=`). Nothing that is typed here
    goes anywhere."""
    row = get_object_or_404(visible_questionnaires(request.user), public_id=public_id)
    items = items_of(row)
    pages = pages_of(items, row.title)
    typed = request.GET.get("page", "1")
    # Python refuses to count what has thousands of digits.
    is_number = typed.isdecimal() and len(typed) < 5
    page = page_numbered(pages, int(typed)) if is_number else None
    if page is None and pages:
        raise Http404
    context = {
        "row": row,
        "page": page,
        "pages": pages,
        "form": PageForm(page=page, items=items, answers={}, is_preview=True)
        if page
        else None,
    }
    return render(request, "records/questionnaires/preview.html", context)


def _drawn(address: str) -> SafeString:
    """The address as a drawing of dark squares; it holds no text and no style."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, scale=8, border=2, nl=False
    )
    # Made of numbers by the library; the address stands in no attribute.
    return mark_safe(out.getvalue().decode())  # noqa: S308  # nosec B308 B703
