"""What this house adds around allauth's sign-in: one page, and a clean leave."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.flows.password_reset_by_code import (
    PasswordResetVerificationProcess,
)
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts.users.models import User
from accounts.users.services import open_account
from foundation import doors

View = Callable[..., HttpResponseBase]


@doors.everybody("sign-in", "sign in")
def request_code(request: HttpRequest) -> HttpResponse:
    """Codes are asked for on the sign-in page itself."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{reverse('account_login')}{'?' if query else ''}{query}")


@doors.everybody("sign-in", "sign out", doors.FORM)
@never_cache
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Leave; the page of a plain link only asks. What the browser kept of private
    pages goes too, so that Back shows nothing."""
    response = allauth_views.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache"'
    return response


def prove_address(
    request: HttpRequest, *, email: str, template: str
) -> HttpResponseBase:
    """For a link that is no proof: `template` offers a code to the address it was sent
    to, with no more than a `hint` of it; a form sends the code, and leads back here
    signed in. The account is made where there is none. 429 for who asks too often."""
    if request.method != "POST":
        return render(request, template, {"hint": masked(email)})
    blocked = ratelimit.consume_or_429(request, action="request_login_code")
    if blocked:
        return blocked
    adapter = get_adapter(request)
    wait = adapter.wait_for_code(
        request, kind="sign-in", subject=email.lower(), known_to=email
    )
    if wait:
        too_often: HttpResponse = adapter.too_often(request, wait)
        return too_often
    user = open_account(email=email)
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=email)
    query = urlencode({"next": request.path})
    return redirect(f"{reverse('account_confirm_login_code')}?{query}")


def while_theirs(view: View) -> View:
    """Guards a view that takes, or sends, a code by e-mail: what was begun with an
    address ends where the account has another one by now, or is closed.

    allauth keeps account and address in the browser that asked. Whoever reads the old
    mailbox would sign in there, and make it the account's again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        login = unstash_login(request, peek=True)
        if login is not None and not _is_theirs(login.user, login.email):
            clear_login(request)
        reset = PasswordResetVerificationProcess.resume(request)
        if reset is not None and not _is_theirs(reset.user, reset.state["email"]):
            reset.abort()
        return view(request, *args, **kwargs)

    return guarded


def _is_theirs(user: User | None, email: str | None) -> bool:
    """Of an address that nobody has here nothing is said, as of any other."""
    if user is None:
        return True
    return user.is_active and (not email or email.lower() == user.email.lower())


def masked(email: str) -> str:
    """ "m…@example.org": enough for its owner, too little for anybody else."""
    name, _, host = email.partition("@")
    return f"{name[:1]}…@{host}"
