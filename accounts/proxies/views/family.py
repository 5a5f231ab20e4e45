"""The page of family and carers, and choosing for whom one acts."""

from datetime import date, datetime
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.patients.permissions import acted_for_by, is_own
from accounts.patients.queries import patient_of
from accounts.proxies.forms import AskForm, InviteForm, ScopesForm
from accounts.proxies.models import Proxy
from accounts.proxies.permissions import visible_to
from accounts.proxies.queries import (
    age_rule,
    end_of_day,
    family_of,
    is_under_age,
    today_at_clinic,
)
from accounts.proxies.services import (
    accept,
    act_as_oneself,
    act_for,
    answer_scopes,
    ask,
    change_scopes,
    decline,
    end,
    invite,
    withdraw,
)
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors
from foundation.errors import Refused
from foundation.uuids import read_uuid

TOO_MANY = "Too many tries. Wait an hour, or call us."
DONE = {
    "accept": "Agreed. It is in force now.",
    "decline": "Declined. Nothing is open to anybody.",
    "withdraw": "Taken back.",
    "end": "Ended. From now on nothing is open any more.",
}
VERBS = {"accept": accept, "decline": decline, "withdraw": withdraw, "end": end}


@doors.signed_in("family and carers", "read")
@never_cache
def family(request: HttpRequest) -> HttpResponse:
    """Whom one acts for, who acts for one, and what waits for an answer."""
    user = signed_in_user(request)
    at = timezone.now()
    patient = patient_of(user)
    return render(
        request,
        "accounts/proxies/family.html",
        {
            "family": family_of(user, at=at),
            "rule": age_rule(),
            "is_patient": patient is not None,
            "is_under_age": patient is not None and is_under_age(patient, at=at),
            "layout": layout_for(user),
            "now": at,
        },
    )


@doors.signed_in("family and carers", "invite", doors.FORM)
@never_cache
def invite_somebody(request: HttpRequest) -> HttpResponse:
    """A patient invites somebody by e-mail to act for them."""
    user = signed_in_user(request)
    patient = patient_of(user)
    if patient is None:
        raise Http404
    at = timezone.now()
    form = InviteForm(request.POST or None, today=today_at_clinic(at))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            invite(
                actor=user,
                patient=patient,
                email=given["email"],
                relation=given["relation"],
                scopes=given["scopes"],
                ends_at=_end(given["until"]),
                at=at,
            )
        except Refused as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(request, f"The invitation to {given['email']} is sent.")
            return redirect("accounts:family")
    return _form(request, form, "accounts/proxies/invite.html")


@doors.signed_in("family and carers", "ask", doors.FORM)
@never_cache
def ask_for_somebody(request: HttpRequest) -> HttpResponse:
    """Somebody asks to act for a patient. The answer never says who is here."""
    user = signed_in_user(request)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="ask_to_act", user=user):
            form.add_error(None, TOO_MANY)
            return _form(request, form, "accounts/proxies/ask.html", status=429)
        try:
            ask(actor=user, at=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            form.add_error("number", str(refused))
        else:
            messages.success(
                request,
                "If number and date of birth belong together, your request waits for "
                "their answer. For a child, come to the front desk with a document.",
            )
            return redirect("accounts:family")
    return _form(request, form, "accounts/proxies/ask.html")


def _form(
    request: HttpRequest, form: InviteForm | AskForm, template: str, status: int = 200
) -> HttpResponse:
    context = {"form": form, "layout": layout_for(request.user)}
    if form.errors and status == 200:
        status = 422
    return render(request, template, context, status=status)


def _end(day: date | None) -> datetime | None:
    return end_of_day(day) if day is not None else None


@doors.signed_in("family and carers", "accept, decline, take back, end", doors.POST)
@never_cache
def act(request: HttpRequest, public_id: UUID, verb: str) -> HttpResponse:
    """Answer, take back or end. What one is no side of does not exist."""
    user = signed_in_user(request)
    rows = visible_to(user) | Proxy.objects.filter(
        status=Proxy.Status.INVITED, email__iexact=user.email
    )
    proxy = get_object_or_404(rows, public_id=public_id)
    try:
        VERBS[verb](actor=user, proxy=proxy, at=timezone.now())
        messages.success(request, DONE[verb])
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("accounts:family")


@doors.signed_in("family and carers", "change what is allowed", doors.FORM)
@never_cache
def scopes(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What is left out is gone at once; what is added waits for the other side."""
    user, at = signed_in_user(request), timezone.now()
    mine = Proxy.objects.in_force(at).filter(Q(user=user) | Q(patient__user=user))
    rows = mine.select_related("patient", "user")
    proxy = get_object_or_404(rows, public_id=public_id)
    form = ScopesForm(request.POST or None, initial={"scopes": proxy.scopes})
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_scopes(
                actor=user, proxy=proxy, scopes=form.cleaned_data["scopes"], at=at
            )
        except Refused as refused:
            form.add_error("scopes", str(refused))
        else:
            asked = " What you added waits for an answer."
            messages.success(request, f"Saved.{asked if changed.wanted_scopes else ''}")
            return redirect("accounts:family")
    context = {
        "form": form,
        "proxy": proxy,
        "by_patient": is_own(user, proxy.patient),
        "layout": layout_for(user),
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/proxies/scopes.html", context, status=status)


@doors.signed_in("family and carers", "answer what is to be added", doors.POST)
@never_cache
def answer_more(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say yes or no to what the other side wants to add, or take one's wish back."""
    user, at = signed_in_user(request), timezone.now()
    mine = Proxy.objects.in_force(at).filter(Q(user=user) | Q(patient__user=user))
    proxy = get_object_or_404(mine, public_id=public_id)
    is_agreed = request.POST.get("answer") == "yes"
    try:
        answer_scopes(actor=user, proxy=proxy, is_agreed=is_agreed, at=at)
        messages.success(
            request, DONE["accept"] if is_agreed else "Nothing is added by it."
        )
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("accounts:family")


@doors.signed_in("family and carers", "act for somebody", doors.POST)
@never_cache
def viewing(request: HttpRequest) -> HttpResponse:
    """Choose for whom one acts: `proxy` is a public id, or empty for oneself."""
    user = signed_in_user(request)
    chosen = request.POST.get("proxy", "")
    if not chosen:
        act_as_oneself(session=request.session)
        messages.success(request, "These are your own pages again.")
        return redirect("/portal/")
    proxy = get_object_or_404(acted_for_by(user), public_id=read_uuid(chosen))
    try:
        act_for(actor=user, proxy=proxy, session=request.session, at=timezone.now())
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("accounts:family")
    return redirect("/portal/")
