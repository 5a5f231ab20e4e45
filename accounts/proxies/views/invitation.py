"""The page behind an invitation's mail."""

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts.proxies.forms import NamesForm
from accounts.proxies.models import Proxy
from accounts.proxies.queries import read_invitation
from accounts.proxies.services import accept, decline
from accounts.users.queries import signed_in_user
from accounts.users.services import change_user, open_account
from foundation import doors
from foundation.errors import Refused


@doors.everybody("family and carers", "answer an invitation", doors.FORM)
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Say yes or no to an invitation. The link is no proof: a code to the invited
    address is. Looking changes nothing, and names nobody before the proof."""
    proxy = read_invitation(token, at=timezone.now())
    if proxy is None:
        return render(request, "accounts/proxies/invitation_gone.html", status=404)
    if not request.user.is_authenticated:
        return _prove(request, proxy)
    user = signed_in_user(request)
    is_theirs = user.email.lower() == proxy.email.lower()
    form = NamesForm(request.POST or None) if not user.get_full_name() else None
    refusal = ""
    if request.method == "POST" and is_theirs:
        says_no = request.POST.get("answer") == "no"
        if says_no or form is None or form.is_valid():
            try:
                return _answer(request, proxy, form, says_no=says_no)
            except Refused as refused:
                refusal = str(refused)
    return render(
        request,
        "accounts/proxies/invitation.html",
        {
            "proxy": proxy if is_theirs else None,
            "hint": _masked(proxy.email),
            "form": form,
            "refusal": refusal,
        },
        status=422 if form is not None and form.errors else 200,
    )


def _answer(
    request: HttpRequest, proxy: Proxy, form: NamesForm | None, *, says_no: bool
) -> HttpResponse:
    user, at = signed_in_user(request), timezone.now()
    if says_no:
        decline(actor=user, proxy=proxy, at=at)
        messages.success(request, "Declined. Nobody is told why.")
        return redirect("accounts:family")
    if form is not None:
        change_user(actor=user, user=user, **form.cleaned_data)
    accept(actor=user, proxy=proxy, at=at)
    messages.success(request, f"You can act for {proxy.patient} now.")
    return redirect("accounts:family")


def _prove(request: HttpRequest, proxy: Proxy) -> HttpResponseBase:
    """Send a code to the invited address; the account is made where there is none."""
    if request.method == "POST":
        blocked = ratelimit.consume_or_429(
            request, action="request_login_code", key=proxy.email.lower()
        )
        if blocked:
            return blocked
        user = open_account(email=proxy.email)
        LoginCodeVerificationProcess.initiate(
            request=request, user=user, email=proxy.email
        )
        query = urlencode({"next": request.path})
        return redirect(f"{reverse('account_confirm_login_code')}?{query}")
    return render(
        request,
        "accounts/proxies/invitation_prove.html",
        {"hint": _masked(proxy.email)},
    )


def _masked(email: str) -> str:
    """ "m…@example.org": enough for its owner, too little for anybody else."""
    name, _, host = email.partition("@")
    return f"{name[:1]}…@{host}"
