from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Register the rules of every topic."""
        from allauth.account.signals import (
            email_changed,
            password_changed,
            password_reset,
            password_set,
        )
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        import accounts.applications.permissions
        import accounts.consents.permissions
        import accounts.emergency_access.permissions
        import accounts.factors.permissions
        import accounts.machine_keys.permissions
        import accounts.patients.permissions
        import accounts.proxies.permissions
        import accounts.recovery.permissions
        import accounts.restrictions.permissions
        import accounts.tokens.permissions
        import accounts.users.permissions  # noqa: F401

        email_changed.connect(_follow, dispatch_uid="accounts.follow_email_change")
        email_changed.connect(_stop, dispatch_uid="accounts.stop_resets")
        user_logged_in.connect(_begin, dispatch_uid="accounts.begin_session")
        user_logged_out.connect(_leave_cms, dispatch_uid="accounts.leave_cms")
        for signal in (password_changed, password_reset, password_set):
            signal.connect(_end_others, dispatch_uid="accounts.end_other_sessions")
            signal.connect(_forget, dispatch_uid="accounts.forget_devices")
        password_reset.connect(_rest, dispatch_uid="accounts.rest_email_codes")


def _follow(
    user: Any, from_email_address: Any, to_email_address: Any, **_: Any
) -> None:
    """allauth says so by a signal alone; it has no method to override."""
    from accounts.patients.services import follow_email_change

    if from_email_address is not None:
        follow_email_change(
            user=user, old=from_email_address.email, new=to_email_address.email
        )


def _stop(user: Any, **_: Any) -> None:
    """Links to the old address are void, too."""
    from django.utils import timezone

    from accounts.recovery.services import stop_resets_of

    stop_resets_of(user=user, at=timezone.now())


def _begin(request: Any, user: Any, **_: Any) -> None:
    """Whatever signs somebody in, Django says so here."""
    from django.conf import settings
    from django.utils import timezone

    from accounts.sessions.services import Origin, begin_session
    from foundation.addresses import client_address

    request.device_token = begin_session(
        request.session,
        user=user,
        origin=Origin(
            address=client_address(request),
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
            device_token=request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""),
        ),
        at=timezone.now(),
    )


def _end_others(request: Any, user: Any, **_: Any) -> None:
    """A new password ends whatever the old one opened, except where it was typed."""
    from accounts.sessions.models import Ended
    from accounts.sessions.services import end_sessions

    end_sessions(
        user=user,
        because=Ended.CREDENTIALS,
        actor=user,
        except_key=request.session.session_key if request else None,
    )


def _leave_cms(user: Any, **_: Any) -> None:
    """Whoever signs out here is in the CMS no more."""
    from accounts.cms_access.services import end_cms_sessions

    if user is not None:
        end_cms_sessions(user=user)


def _forget(user: Any, **_: Any) -> None:
    """With a new password every remembered device is asked for the factor again, and
    whoever guessed codes behind the old one has lost their place."""
    from django.utils import timezone

    from accounts.factors.services import forget_all_devices, give_new_tries

    forget_all_devices(user=user)
    give_new_tries(user=user, at=timezone.now())


def _rest(user: Any, **_: Any) -> None:
    """Whoever read the mailbox has just set the password: the two are one step now."""
    from django.utils import timezone

    from accounts.factors.services import rest_email_codes
    from accounts.recovery.queries import WAIT

    rest_email_codes(user=user, until=timezone.now() + WAIT)
