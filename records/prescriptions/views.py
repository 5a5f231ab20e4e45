"""Prescriptions: written by doctors, read by patients, checked by pharmacists."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.factors.queries import SIGNING
from accounts.factors.views import fresh_factor
from accounts.patients.models import Patient
from accounts.patients.permissions import is_own
from accounts.patients.permissions import visible_to as visible_patients
from accounts.proxies.models import Scope
from accounts.proxies.queries import show_as, viewed_or_404, viewing_of
from booking.appointments.models import Appointment
from booking.appointments.permissions import visible_to as visible_appointments
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.permissions import require
from foundation.uuids import read_uuid
from records.prescriptions.forms import (
    MOST_ITEMS,
    CheckForm,
    ItemFormSet,
    PrescriptionForm,
    WithdrawForm,
    initial_head,
    initial_of,
    typed_items,
)
from records.prescriptions.models import Prescription
from records.prescriptions.permissions import visible_to
from records.prescriptions.queries import (
    find_by_check_code,
    is_filed,
    is_valid,
    known_allergies,
    prescriptions_of,
)
from records.prescriptions.services import (
    discard_draft,
    rewrite_draft,
    sign_prescription,
    withdraw_prescription,
    write_prescription,
)


def _editor(
    request: HttpRequest, patient: Patient, source: Prescription | None, **extra: Any
) -> tuple[HttpResponse | None, PrescriptionForm, Any]:
    """The page with both forms, or None with the forms when they may be saved."""
    # What was known last stands there already, to be asked again.
    known = initial_head(known_allergies(patient))
    head, items = initial_of(source) if source else (known, [])
    data = request.POST if request.method == "POST" else None
    adds = data is not None and "add_line" in data
    if data is not None and adds:
        # The same page again with one more line: works without JavaScript.
        head, items, data = {**head, **data.dict()}, typed_items(data), None
    form = PrescriptionForm(data, initial=head)
    formset = ItemFormSet(data, initial=items, prefix="items")
    formset.extra = 1 if adds else 0
    if data is not None and form.is_valid() and formset.is_valid():
        return None, form, formset
    page = render(
        request,
        "records/prescriptions/write.html",
        {
            "form": form,
            "formset": formset,
            "patient": patient,
            "most": MOST_ITEMS,
            **extra,
        },
        status=200 if data is None else 422,
    )
    return page, form, formset


def _visit(request: HttpRequest, patient: Patient) -> Appointment | None:
    """The visit that `?visit=` names, if it is one of this patient's."""
    public_id = read_uuid(request.GET.get("visit"))
    if public_id is None:
        return None
    visits = visible_appointments(request.user).filter(patient=patient)
    return visits.filter(public_id=public_id).first()


