from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import billing.payments.permissions  # noqa: F401
