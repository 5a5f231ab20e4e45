"""Signing in through somebody else's account, and linking one."""

from collections.abc import Callable
from typing import Any

from allauth.core import ratelimit
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.facebook.views import FacebookOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2CallbackView,
    OAuth2LoginView,
)
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from requests import RequestException

from accounts.factors.views import fresh_factor
from accounts.openid import StrictAdapter, StrictCallback
from accounts.providers.services import unlink_account
from accounts.users.queries import signed_in_user
from foundation import doors

View = Callable[..., HttpResponseBase]
_CALLBACKS = {True: StrictCallback, False: OAuth2CallbackView}
_KNOWN: dict[str, Any] = {
    "google": GoogleOAuth2Adapter,
    "facebook": FacebookOAuth2Adapter,
}


def _adapter(request: HttpRequest, provider_id: str) -> Any:
    if provider_id in _KNOWN:
        return _KNOWN[provider_id](request)
    return StrictAdapter(request, provider_id)


def _links(request: HttpRequest, **kwargs: Any) -> bool:
    return "connect" in (request.GET.get("process"), request.POST.get("process"))


@doors.everybody("sign-in", "use another account", doors.POST)
@fresh_factor(when=_links)
@never_cache
def begin(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """To the provider's page. To link it to the account that is open, one proves first
    that one is its owner."""
    blocked = ratelimit.consume_or_429(request, action="factor")
    if blocked:
        return blocked
    adapter = _adapter(request, provider_id)
    try:
        view: View = OAuth2LoginView.adapter_view(adapter)
        # Nothing that stands in the address reaches the provider.
        request.GET = request.POST
        return view(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (OAuth2Error, RequestException) as error:
        found: HttpResponse = render_authentication_error(
            request, adapter.get_provider(), exception=error
        )
        return found


@doors.everybody("sign-in", "use another account")
@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from the provider, with a code that is exchanged behind the scenes."""
    adapter = _adapter(request, provider_id)
    try:
        kind = _CALLBACKS[isinstance(adapter, StrictAdapter)]
        view: View = kind.adapter_view(adapter)
        return view(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error


@doors.signed_in("own account", "unlink another account", doors.POST)
@fresh_factor()
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """That account no longer signs in here."""
    user = signed_in_user(request)
    account = get_object_or_404(SocialAccount, pk=pk, user=user)
    unlink_account(user=user, account=account)
    messages.success(request, "Unlinked. A code by e-mail still signs you in.")
    return redirect("factors:security")
