from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Place
from accounts.users.models import Role
from clinic.staff.permissions import ASSIGNABLE


class RoleForm(forms.Form):
    """A role, at one location or everywhere."""

    role = forms.ChoiceField(
        label="Role",
        error_messages={"required": "Choose what this person does here"},
    )
    place = forms.ModelChoiceField(
        label="Where",
        queryset=Place.objects.order_by("name"),
        required=False,
        empty_label="At every location",
    )

    def __init__(self, *args: Any, roles: Sequence[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.choices = [("", "Choose a role"), *((r.value, r.label) for r in roles)]


class InvitationForm(RoleForm):
    """Somebody new."""

    email = forms.EmailField(
        label="E-mail address",
        help_text="They sign in with a code that we send there.",
        error_messages={
            "required": "Enter their e-mail address",
            "invalid": "Enter a full e-mail address, for example name@example.org",
        },
    )
    first_name = forms.CharField(
        label="First name",
        max_length=150,
        error_messages={"required": "Enter their first name"},
    )
    last_name = forms.CharField(
        label="Last name",
        max_length=150,
        error_messages={"required": "Enter their last name"},
    )

    field_order = ["email", "first_name", "last_name", "role", "place"]


class StaffSearchForm(forms.Form):
    """Find somebody who works here."""

    q = forms.CharField(label="Name or e-mail address", required=False)
    role = forms.ChoiceField(
        label="Role",
        required=False,
        choices=[("", "Every role"), *((r, Role(r).label) for r in ASSIGNABLE)],
    )


class LeavingForm(forms.Form):
    """When somebody stops working here."""

    leaves_date = forms.DateField(
        label="First day no longer here",
        required=False,
        help_text=(
            "Their access ends by itself when this day begins, and a doctor's free "
            "times with it. Empty: they stay."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a date, for example 2027-03-31"},
    )
