from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Register the rules of every topic."""
        from allauth.account.signals import email_changed

        import accounts.emergency_access.permissions
        import accounts.patients.permissions
        import accounts.users.permissions  # noqa: F401

        email_changed.connect(_follow, dispatch_uid="accounts.follow_email_change")


def _follow(
    user: Any, from_email_address: Any, to_email_address: Any, **_: Any
) -> None:
    """allauth says so by a signal alone; it has no method to override."""
    from accounts.patients.services import follow_email_change

    if from_email_address is not None:
        follow_email_change(
            user=user, old=from_email_address.email, new=to_email_address.email
        )