@doors.permitted("records.write_prescriptions", "prescriptions", "write", doors.FORM)
@private
def write(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Write a prescription for a patient; `?replaces=` starts from a signed one, and
    `?visit=` says in which visit."""
    patient = get_object_or_404(visible_patients(request.user), public_id=public_id)
    require(request.user, "records.prescribe", patient)
    replaces = None
    if request.GET.get("replaces"):
        replaces = get_object_or_404(
            prescriptions_of(request.user, patient),
            number=request.GET["replaces"],
            status=Prescription.Status.SIGNED,
        )
    page, form, formset = _editor(request, patient, replaces, replaces=replaces)
    if page is not None:
        return page
    prescription = write_prescription(
        actor=request.user,  # type: ignore[arg-type]
        doctor=request.user.doctor,  # type: ignore[union-attr]
        patient=patient,
        items=formset.items,
        replaces=replaces,
        appointment=replaces.appointment if replaces else _visit(request, patient),
        **form.content,
    )
    return redirect("records:prescription", public_id=prescription.public_id)


@doors.permitted("records.write_prescriptions", "prescriptions", "write", doors.FORM)
@private
def rewrite(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a draft."""
    prescription = _visible(request, public_id)
    require(request.user, "records.change_prescription", prescription)
    page, form, formset = _editor(
        request, prescription.patient, prescription, prescription=prescription
    )
    if page is not None:
        return page
    try:
        rewrite_draft(
            actor=request.user,  # type: ignore[arg-type]
            prescription=prescription,
            items=formset.items,
            **form.content,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("records:prescription", public_id=public_id)


def _visible(request: HttpRequest, public_id: UUID) -> Prescription:
    found = visible_to(request.user).select_related(
        "patient", "doctor__user", "pdf", "replaces", "replaced_by"
    )
    return get_object_or_404(found, public_id=public_id)


@doors.signed_in("prescriptions", "read")
@private
def prescription(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One prescription: for staff with what can be done, for its patient to read."""
    return _page(request, _visible(request, public_id))


def _page(
    request: HttpRequest, found: Prescription, form: WithdrawForm | None = None
) -> HttpResponse:
    """The prescription's page; with `form` from a post that has errors. htmx gets the
    paper's part alone."""
    at_work = request.user.has_perm("accounts.work_in_care")
    own = is_own(request.user, found.patient) or not at_work
    viewing = viewing_of(request)
    if viewing is not None and viewing.patient_id == found.patient_id:
        own = True
    if own:
        show_as(request, found.patient)
    name = "medicine" if own else "prescription"
    htmx: Any = getattr(request, "htmx", None)
    return render(
        request,
        f"records/prescriptions/{'_paper' if htmx else name}.html",
        {
            "own": own,
            "prescription": found,
            "items": found.items.order_by("position"),
            "patient": found.patient,
            "can_change": request.user.has_perm("records.change_prescription", found),
            "form": form or WithdrawForm(),
            "valid": is_valid(found, on=timezone.localdate()),
            "filed": is_filed(found),
        },
        status=422 if form else 200,
    )


def _signs(request: HttpRequest, public_id: UUID, verb: str) -> bool:
    return verb == "sign"


@doors.permitted(
    "records.write_prescriptions", "prescriptions", "sign, withdraw", doors.POST
)
@fresh_factor(within=SIGNING, when=_signs)
@private
def act(request: HttpRequest, public_id: UUID, verb: str) -> HttpResponse:
    """Sign, withdraw or discard."""
    found = _visible(request, public_id)
    require(request.user, "records.change_prescription", found)
    form = WithdrawForm(request.POST)
    if verb == "withdraw" and not form.is_valid():
        return _page(request, found, form)
    actor: Any = request.user
    at = timezone.now()
    try:
        if verb == "sign":
            sign_prescription(actor=actor, prescription=found, at=at)
            messages.success(request, "Signed. The patient is told when it is ready.")
        elif verb == "withdraw":
            withdraw_prescription(
                actor=actor,
                prescription=found,
                reason=form.cleaned_data["reason"],
                at=at,
            )
            messages.success(request, "Withdrawn. The patient is told.")
        else:
            discard_draft(actor=actor, prescription=found)
            messages.success(request, "The draft is gone.")
            return redirect("workspace:patient", public_id=found.patient.public_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("records:prescription", public_id=public_id)


@doors.signed_in("prescriptions", "list own")
@private
def medicines(request: HttpRequest) -> HttpResponse:
    """A patient's own prescriptions."""
    patient = viewed_or_404(request, Scope.RECORDS)
    return render(
        request,
        "records/prescriptions/medicines.html",
        {"prescriptions": prescriptions_of(request.user, patient)},
    )


@doors.everybody("prescriptions", "check by code")
@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """Is this paper genuine and in force? Says nothing about medicines or people."""
    code = request.GET.get("code")
    form = CheckForm(request.GET if code is not None else None)
    found = None
    asked = form.is_bound and form.is_valid()
    if asked:
        found = find_by_check_code(form.cleaned_data["code"])
    return render(
        request,
        "records/prescriptions/check.html",
        {
            "form": form,
            "asked": asked,
            "prescription": found,
            "valid": found is not None and is_valid(found, on=timezone.localdate()),
        },
    )
