"""How signing in fits this house."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail and code. Its messages go out through `notifications`."""
