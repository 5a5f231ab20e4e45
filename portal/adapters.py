"""How signing in fits this house: whose words, whose messages, which way on."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.factors.services import note_proof
from accounts.models import User
from accounts.sessions.queries import known_device_id
from accounts.users.queries import landing_path
from accounts.users.services import join_user
from foundation.addresses import client_address, network_of
from notifications.channels import sms
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.models import Channel
from notifications.preferences.queries import Recipient, recipient_for_user
from portal.limits.services import wait_for_code
from portal.limits.views import too_often
from portal.settings.sign_in import OPENID

# allauth's mails → our events.
MAILS = {
    "login_code": "account_code",
    "email_confirmation": "account_verify",
    "email_confirmation_signup": "account_verify",
    "password_reset_code": "account_reset",
    "unknown_account": "account_unknown",
    "account_already_exists": "account_exists",
    "password_reset": "account_password_changed",
    "password_changed": "account_password_changed",
    "password_set": "account_password_changed",
    "email_changed": "account_email_changed",
    "email_deleted": "account_email_changed",
    "account_connected": "account_sign_in_changed",
    "account_disconnected": "account_sign_in_changed",
}
# What the mails about accounts elsewhere say.
LINKS = {
    "account_connected": "An account elsewhere was linked",
    "account_disconnected": "An account elsewhere was unlinked",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail and code. Its messages go out through `notifications`."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. Call us and we will help.",
        "duplicate_email": "This is your address already",
        "email_password_mismatch": (
            "E-mail address and password do not go together. Check both, or ask for "
            "a code instead"
        ),
        "enter_current_password": "This is not your password now",
        "incorrect_code": (
            "This is not the code of our newest e-mail. Check it and try again"
        ),
        "incorrect_password": "This is not your password",
        "email_taken": "This address can't be used. Sign in, or use another",
        "too_many_login_attempts": "Too many tries. Wait a few minutes, then try again",
        "rate_limited": "Too many tries. Wait a minute, then try again",
        "same_as_current": "This is your address already",
    }

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Hand one of allauth's mails to our own channel, in our own words.

        Raises KeyError for a mail that has no event here.
        """
        mail = template_prefix.rpartition("/")[2]
        event = MAILS[mail]
        # Asked for strangers too, so that both take as long.
        user = User.objects.filter(email__iexact=email).first()
        at = timezone.now()
        is_code = "code" in context
        minutes = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
        notify(
            event=event,
            kind=Kind.CODE if is_code else Kind.URGENT,
            recipient=Recipient(
                name=user.get_full_name() if user else "",
                email=email,
                time_zone=user.time_zone if user else "",
                user=user,
            ),
            context={
                "code": context.get("code", ""),
                "minutes": minutes,
                "to_email": context.get("to_email", ""),
                "at": at,
                "what": LINKS.get(mail, ""),
                "security_url": _absolute("factors:security"),
                "sign_in_url": _absolute("account_login"),
                "sign_up_url": _absolute("account_signup"),
                "reset_url": _absolute("account_reset_password"),
            },
            at=at,
            dedupe_key=f"account:{uuid.uuid4()}",
            channels=[Channel.EMAIL],
            expires_at=at + timedelta(minutes=minutes) if is_code else None,
        )

    def sends_texts(self) -> bool:
        """Whether a code by text would arrive, or be kept where a developer reads it.
        The floor of sign-in lies below that of messages, and asks through here."""
        return sms.is_configured() or settings.DEV_OUTBOX

    def send_factor_code(
        self, *, user: User, code: str, ends_at: datetime, number: str = ""
    ) -> None:
        """Send the code of a second step: as a text to `number`, else by e-mail."""
        at = timezone.now()
        notify(
            event="account_factor_code",
            kind=Kind.CODE,
            recipient=recipient_for_user(user, phone=number),
            context={
                "code": code,
                "minutes": round((ends_at - at).total_seconds() / 60),
            },
            at=at,
            dedupe_key=f"account:{uuid.uuid4()}",
            channels=[Channel.SMS if number else Channel.EMAIL],
            expires_at=ends_at,
        )

    def wait_for_code(
        self, request: HttpRequest, *, kind: str, subject: str, known_to: str = ""
    ) -> int:
        """Count a request for a code (`portal.limits.services.wait_for_code`); 0 where
        it may be sent, else the seconds to wait.

        Who is signed in is counted by session, whatever the kind: whoever sits in a
        stolen one uses up nothing that its owner needs for signing in. Of visitors the
        browsers are told apart in which the owner of the address `known_to` signed in.
        """
        if request.user.is_authenticated and known_to:
            browser = f"session {request.session.session_key}"
        else:
            browser = _known_browser(request, known_to)
        return wait_for_code(
            kind=kind,
            subject=subject,
            browser=browser,
            network=network_of(client_address(request)),
            at=timezone.now(),
        )

    def too_often(self, request: HttpRequest, wait: int) -> HttpResponse:
        """The page that says for how many seconds to wait, with what was typed."""
        return too_often(request, wait=wait)

    def get_login_stages(self) -> list[str]:
        """After the address is proved comes the second factor."""
        stages: list[str] = super().get_login_stages()
        return [*stages, "accounts.factors.views.stage.FactorStage"]

    def pre_login(
        self, request: HttpRequest, user: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Whoever typed the code we sent to their address has proved it, also when an
        administrator made the account and it was never verified."""
        records = get_authentication_records(request, user)
        proved = records[-1].get("email") if records else None
        if records and records[-1]["method"] == "code" and proved:
            _mark_verified(user, proved)
        return super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Start the session; the first one makes a patient of a newcomer."""
        super().login(request, user)
        join_user(user=user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The code that proves the address of whoever signs up is how they sign in, as
        any other code by e-mail is: they are not asked for another at once."""
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed and not request.user.is_authenticated:
            record_authentication(
                request, email_address.user, method="code", email=email_address.email
            )
        return confirmed

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return landing_path(request.user)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")

    def is_safe_url(self, url: str | None) -> bool:
        """Only addresses of this very site: `next` must not lead elsewhere."""
        return url_has_allowed_host_and_scheme(
            url, {self.request.get_host()}, require_https=self.request.is_secure()
        )

    def _get_login_attempts_cache_key(
        self, request: HttpRequest, **credentials: Any
    ) -> str:
        """By account alone: another Host header must not give new attempts.

        A browser in which its owner signed in before is counted by itself: whoever
        guesses elsewhere, from however many addresses, does not keep the owner out.
        """
        email = str(credentials.get("email", "")).lower()
        browser = _known_browser(request, email)
        return f"{email}:{browser}" if browser else email


class SocialAdapter(DefaultSocialAccountAdapter):
    """Sign-in through Google, Facebook or the clinic's own provider."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "connected_other": "That account is linked to another account here.",
    }

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Take the provider's word for a second factor, where the clinic has said so:
        only that of its own provider, in a signed id token."""
        trusted = set(settings.OIDC_TRUSTED_AMR)
        claims = sociallogin.account.extra_data.get("id_token") or {}
        if (
            sociallogin.is_existing
            and sociallogin.account.provider == OPENID
            and trusted & set(claims.get("amr") or [])
        ):
            note_proof(
                session=request.session,
                user=sociallogin.user,
                method="provider",
                at=timezone.now(),
            )


def _known_browser(request: HttpRequest, email: str) -> str:
    """What stands for a browser in which the owner of `email` signed in before; "" for
    every other."""
    token = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    return str(known_device_id(email, token) or "")


def _absolute(name: str) -> str:
    return f"{settings.SITE_URL}{reverse(name)}"


def _mark_verified(user: User, email: str) -> None:
    if user.email.lower() != email.lower():
        return
    address, _ = EmailAddress.objects.get_or_create(
        user=user,
        email=user.email.lower(),
        defaults={"primary": True, "verified": True},
    )
    if not address.verified:
        address.verified = True
        address.set_as_primary(conditional=True)
        address.save()
