from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import audit.entries.permissions  # noqa: F401
