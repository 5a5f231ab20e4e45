"""Registering an application."""

from django import forms

from accounts.applications.models import TokenScope
from accounts.applications.queries import is_safe_uri
from accounts.applications.services import UnsafeUri


class ApplicationForm(forms.Form):
    name = forms.CharField(
        label="Name",
        help_text="As its users know it.",
        max_length=80,
        error_messages={"required": "Enter the app's name"},
    )
    maker = forms.CharField(
        label="Who makes it",
        help_text="For example Example Health Ltd, example.org.",
        max_length=120,
        error_messages={"required": "Enter who makes it"},
    )
    redirect_uris = forms.CharField(
        label="Addresses that it is answered at",
        help_text="One a line, exactly as the app sends them.",
        max_length=2500,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        error_messages={"required": "Enter at least one address"},
    )
    scopes = forms.MultipleChoiceField(
        label="What it may ask for",
        choices=TokenScope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one"},
    )

    def clean_redirect_uris(self) -> list[str]:
        lines = str(self.cleaned_data["redirect_uris"]).splitlines()
        uris = [line.strip() for line in lines if line.strip()]
        wrong = [uri for uri in uris if not is_safe_uri(uri)]
        if wrong:
            raise forms.ValidationError(f"{UnsafeUri.sentence}: {wrong[0][:80]}")
        return uris
