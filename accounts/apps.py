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
        from django.contrib.auth.signals import user_logged_out

        import accounts.patients.permissions
        import accounts.users.permissions  # noqa: F401

        email_changed.connect(_follow, dispatch_uid="accounts.follow_email_change")
        for ended in (password_changed, password_reset, password_set, user_logged_out):
            ended.connect(_leave_cms, dispatch_uid="accounts.leave_cms")


def _follow(
    user: Any, from_email_address: Any, to_email_address: Any, **_: Any
) -> None:
    """allauth says so by a signal alone; it has no method to override."""
    from accounts.patients.services import follow_email_change

    if from_email_address is not None:
        follow_email_change(
            user=user, old=from_email_address.email, new=to_email_address.email
        )


def _leave_cms(user: Any, **_: Any) -> None:
    """Whoever signs out here, or has a new password, is in the CMS no more."""
    from accounts.cms_access.services import end_cms_sessions

    if user is not None:
        end_cms_sessions(user=user)
