from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import notifications.deliveries.permissions  # noqa: F401
