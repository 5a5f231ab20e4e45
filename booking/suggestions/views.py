"""The page on which somebody says what times suit them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.proxies.models import Scope
from accounts.proxies.queries import (
    is_for_viewed,
    viewed_or_404,
    viewed_patient,
    viewing_mark,
)
from accounts.users.queries import signed_in_user
from booking.suggestions.forms import WishesForm
from booking.suggestions.queries import wishes_of
from booking.suggestions.services import save_wishes
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused

FOR_ANOTHER = (
    "You have chosen another person to act for since you opened this page. Look at the "
    "top for whom it is now, and save again."
)


@doors.permitted("booking.set_wishes", "times that suit", "read, change", doors.FORM)
@private
def wishes(request: HttpRequest) -> HttpResponse:
    """What suits oneself, or the person one books for."""
    if viewed_patient(request) is None:
        return redirect("accounts:profile")
    patient = viewed_or_404(request, Scope.BOOK)
    form = WishesForm(
        request.POST if request.method == "POST" else None, wishes=wishes_of(patient)
    )
    if request.method == "POST" and not is_for_viewed(request):
        form.add_error(None, FOR_ANOTHER)
    elif form.is_valid():
        try:
            save_wishes(
                actor=signed_in_user(request), patient=patient, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. All times are shown as before.")
            return redirect("booking:wishes")
    return render(
        request,
        "booking/suggestions/wishes.html",
        {"form": form, "viewing_mark": viewing_mark(request)},
        status=422 if form.errors else 200,
    )
