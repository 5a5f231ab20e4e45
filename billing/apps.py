from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import billing.payments.permissions
        import billing.reconciliation.permissions
        import billing.refunds.permissions
        import billing.settlements.permissions  # noqa: F401
