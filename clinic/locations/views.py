"""Closures, for administrators."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from clinic.locations.forms import ClosureForm
from clinic.locations.models import Closure
from clinic.locations.services import add_closure, remove_closure
from foundation import doors

CLOSED = (
    "Nothing new can be booked on these days. Visits booked before stay; they stand "
    "under Requests until they are cancelled."
)


@doors.permitted("clinic.manage_clinic", "closures", "list, add", doors.FORM)
def closures(request: HttpRequest) -> HttpResponse:
    """Holidays and other days on which nobody is seen."""
    form = ClosureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_closure(actor=request.user, **form.content)  # type: ignore[arg-type]
        messages.success(request, CLOSED)
        return redirect("clinic:closures")
    coming = Closure.objects.filter(ends_date__gt=timezone.localdate())
    return render(
        request,
        "clinic/locations/closures.html",
        {
            "form": form,
            "closures": coming.select_related("location").order_by("starts_date"),
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("clinic.manage_clinic", "closures", "remove", doors.POST)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a closure back."""
    remove_closure(
        actor=request.user,  # type: ignore[arg-type]
        closure=get_object_or_404(Closure, pk=pk),
    )
    messages.success(request, "Open as usual on these days.")
    return redirect("clinic:closures")
