"""The page behind an invitation's mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.proxies.forms import NamesForm
from accounts.proxies.models import Proxy
from accounts.proxies.queries import read_invitation
from accounts.proxies.services import accept, decline
from accounts.sign_in.views import masked, prove_address
from accounts.users.queries import signed_in_user
from accounts.users.services import change_user
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
        return prove_address(
            request,
            email=proxy.email,
            template="accounts/proxies/invitation_prove.html",
        )
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
            "hint": masked(proxy.email),
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
