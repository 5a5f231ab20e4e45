from typing import Any

from django.apps import AppConfig
from django.conf import settings


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        """Register the rules; let a worker's processes leave the traces that its
        watchdog reads, jobs outlive a change of the key that signs them, and every
        sign-in leave one in the access log; name what runs in the logs, and report
        failures where that is configured; check the doors with everything else, and
        with the database what it logs; keep the CMS's views out of the way of
        migrations."""
        from django.core.checks import register
        from django.db.models.signals import pre_migrate

        import portal.breaches.permissions
        import portal.dashboards.access.permissions
        import portal.dashboards.access_reports.permissions
        import portal.erasures.permissions
        import portal.exports.permissions
        import portal.legal_holds.permissions
        import portal.merges.permissions
        import portal.policy_reports.permissions  # noqa: F401
        from portal import request_log
        from portal.access_log import watch_sessions
        from portal.database_logs import check_database_logs
        from portal.doors import check_doors
        from portal.job_queue import read_with_every_key
        from portal.watchdog import leave_traces

        leave_traces()
        read_with_every_key()
        watch_sessions()
        request_log.watch()
        register(check_doors, "security")
        register(check_database_logs, "database")
        pre_migrate.connect(_lift_views, sender=self, dispatch_uid="portal.lift_views")
        if settings.SENTRY_DSN:
            from portal import error_reports

            error_reports.start(
                dsn=settings.SENTRY_DSN,
                environment=settings.SENTRY_ENVIRONMENT,
                program=settings.PROGRAM,
            )


def _lift_views(using: str, plan: Any = (), **_: Any) -> None:
    """PostgreSQL changes no column that a view shows. The views of people come back
    with `grant_roles`; until then the CMS answers with errors."""
    from django.db import connections

    if any(migration.app_label == "accounts" for migration, _ in plan or ()):
        with connections[using].cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS cms CASCADE")
