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

        import accounts.factors.permissions
        import accounts.patients.permissions
        import accounts.recovery.permissions
        import accounts.users.permissions  # noqa: F401

        email_changed.connect(_follow, dispatch_uid="accounts.follow_email_change")
        for signal in (password_changed, password_reset, password_set):
            signal.connect(_forget, dispatch_uid="accounts.forget_devices")


def _follow(
    user: Any, from_email_address: Any, to_email_address: Any, **_: Any
) -> None:
    """allauth says so by a signal alone; it has no method to override."""
    from accounts.patients.services import follow_email_change

    if from_email_address is not None:
        follow_email_change(
            user=user, old=from_email_address.email, new=to_email_address.email
        )


def _forget(user: Any, **_: Any) -> None:
    """With a new password every remembered device is asked for the factor again."""
    from accounts.factors.services import forget_all_devices

    forget_all_devices(user=user)
