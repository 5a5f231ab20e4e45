"""The forms of signing in and of one's password, in this house's words.

The rules are allauth's; here stand labels, hints and what browsers may fill in.
"""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.utils import timezone

from accounts.factors.services import TooManyTries, prove_password
from accounts.factors.views.session import ended_by_guessing
from accounts.sessions.queries import KEEP, absolute_limit, duration_words
from foundation.formats import wait_words

HINT = "A few words you can remember do well. You can paste it."
WAIT = (
    "Too many tries. Wait {}, then ask for another code. If you have a password or a "
    "passkey, it lets you in meanwhile"
)
CODE_HINT = "Eight letters, for example BCDF-GHJK. You can paste them."


def _email(field: forms.Field) -> None:
    field.label = "E-mail address"
    field.widget = forms.EmailInput(
        attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
    )
    field.error_messages |= {
        "required": "Enter your e-mail address",
        "invalid": "Enter an e-mail address, for example maya@example.org",
    }


def _code(field: forms.Field) -> None:
    field.label = "Code from the e-mail"
    field.help_text = CODE_HINT
    field.widget = forms.TextInput(
        attrs={
            "autocomplete": "one-time-code",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": "mc-codebox",
        }
    )
    field.error_messages |= {"required": "Enter the code from the e-mail"}


def _password(
    field: forms.Field, label: str, autocomplete: str, hint: str = ""
) -> None:
    field.label = label
    field.help_text = hint
    field.widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    field.error_messages |= {"required": "Enter a password"}


def _new_passwords(form: forms.Form) -> None:
    _password(form.fields["password1"], "New password", "new-password", HINT)
    _password(form.fields["password2"], "New password again", "new-password")


def _wait_for_code(kind: str, email: str) -> int:
    wait: int = get_adapter().wait_for_code(
        context.request, kind=kind, subject=email.lower(), known_to=email
    )
    return wait


def _refuse_too_many(kind: str, email: str) -> None:
    """Answer with the page that says how long to wait where too many were sent."""
    if wait := _wait_for_code(kind, email):
        raise ImmediateHttpResponse(get_adapter().too_often(context.request, wait))


class _EmptyAllowed(forms.CharField):
    """May stay empty, although no label calls it optional: the button that needs it
    says so."""

    def validate(self, value: Any) -> None:
        """Whether it is missing is up to the form."""


class SignInForm(allauth_forms.LoginForm):
    """E-mail address, and a password for those who have one; else a code is sent."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _email(self.fields["login"])
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"] = _EmptyAllowed(strip=False)
        _password(self.fields["password"], "Password", "current-password")
        longest = duration_words(absolute_limit(is_staff=False))
        self.fields["keep"] = forms.BooleanField(
            required=False,
            label=f"Keep me signed in on this device for {longest}",
            help_text="Only on a device that nobody else uses. Not for staff.",
        )

    def _setup_password_field(self) -> None:
        """Keep it, although nobody signs up with one."""

    def clean_keep(self) -> bool:
        """Remembered until they are signed in, which may take a code first."""
        keep = bool(self.cleaned_data["keep"])
        self.request.session.pop(KEEP, None)
        if keep:
            self.request.session[KEEP] = True
        return keep

    def _clean_without_password(self, email: str | None, phone: str | None) -> Any:
        """A code is sent, unless too many were: the same for every address."""
        wait = _wait_for_code("sign-in", email) if email else 0
        if wait:
            self.add_error("login", WAIT.format(wait_words(wait)))
            return self.cleaned_data
        return super()._clean_without_password(email, phone)

    def clean(self) -> dict[str, Any]:
        if "with_password" in self.data and not self.cleaned_data.get("password"):
            self.add_error("password", "Enter your password, or ask for a code instead")
            return self.cleaned_data
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class SignUpForm(allauth_forms.SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _email(self.fields["email"])
        self.fields["email"].help_text = "We send you a code to check that it is yours."

    def clean_email(self) -> str:
        email: str = super().clean_email()
        _refuse_too_many("sign-up", email)
        return email


class SignInCodeForm(allauth_forms.ConfirmLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self.fields["code"])


class VerificationCodeForm(allauth_forms.ConfirmEmailVerificationCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self.fields["code"])


class ResetCodeForm(allauth_forms.ConfirmPasswordResetCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self.fields["code"])


class ResetForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _email(self.fields["email"])

    def clean_email(self) -> str:
        email: str = super().clean_email()
        _refuse_too_many("reset", email)
        return email


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_passwords(self)


class SetPasswordForm(allauth_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_passwords(self)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _password(self.fields["oldpassword"], "Your password now", "current-password")
        _new_passwords(self)

    def clean_oldpassword(self) -> str:
        """A wrong one counts as a wrong proof of who sits here; a new one that is too
        short counts for nothing."""
        typed, request = str(self.cleaned_data["oldpassword"]), context.request
        try:
            fits = prove_password(
                user=self.user,
                password=typed,
                session_key=request.session.session_key or "",
                at=timezone.now(),
            )
        except TooManyTries as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if fits:
            return typed
        if ended := ended_by_guessing(request):
            raise ImmediateHttpResponse(ended)
        words = get_adapter(request).error_messages["enter_current_password"]
        raise forms.ValidationError(words)


class ChangeEmailForm(allauth_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _email(self.fields["email"])
        self.fields["email"].label = "New e-mail address"
        self.fields["email"].help_text = "We send it a code before anything changes."

    def clean_email(self) -> str:
        """Whoever is signed in here may type anybody's address."""
        email: str = super().clean_email()
        wait = get_adapter().wait_for_code(
            context.request, kind="new address", subject=email.lower()
        )
        if wait:
            raise forms.ValidationError(
                f"We sent this address several codes. Wait {wait_words(wait)}, then "
                "ask for another"
            )
        return email
