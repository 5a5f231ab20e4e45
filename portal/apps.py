from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        """Register the rules; let a worker's processes leave the traces that its
        watchdog reads; check the doors with everything else."""
        from django.core.checks import register

        import portal.policy_reports.permissions  # noqa: F401
        from portal.doors import check_doors
        from portal.watchdog import leave_traces

        leave_traces()
        register(check_doors, "security")
