"""A patient's place on the waiting list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.patients.models import Patient
from accounts.patients.permissions import acted_on_by
from accounts.proxies.models import Scope
from accounts.proxies.queries import (
    is_for_viewed,
    show_as,
    viewed_or_404,
    viewed_patient,
    viewing_mark,
)
from booking.appointments.models import Appointment
from booking.appointments.permissions import visible_to as visible_visits
from booking.waitlist.forms import JoinForm, initial_from, initial_of
from booking.waitlist.models import EntryQuerySet, WaitlistEntry
from booking.waitlist.permissions import visible_to
from booking.waitlist.queries import (
    can_be_sooner,
    entries_of,
    kinds_on_list,
    open_offers_of,
    open_to,
    past_offers,
    place_in_line,
    waits_for_sooner,
    whole_entries,
    wishes,
)
from booking.waitlist.services import (
    join_waitlist,
    leave_waitlist,
    wait_for_sooner,
)
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require

CHANGED = "Saved. You keep your place on the waiting list."
JOINED = "You are on the waiting list. We tell you when a time comes free."


def _own(request: HttpRequest) -> EntryQuerySet:
    """The entries of who is signed in and of those they act for."""
    rows = visible_to(request.user).filter(
        patient__in=acted_on_by(request.user, Scope.BOOK)
    )
    return whole_entries(rows)


def _one(request: HttpRequest, public_id: UUID) -> WaitlistEntry:
    """One of them; the page is about its patient."""
    entry = get_object_or_404(_own(request), public_id=public_id)
    show_as(request, entry.patient)
    return entry


@doors.signed_in("waiting list", "read own")
@never_cache
def waitlist(request: HttpRequest) -> HttpResponse:
    """What one waits for, and what one is being offered."""
    if viewed_patient(request) is None:
        return _newcomer(request)
    patient = viewed_or_404(request, Scope.BOOK)
    context = {
        "entries": [
            (entry, wishes(entry), place_in_line(entry))
            for entry in entries_of(patient)
        ],
        "offers": open_offers_of([patient], at=timezone.now()),
    }
    return render(request, "booking/waitlist/list.html", context)


def _newcomer(request: HttpRequest) -> HttpResponse:
    """Somebody with an account and no record: we have to know who waits."""
    messages.info(request, "Tell us who you are first. Then join the waiting list.")
    return redirect("accounts:profile")


@doors.signed_in("waiting list", "join", doors.FORM)
@never_cache
def join(request: HttpRequest) -> HttpResponse:
    """Join, or change what one wishes: `service`, `doctor`, `specialty`, `location` in
    the address are slugs. Without a service: which one."""
    if viewed_patient(request) is None:
        return _newcomer(request)
    patient, at = viewed_or_404(request, Scope.BOOK), timezone.now()
    asked = request.GET.dict()
    found = open_to(patient, service=asked.get("service", ""), at=at)
    if found is None:
        context = {"kinds": kinds_on_list(at), "asked": asked.get("service", "")}
        return render(request, "booking/waitlist/choose.html", context)
    typed = request.POST if request.method == "POST" else None
    form = JoinForm(typed, open_=found, initial=initial_from(asked))
    if request.method == "POST" and not is_for_viewed(request):
        form.add_error(None, "You act for somebody else now. Check whom this is for.")
    elif form.is_valid():
        done = _join(request, form, patient)
        if done is not None:
            return done
    return _join_page(request, form, patient)


def _join(
    request: HttpRequest, form: JoinForm, patient: Patient, said: str = JOINED
) -> HttpResponse | None:
    """Where it leads; None if it was refused, which the form says then."""
    try:
        entry = join_waitlist(
            actor=request.user,
            patient=patient,
            visit_type=form.open.visit_type,
            wishes=form.wishes,
            at=timezone.now(),
            **form.target,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return None
    messages.success(request, said)
    return redirect("booking:waitlist_entry", entry.public_id)


def _join_page(request: HttpRequest, form: JoinForm, patient: Patient) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "kind": form.open.visit_type,
        "patient": patient,
        "viewing_mark": viewing_mark(request),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/waitlist/join.html", context, status=status)


@doors.signed_in("waiting list", "read own", doors.FORM)
@never_cache
def entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What one waits for, how far one is, what one was offered; POST changes it."""
    found = _one(request, public_id)
    require(request.user, "booking.view_waitlist_entry", found)
    form = _change_form(request, found)
    if request.method == "POST" and form is not None and form.is_valid():
        done = _join(request, form, found.patient, CHANGED)
        if done is not None:
            return done
    context = {
        "entry": found,
        "wishes": wishes(found),
        "place": place_in_line(found),
        "past": past_offers(found),
        "offers": [
            one
            for one in open_offers_of([found.patient], at=timezone.now())
            if one.entry_id == found.pk
        ],
        "form": form,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "booking/waitlist/entry.html", context, status=status)


def _change_form(request: HttpRequest, found: WaitlistEntry) -> JoinForm | None:
    """The wishes, to be changed; whom it is for stays. None where there is nothing to
    change: it is over, or only about an earlier time."""
    if found.status != WaitlistEntry.Status.ACTIVE or found.replaces_id is not None:
        return None
    open_ = open_to(found.patient, service=found.visit_type.slug, at=timezone.now())
    if open_ is None:
        return None
    initial = initial_of(found)
    typed = None
    if request.method == "POST":
        typed = request.POST.copy()
        typed["whom"] = initial["whom"]
    return JoinForm(typed, open_=open_, initial=initial)


@doors.signed_in("waiting list", "leave own", doors.FORM)
@never_cache
def leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The question, then POST takes it off the list."""
    found = _one(request, public_id)
    require(request.user, "booking.leave_waitlist", found)
    if request.method == "POST":
        leave_waitlist(actor=request.user, entry=found, at=timezone.now())
        messages.success(request, "You are off the waiting list.")
        return redirect("booking:waitlist")
    context = {"entry": found, "wishes": wishes(found)}
    return render(request, "booking/waitlist/leave.html", context)


@doors.signed_in("waiting list", "wait for an earlier time", doors.FORM)
@never_cache
def sooner(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ "Tell me if something earlier comes free": what that means, then POST joins."""
    visits = Appointment.objects.filter(
        pk__in=visible_visits(request.user),
        patient__in=acted_on_by(request.user, Scope.BOOK),
    ).select_related("doctor", "visit_type", "location", "patient")
    visit = get_object_or_404(visits, public_id=public_id)
    show_as(request, visit.patient)
    waiting = waits_for_sooner(visit)
    if waiting is not None and request.method == "GET":
        return redirect("booking:waitlist_entry", waiting.public_id)
    if not can_be_sooner(visit, at=timezone.now()) and waiting is None:
        raise Http404
    if request.method == "POST":
        try:
            made = wait_for_sooner(actor=request.user, visit=visit, at=timezone.now())
        except Refused as refused:
            messages.warning(request, str(refused))
            return redirect("booking:appointment", public_id)
        messages.success(request, JOINED)
        return redirect("booking:waitlist_entry", made.public_id)
    return render(request, "booking/waitlist/sooner.html", {"visit": visit})
