from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        """Register the rules of every topic."""
        from anymail.signals import tracking

        import notifications.deliveries.permissions  # noqa: F401
        from notifications.dispatch.views import mail_report

        # Anymail has no other way to hand on what a provider reports.
        tracking.connect(mail_report, dispatch_uid="notifications.mail_report")
