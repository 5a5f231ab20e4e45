"""What every step has in common, and step 3: who is coming."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.proxies.queries import show_as
from booking.drafts.forms import (
    details_again,
    details_from,
    has_details,
    typed_answers,
)
from booking.drafts.models import Draft
from booking.drafts.permissions import opened_by
from booking.drafts.queries import (
    draft_patient,
    has_time,
    is_over,
    show_draft_price,
)
from booking.drafts.services import extend_draft, save_answers
from foundation import doors
from foundation.errors import Refused

StepView = Callable[[HttpRequest, Draft], HttpResponse]


def step(view: StepView) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A page of a draft: of this browser's own, else 404, and never kept by caches. One
    that led to a booking shows it, whatever step is asked for: so sending a form again
    comes out at the same place."""

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, token: UUID) -> HttpResponse:
        draft = own_draft(request, token)
        if draft.appointment is not None and is_over(draft.appointment):
            return redirect("booking:draft_confirmed", token)
        return view(request, draft)

    return wrapper


def own_draft(request: HttpRequest, token: UUID) -> Draft:
    """The draft of this browser, with its time at the price that it has for whom it
    is; the page is about them. Raises Http404 for anybody else's, and when acting for
    them has ended."""
    rows = opened_by(request.session, request.user).select_related(
        "specialty",
        "for_patient",
        "appointment__doctor",
        "appointment__visit_type",
        "appointment__location",
        "appointment__patient",
    )
    rows = rows.prefetch_related("appointment__doctor__specialties")
    draft = get_object_or_404(rows, token=token)
    show_as(request, draft.for_patient)
    show_draft_price(draft, request.user, at=timezone.now())
    return draft


def next_step(request: HttpRequest, draft: Draft) -> HttpResponse:
    """On to the first page that still lacks an answer."""
    if not has_time(draft, at=timezone.now()):
        return redirect("booking:draft_time", draft.token)
    if draft_patient(draft, request.user) is None and not has_details(draft):
        return redirect("booking:draft_details", draft.token)
    return redirect("booking:draft_check", draft.token)


def theirs(request: HttpRequest, draft: Draft) -> str:
    """The visitor's own zone, where we know it."""
    return draft.time_zone or getattr(request.user, "time_zone", "")


@doors.everybody("appointments", "book", doors.FORM)
@step
def details(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 3: who is coming. What is typed is kept, right or wrong."""
    if request.method == "POST":
        draft = save_answers(draft=draft, answers=typed_answers(request.POST))
    if not has_time(draft, at=timezone.now()):
        return redirect("booking:draft_time", draft.token)
    patient = draft_patient(draft, request.user)
    form = details_again(draft, request.user)
    if request.method == "POST" and patient is None:
        form = details_from(draft)
    if request.method == "POST" and (patient or form.is_valid()):
        return redirect("booking:draft_check", draft.token)
    context = {
        "draft": draft,
        "visit": draft.appointment,
        "form": form,
        "patient": patient,
        "theirs": theirs(request, draft),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/drafts/details.html", context, status=status)


@doors.everybody("appointments", "book", doors.POST)
@step
def save(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Keep what was typed, without judging; then go where the button says."""
    save_answers(draft=draft, answers=typed_answers(request.POST))
    if request.headers.get("X-Requested-With") == "autosave":
        return HttpResponse(status=204)
    if request.GET.get("then") == "exit":
        return redirect("/")
    if request.GET.get("then") == "sign-in":
        query = urlencode({"next": reverse("booking:draft_check", args=[draft.token])})
        return redirect(f"{reverse('account_login')}?{query}")
    return redirect("booking:draft_time", draft.token)


@doors.everybody("appointments", "book", doors.POST)
@step
def extend(request: HttpRequest, draft: Draft) -> HttpResponse:
    """ "I need more time": once, 15 minutes more, and back to the same step."""
    typed = typed_answers(request.POST) if "first_name" in request.POST else {}
    try:
        extend_draft(draft=draft, answers=typed, at=timezone.now())
    except Refused as refused:
        messages.warning(request, str(refused))
    names = {"check": "booking:draft_check", "pay": "billing:payment_pay"}
    back = names.get(request.GET.get("from", ""), "booking:draft_details")
    return redirect(back, draft.token)
