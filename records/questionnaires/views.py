"""Building forms: the list, one form with its parts, one part, and how it looks."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.errors import Refused
from records.questionnaires import services
from records.questionnaires.forms import ItemForm, PublishForm, SettingsForm
from records.questionnaires.models import Questionnaire, QuestionnaireItem
from records.questionnaires.permissions import visible_to
from records.questionnaires.queries import (
    forms,
    items_of,
    versions_of,
)

DRAFT = Questionnaire.Status.DRAFT
UP, DOWN = -1, 1


def _found(request: HttpRequest, public_id: UUID) -> Questionnaire:
    return get_object_or_404(visible_to(request.user), public_id=public_id)


@doors.permitted("records.manage_questionnaires", "forms", "list")
def questionnaires(request: HttpRequest) -> HttpResponse:
    """Every form, with the visits before which it is asked."""
    context = {"forms": forms(request.user)}
    return render(request, "records/questionnaires/list.html", context)


@doors.permitted("records.manage_questionnaires", "forms", "add", doors.FORM)
def new(request: HttpRequest) -> HttpResponse:
    """A new form, as a draft."""
    form = SettingsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.create_questionnaire(
            actor=signed_in_user(request), **form.cleaned_data
        )
        messages.success(request, "Kept as a draft. Add the first question now.")
        return redirect("records:questionnaire", made.public_id)
    status = 422 if form.errors else 200
    return render(
        request, "records/questionnaires/new.html", {"form": form}, status=status
    )


@doors.permitted("records.manage_questionnaires", "forms", "change", doors.FORM)
def questionnaire(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One version: its settings and its parts; POST saves the settings of a draft."""
    row = _found(request, public_id)
    is_draft = row.status == DRAFT
    posted = request.POST if request.method == "POST" else None
    form = SettingsForm(posted, instance=row)
    if posted is not None and form.is_valid():
        try:
            services.save_settings(
                actor=signed_in_user(request), questionnaire=row, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("records:questionnaire", public_id)
    return _page(request, row, form=form if is_draft or form.errors else None)


def _page(request: HttpRequest, row: Questionnaire, **changes: Any) -> HttpResponse:
    versions = versions_of(request.user, row.key)
    context = {
        "row": row,
        "items": items_of(row),
        "versions": versions,
        "is_draft": row.status == DRAFT,
        "form": None,
        "publish_form": PublishForm() if len(versions) > 1 else None,
        **changes,
    }
    wrong = any(getattr(one, "errors", None) for one in changes.values())
    status = 422 if wrong else 200
    return render(
        request, "records/questionnaires/questionnaire.html", context, status=status
    )


@doors.permitted("records.manage_questionnaires", "forms", "change", doors.FORM)
def item(
    request: HttpRequest, public_id: UUID, link_id: UUID | None = None
) -> HttpResponse:
    """Add a part to a draft, or change one."""
    row = _found(request, public_id)
    found = get_object_or_404(row.items, link_id=link_id) if link_id else None
    posted = request.POST if request.method == "POST" else None
    form = ItemForm(posted, questionnaire=row, item=found)
    if posted is not None and form.is_valid():
        try:
            _save_item(request, row, found, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("records:questionnaire", public_id)
    context = {"row": row, "item": found, "form": form}
    status = 422 if form.errors else 200
    return render(request, "records/questionnaires/item.html", context, status=status)


def _save_item(
    request: HttpRequest,
    row: Questionnaire,
    found: QuestionnaireItem | None,
    form: ItemForm,
) -> None:
    user = signed_in_user(request)
    if found is None:
        services.add_item(actor=user, questionnaire=row, **form.values())
        return
    services.change_item(
        actor=user, questionnaire=row, link_id=found.link_id, **form.values()
    )


@doors.permitted("records.manage_questionnaires", "forms", "change", doors.POST)
def arrange(request: HttpRequest, public_id: UUID, link_id: UUID) -> HttpResponse:
    """Move a part up or down, or take it out."""
    row = _found(request, public_id)
    get_object_or_404(row.items, link_id=link_id)
    user, do = signed_in_user(request), request.POST.get("do")
    try:
        if do == "remove":
            services.remove_item(actor=user, questionnaire=row, link_id=link_id)
        elif do in ("up", "down"):
            by = UP if do == "up" else DOWN
            services.move_item(actor=user, questionnaire=row, link_id=link_id, by=by)
        else:
            raise Http404
    except Refused as refusal:
        messages.error(request, str(refusal))
    response = redirect("records:questionnaire", public_id)
    response["Location"] += "#parts" if do == "remove" else f"#i-{link_id}"
    return response


@doors.permitted("records.manage_questionnaires", "forms", "publish", doors.POST)
def publish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Use a draft from now on."""
    row = _found(request, public_id)
    form = PublishForm(request.POST)
    is_first = row.version == 1
    if not is_first and not form.is_valid():
        return _page(request, row, form=SettingsForm(instance=row), publish_form=form)
    asks_again = is_first or form.cleaned_data["meaning"] == "again"
    try:
        services.publish(
            actor=signed_in_user(request),
            questionnaire=row,
            asks_again=asks_again,
            at=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "In use. Patients are asked from now on.")
    return redirect("records:questionnaire", public_id)


@doors.permitted("records.manage_questionnaires", "forms", "change", doors.POST)
def begin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The next version, as a draft."""
    row = _found(request, public_id)
    draft = services.begin_version(actor=signed_in_user(request), questionnaire=row)
    return redirect("records:questionnaire", draft.public_id)


@doors.permitted("records.manage_questionnaires", "forms", "stop, discard", doors.POST)
def stop(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask it of nobody any more; of a draft: throw it away."""
    row = _found(request, public_id)
    user = signed_in_user(request)
    try:
        if row.status == DRAFT:
            services.discard_draft(actor=user, questionnaire=row)
            messages.success(request, "The draft is gone.")
        else:
            services.retire(actor=user, questionnaire=row)
            messages.success(request, "Asked no more. What was answered stays.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("records:questionnaires")
