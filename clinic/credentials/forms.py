from typing import Any

from django import forms

from clinic.credentials.models import Credential


class CredentialForm(forms.ModelForm):
    """What somebody holds to work here."""

    class Meta:
        model = Credential
        fields = ["kind", "number", "issuer", "country", "valid_until", "document"]
        labels = {
            "kind": "What it is",
            "issuer": "Issued by",
            "country": "Country",
            "valid_until": "Last day on which it holds",
            "document": "Where the paper is kept",
        }
        help_texts = {
            "country": "Two letters, for example GB",
            "valid_until": "Empty if it does not end.",
            "document": "For example, cabinet 2, or its address in your archive",
        }
        widgets = {
            "valid_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        }
        error_messages = {
            "kind": {"required": "Choose what it is"},
            "number": {"required": "Enter its number"},
            "issuer": {"required": "Enter who issued it"},
            "country": {"required": "Enter the country, for example GB"},
            "valid_until": {"invalid": "Enter a date, for example 2027-03-31"},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [("", "Choose one"), *Credential.Kind.choices]

    def clean_country(self) -> str:
        code = str(self.cleaned_data["country"]).upper()
        if len(code) != 2 or not code.isascii() or not code.isalpha():
            raise forms.ValidationError("Enter two letters, for example GB")
        return code
