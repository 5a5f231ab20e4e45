"""What this house adds around allauth's sign-in: one page, and a clean leave."""

from allauth.account import views as allauth_views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from foundation import doors


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
