"""Everything about how one signs in, on one page, and taking things away."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_otp_webauthn.models import WebAuthnCredential

from accounts.factors.models import AuthenticatorApp, CodeFactor, RememberedDevice
from accounts.factors.permissions import has_factor, must_have_factor
from accounts.factors.queries import devices_of, factors_of, proof_in
from accounts.factors.services import (
    forget_device,
    remove_app,
    remove_code_factor,
    remove_passkey,
)
from accounts.factors.views.session import end_other_sessions, prove
from accounts.factors.views.step_up import fresh_factor
from accounts.machine_keys.queries import keys_to_take
from accounts.providers.queries import linked_accounts, unlinked_providers
from accounts.tokens.queries import holders_of
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors
from foundation.errors import Refused

_KINDS: dict[str, tuple[type[Any], Any, str]] = {
    "app": (AuthenticatorApp, remove_app, "app"),
    "code": (CodeFactor, remove_code_factor, "factor"),
    "passkey": (WebAuthnCredential, remove_passkey, "passkey"),
}


@doors.signed_in("own factors", "list")
@never_cache
def security(request: HttpRequest) -> HttpResponse:
    """Password, second step, backup codes, remembered devices, accounts, apps."""
    user = signed_in_user(request)
    at = timezone.now()
    return render(
        request,
        "accounts/factors/security.html",
        {
            "factors": factors_of(user),
            "must": must_have_factor(user),
            "is_on": has_factor(user),
            "devices": devices_of(user, at),
            "holders": holders_of(user, at=at),
            "keys": keys_to_take(user, at=at),
            "linked": linked_accounts(user),
            "providers": unlinked_providers(user),
            "layout": layout_for(user),
        },
    )


@doors.signed_in("own factors", "remove", doors.POST)
@fresh_factor()
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take an app or a passkey away. All other sessions end."""
    user = signed_in_user(request)
    model, service, argument = _KINDS[kind]
    thing = get_object_or_404(model, pk=pk, user=user)
    proof = proof_in(request.session, user)
    try:
        service(user=user, **{argument: thing})
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("factors:security")
    if has_factor(user) and proof is not None:
        prove(request, user, proof["method"])
    end_other_sessions(request, user)
    messages.success(request, "Removed. You are signed out everywhere else.")
    return redirect("factors:security")


@doors.signed_in("own factors", "forget a device", doors.POST)
def forget(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask a remembered device for the second step again."""
    user = signed_in_user(request)
    device = get_object_or_404(RememberedDevice, public_id=public_id, user=user)
    forget_device(actor=user, device=device)
    messages.success(request, "That device will be asked again.")
    return redirect("factors:security")
