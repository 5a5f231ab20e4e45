"""Choosing codes that we send as a second step: for patients."""

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.factors.forms import NumberForm, SentCodeForm
from accounts.factors.models import CodeFactor
from accounts.factors.queries import CODES
from accounts.factors.services import add_code_factor
from accounts.factors.views.sending import ADDING, send_code, sent_code
from accounts.factors.views.session import ended_by_guessing
from accounts.factors.views.set_up import after_adding
from accounts.factors.views.sign_in import wanted, with_next
from accounts.factors.views.step_up import fresh_factor
from accounts.users.models import User
from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.errors import Refused
from foundation.formats import wait_words

WRONG = "This is not the code of our newest message. Check it and try again"
ENOUGH = "We sent several codes already. Wait {}, then ask for another"
_PATHS = {CodeFactor.Kind.EMAIL: "add_email", CodeFactor.Kind.TEXT: "add_text"}


@doors.permitted("accounts.use_code_factors", "own factors", "add", doors.FORM)
@fresh_factor()
def new_email(request: HttpRequest) -> HttpResponseBase:
    """Codes to one's own mailbox, beside a password."""
    return _new(request, CodeFactor.Kind.EMAIL)


@doors.permitted("accounts.use_code_factors", "own factors", "add", doors.FORM)
@fresh_factor()
def new_text(request: HttpRequest) -> HttpResponseBase:
    """Codes to a phone, once one of them was typed here. 404 where none are sent."""
    if not get_adapter(request).sends_texts():
        raise Http404
    return _new(request, CodeFactor.Kind.TEXT)


def _new(request: HttpRequest, kind: CodeFactor.Kind) -> HttpResponseBase:
    """First where to, then the code that went there."""
    user = signed_in_user(request)
    sending = "send" in request.POST
    number = NumberForm(request.POST if sending else None)
    code = SentCodeForm(request.POST if "code" in request.POST else None)
    refusal = ""
    if sending:
        to = _address(user, kind, number)
        if to:
            wait = send_code(request, user, kind=kind, to=to, purpose=ADDING)
            if not wait:
                return redirect(with_next(f"factors:{_PATHS[kind]}", request))
            refusal = ENOUGH.format(wait_words(wait))
    elif code.is_valid():
        if _added(request, user, kind, code):
            del request.session[ADDING]
            return after_adding(request, user, CODES[kind])
        if ended := ended_by_guessing(request):
            return ended
    return _page(request, kind, number=number, code=code, refusal=refusal)


def _page(
    request: HttpRequest,
    kind: CodeFactor.Kind,
    *,
    number: NumberForm,
    code: SentCodeForm,
    refusal: str,
) -> HttpResponse:
    return render(
        request,
        "accounts/factors/new_code.html",
        {
            "is_text": kind == CodeFactor.Kind.TEXT,
            "number": number,
            "code": code,
            "refusal": refusal,
            "sent": None if "other" in request.GET else _sent(request, kind),
            "next": wanted(request),
        },
    )


def _address(user: User, kind: str, form: NumberForm) -> str:
    """Where a code shall go, or "" where that is not known or would prove nothing."""
    if kind == CodeFactor.Kind.EMAIL:
        return user.email if user.has_usable_password() else ""
    return str(form.cleaned_data["number"]) if form.is_valid() else ""


def _sent(request: HttpRequest, kind: CodeFactor.Kind) -> dict[str, object] | None:
    state = sent_code(request, ADDING)
    return state if state and state["way"] == CODES[kind] else None


def _added(
    request: HttpRequest, user: User, kind: CodeFactor.Kind, form: SentCodeForm
) -> bool:
    """Whether the code is right; an error stands in the form where it is not."""
    state = sent_code(request, ADDING)
    try:
        factor = add_code_factor(
            user=user,
            sent_id=state["id"] if state and state["way"] == CODES[kind] else None,
            code=form.cleaned_data["code"],
            at=timezone.now(),
            session_key=request.session.session_key or "",
        )
    except Refused as refused:
        form.add_error("code", str(refused))
        return False
    if factor is None:
        form.add_error("code", WRONG)
    return factor is not None
