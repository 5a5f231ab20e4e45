from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        """Register the rules; let a worker's processes leave the traces that its
        watchdog reads, and every sign-in one in the access log; check the doors with
        everything else."""
        from django.core.checks import register

        import portal.dashboards.access.permissions
        import portal.dashboards.access_reports.permissions
        import portal.policy_reports.permissions  # noqa: F401
        from portal.access_log import watch_sessions
        from portal.doors import check_doors
        from portal.watchdog import leave_traces

        leave_traces()
        watch_sessions()
        register(check_doors, "security")
