"""Forms around second factors."""

from typing import Any

from django import forms
from django.conf import settings

from foundation.phones import PhoneField

CODE = "Code"
_CODE_ATTRS = {
    "autocomplete": "one-time-code",
    "autocapitalize": "none",
    "spellcheck": "false",
    "class": "mc-codebox",
}


class FactorForm(forms.Form):
    """A code of the app, or a backup code. May be pasted, with or without spaces."""

    code = forms.CharField(
        label="Code from your app, or a backup code",
        help_text="Six digits that your app shows now, for example 123 456.",
        max_length=40,
        widget=forms.TextInput(attrs=_CODE_ATTRS),
        error_messages={"required": "Enter the code"},
    )
    remember = forms.BooleanField(
        label="Don't ask again on this device for 30 days",
        help_text="Only on a device that is yours alone.",
        required=False,
    )

    # Whether codes have to wait in every browser that its user does not know.
    is_paused_elsewhere = False

    def say_message(self) -> None:
        """Word it for whoever may have the code from a message."""
        _say_message(self.fields["code"])


class SentCodeForm(forms.Form):
    """The code that has just been sent to where codes shall go."""

    code = forms.CharField(
        label="Code that we sent",
        help_text="Six digits, for example 123 456.",
        max_length=12,
        widget=forms.TextInput(attrs=_CODE_ATTRS | {"inputmode": "numeric"}),
        error_messages={"required": "Enter the code that we sent"},
    )


class NumberForm(forms.Form):
    number = PhoneField(
        region=settings.PHONE_REGION,
        label="Mobile phone number",
        help_text="We text a code to it, now and when you sign in.",
        error_messages={"required": "Enter your mobile phone number"},
    )


def _say_message(field: forms.Field) -> None:
    """For whoever may have the code from our e-mail or text."""
    field.label = "Code"
    field.help_text = (
        "Six digits from our message or your app, for example 123 456. A backup code "
        "works too."
    )


class AppForm(forms.Form):
    """The first code of an app that has just read the secret."""

    name = forms.CharField(
        label="Name of the device",
        help_text="So that you know it later, for example My phone.",
        max_length=64,
        initial="My phone",
        error_messages={"required": "Give the device a name"},
    )
    code = forms.CharField(
        label="Code that the app shows",
        help_text="Six digits, for example 123 456.",
        max_length=12,
        widget=forms.TextInput(attrs=_CODE_ATTRS | {"inputmode": "numeric"}),
        error_messages={"required": "Enter the code that the app shows"},
    )


class PasskeyNameForm(forms.Form):
    name = forms.CharField(
        label="Name of the passkey",
        help_text="So that you know it later, for example Work laptop.",
        max_length=64,
        error_messages={"required": "Give the passkey a name"},
    )


class ProofForm(forms.Form):
    """Proves once more who sits here, in the middle of an act.

    `kind` is "factor", "password" or "email"; the field's name begins with "step_up",
    which no other form of the house uses.
    """

    step_up_code = forms.CharField(max_length=1000, strip=False)

    def __init__(
        self,
        *args: Any,
        kind: str,
        by_message: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        field = self.fields["step_up_code"]
        if kind == "password":
            field.label = "Your password"
            field.widget = forms.PasswordInput(
                attrs={"autocomplete": "current-password"}
            )
            field.error_messages["required"] = "Enter your password"
            return
        field.label = "Code from the e-mail"
        field.help_text = "Eight letters, for example BCDF-GHJK. You can paste them."
        if kind == "factor":
            field.label = "Code from your app, or a backup code"
            field.help_text = "Six digits that your app shows now, for example 123 456."
        if by_message:
            _say_message(field)
        field.widget = forms.TextInput(attrs=_CODE_ATTRS)
        field.error_messages["required"] = "Enter the code"
