from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import accounts.patients.permissions
        import accounts.users.permissions  # noqa: F401
