"""One's data, for people who booked without an account."""

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.sign_in.views import masked, prove_address
from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.errors import Refused
from portal.guest_links.forms import AskForm, WhoForm
from portal.guest_links.models import GuestLink
from portal.guest_links.queries import read_link, records_at
from portal.guest_links.services import ask_link, use_link


@doors.everybody("own data", "ask for a link as a guest", doors.FORM)
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Who booked without an account asks for a link. The answer is the same for every
    address."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        blocked = ratelimit.consume_or_429(
            request, action="guest_link", key=email.lower()
        )
        if blocked:
            return blocked
        ask_link(email=email, at=timezone.now())
        return redirect("guest_links:asked")
    return render(
        request,
        "portal/guest_links/ask.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@doors.everybody("own data", "ask for a link as a guest")
def asked(request: HttpRequest) -> HttpResponse:
    """What happens next, whoever asked."""
    return render(request, "portal/guest_links/asked.html")


@doors.everybody("own data", "follow a link as a guest", doors.FORM)
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The link is no proof: a code to the same address is. Looking changes nothing."""
    found = read_link(token, at=timezone.now())
    if found is None:
        return render(request, "portal/guest_links/gone.html", status=404)
    if not request.user.is_authenticated:
        return prove_address(
            request, email=found.email, template="portal/guest_links/prove.html"
        )
    user = signed_in_user(request)
    if user.email.lower() != found.email.lower():
        return render(
            request,
            "portal/guest_links/another.html",
            {"hint": masked(found.email)},
            status=403,
        )
    return _choose(request, found)


def _choose(request: HttpRequest, found: GuestLink) -> HttpResponse:
    records = records_at(found.email)
    form = WhoForm(
        request.POST or None,
        records=records,
        initial={"patient": records[0].public_id} if len(records) == 1 else None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            use_link(
                actor=signed_in_user(request),
                link=found,
                patient=form.cleaned_data["patient"],
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("patient", str(refusal))
        else:
            messages.success(request, "Here is what you can ask for.")
            return redirect("exports:own")
    return render(
        request,
        "portal/guest_links/choose.html",
        {"form": form, "records": records},
        status=422 if form.errors else 200,
    )
