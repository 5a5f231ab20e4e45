from typing import Any

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        """Let the worker leave the traces that its watchdog reads, check the doors with
        everything else, and keep the CMS's views out of the way of migrations."""
        from django.core.checks import register
        from django.db.models.signals import pre_migrate

        from portal.doors import check_doors
        from portal.watchdog import leave_traces

        leave_traces()
        register(check_doors, "security")
        pre_migrate.connect(_lift_views, sender=self, dispatch_uid="portal.lift_views")


def _lift_views(using: str, plan: Any = (), **_: Any) -> None:
    """PostgreSQL changes no column that a view shows. The views of people come back
    with `grant_roles`; until then the CMS answers with errors."""
    from django.db import connections

    if any(migration.app_label == "accounts" for migration, _ in plan or ()):
        with connections[using].cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS cms CASCADE")
