from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        """Let a worker's processes leave the traces that its watchdog reads."""
        from portal.watchdog import leave_traces

        leave_traces()
