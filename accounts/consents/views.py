"""Consents: the patient's own choices, the texts as everybody reads them, and writing
them."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.consents.forms import AGAIN, SAME, AnswerForm, TextForm
from accounts.consents.models import Consent, Purpose
from accounts.consents.permissions import SCOPES, visible_texts, visible_to
from accounts.consents.queries import (
    choices_of,
    current_text,
    draft_of,
    history_of,
    holding,
    versions_of,
)
from accounts.consents.services import answer, print_of, publish_text, save_draft
from accounts.patients.models import Patient
from accounts.patients.permissions import visible_to as visible_patients
from accounts.proxies.queries import (
    is_for_viewed,
    reaches,
    viewed_patient,
    viewing_mark,
)
from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.errors import Refused

A_PAGE = 20
FOR_ANOTHER = (
    "This page was opened for another person. Nothing was saved: look whom it is for "
    "now, and answer again."
)


@doors.permitted("accounts.give_consent", "own consents", "read")
@never_cache
def consents(request: HttpRequest) -> HttpResponse:
    """What one agrees to, with a button for each yes and no, and all one ever said; or
    that of the person one acts for, as far as one may."""
    patient = viewed_patient(request)
    if patient is None:
        return redirect("accounts:profile")
    if not _within(request):
        raise Http404
    return _own_page(request, patient)


@doors.permitted("accounts.give_consent", "own consents", "give, take back", doors.POST)
@never_cache
def answer_one(request: HttpRequest) -> HttpResponse:
    """Say yes or no to the version that was shown."""
    user, patient = signed_in_user(request), viewed_patient(request)
    if patient is None:
        raise Http404
    if not is_for_viewed(request):
        return _own_page(request, patient, problem=FOR_ANOTHER)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _own_page(request, patient, problem="Choose one of the answers below.")
    if form.cleaned_data["text"].purpose not in _within(request):
        raise Http404
    text, is_given = form.cleaned_data["text"], form.cleaned_data["answer"] == "yes"
    try:
        said = answer(
            actor=user,
            patient=patient,
            text=text,
            is_given=is_given,
            via=Consent.Via.PORTAL,
            at=timezone.now(),
        )
    except Refused as refusal:
        return _own_page(request, patient, problem=str(refusal), about=text.purpose)
    words = {
        Consent.Decision.GIVEN: "You said yes. You can take it back at any time.",
        Consent.Decision.REFUSED: "You said no. The care is the same.",
        Consent.Decision.WITHDRAWN: "You took the yes back. It holds from now on.",
    }
    label = Purpose(said.purpose).label
    messages.success(request, f"{label}: {words[Consent.Decision(said.decision)]}")
    return redirect("accounts:consents")


def _within(request: HttpRequest) -> set[str]:
    """The purposes that this page may show: all of one's own."""
    return {purpose for purpose, scope in SCOPES.items() if reaches(request, scope)}


def _own_page(
    request: HttpRequest, patient: Patient, *, problem: str = "", about: str = ""
) -> HttpResponse:
    within = _within(request)
    said = history_of(patient).filter(purpose__in=within)
    page = Paginator(said, A_PAGE).get_page(request.GET.get("page"))
    choices = [one for one in choices_of(patient) if one.purpose in within]
    return render(
        request,
        "accounts/consents/consents.html",
        {
            "choices": choices,
            "viewing_mark": viewing_mark(request),
            "page_obj": page,
            "problem": problem,
            "about": about,
            "zone": patient.time_zone,
        },
        status=422 if problem else 200,
    )


@doors.everybody("consents", "read a text")
def text(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One published version, word for word."""
    rows = visible_texts(request.user).exclude(published_at=None)
    found = get_object_or_404(rows, public_id=public_id)
    shown = current_text(found.purpose)
    return render(
        request,
        "accounts/consents/text.html",
        {"text": found, "newer": shown if shown != found else None},
    )


@doors.permitted("accounts.work_in_care", "consents", "read")
@never_cache
def patient_consents(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a patient agrees to, for who treats them."""
    patient = get_object_or_404(visible_patients(request.user), public_id=public_id)
    if not request.user.has_perm("accounts.view_consent", Consent(patient=patient)):
        raise Http404
    said = visible_to(request.user).filter(patient=patient)
    rows = said.select_related("text", "actor").order_by("-pk")
    return render(
        request,
        "accounts/consents/patient.html",
        {
            "patient": patient,
            "choices": choices_of(patient),
            "page_obj": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        },
    )


@doors.permitted("accounts.manage_consent_texts", "consents", "list the texts")
def texts(request: HttpRequest) -> HttpResponse:
    """Every purpose with the version that people see and how many agree."""
    rows = [
        {
            "purpose": purpose,
            "slug": purpose.lower(),
            "text": current_text(purpose),
            "draft": draft_of(purpose),
            "agree": holding(purpose).count(),
        }
        for purpose in Purpose
    ]
    return render(request, "accounts/consents/texts.html", {"rows": rows})


@doors.permitted("accounts.manage_consent_texts", "consents", "write", doors.FORM)
@never_cache
def edit(request: HttpRequest, purpose: str) -> HttpResponse:
    """Write the next version; `do=publish` shows it to everybody from now on."""
    if purpose.upper() not in Purpose.values or purpose != purpose.lower():
        raise Http404
    kind = Purpose(purpose.upper())
    draft, shown = draft_of(kind), current_text(kind)
    start = draft or shown
    typed = request.POST.copy() if request.method == "POST" else None
    form = TextForm(
        typed,
        initial={
            "title": start.title if start else "",
            "body": start.body if start else "",
            "meaning": AGAIN if draft is None or draft.is_material else SAME,
            "seen": print_of(draft),
        },
    )
    if request.method == "POST" and form.is_valid() and _kept(request, kind, form):
        return redirect("accounts:consent_text_edit", purpose)
    if typed is not None:
        # The page shows the other's draft, so the next try is made knowingly.
        typed["seen"] = print_of(draft)
    return render(
        request,
        "accounts/consents/edit.html",
        {
            "form": form,
            "kind": kind,
            "draft": draft,
            "shown": shown,
            "versions": versions_of(kind),
        },
        status=422 if form.errors else 200,
    )


def _kept(request: HttpRequest, kind: Purpose, form: TextForm) -> bool:
    """Whether it was saved, or published; the reason against it is on the form."""
    user = signed_in_user(request)
    is_last = request.POST.get("do") == "publish"
    try:
        with transaction.atomic():
            draft = save_draft(actor=user, purpose=kind, **form.words())
            if is_last:
                publish_text(actor=user, purpose=kind, at=timezone.now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(
        request,
        f"Version {draft.version} is what people see from now on."
        if is_last
        else "The draft is kept. Nobody else sees it yet.",
    )
    return True
