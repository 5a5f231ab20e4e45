"""What a database holds: asked when it is packed, and again when it was restored."""

import platform
from typing import Any

import django
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Sum
from psycopg import sql

from audit.seals.queries import current_head
from billing.models import Payment, Refund
from foundation.encryption.keyring import Unopened, keyring
from portal.backups import BackupRefused
from portal.backups.database import NOT_KEPT

PROBE = b"medconsult backup probe"

TABLES = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
   AND NOT relispartition
 ORDER BY relname
"""
# What extensions brought does not count: an administrator may have made them before.
ANYTHING = """
SELECT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                          AND d.deptype = 'e'))
"""


def facts() -> dict[str, Any]:
    """What a restored database must hold again, as JSON takes it."""
    head = current_head()
    return {
        "tables": counts(),
        "money": money(),
        "head": {"position": head.position, "hash": head.hash} if head else None,
        "migrations": applied(),
    }


def surroundings() -> dict[str, Any]:
    """With what it was made, and which keys it takes to read it: ids, no keys."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (server,) = cursor.fetchone()
    return {
        "versions": {
            "postgresql": server,
            "django": django.get_version(),
            "python": platform.python_version(),
        },
        "keys": list(keyring().ids),
        "probe": keyring().seal(PROBE, PROBE),
    }


def counts() -> dict[str, int]:
    """Rows of every table that is kept; partitions count with their parent."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (name,) in cursor.fetchall():
            if name not in NOT_KEPT:
                table = sql.Identifier(name)
                cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(table))
                found[name] = cursor.fetchone()[0]
    return found


def money() -> dict[str, str]:
    """What was asked, taken and sent back: by currency and status, exact."""
    payments = Payment.objects.values("currency", "status").order_by()
    refunds = Refund.objects.values("payment__currency", "status").order_by()
    sums = {
        f"payments {row['currency']} {row['status']}": (
            f"{row['rows']} of {row['asked']}, received {row['taken'] or 0}"
        )
        for row in payments.annotate(
            rows=Count("pk"), asked=Sum("amount"), taken=Sum("received")
        )
    }
    sums |= {
        f"refunds {row['payment__currency']} {row['status']}": (
            f"{row['rows']} of {row['back']}"
        )
        for row in refunds.annotate(rows=Count("pk"), back=Sum("amount"))
    }
    return dict(sorted(sums.items()))


def applied() -> list[str]:
    done = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in done)


def is_empty() -> bool:
    """Whether the database holds no table, view or sequence of anybody's."""
    with connection.cursor() as cursor:
        cursor.execute(ANYTHING)
        return not cursor.fetchone()[0]


def refuse_other_version(manifest: dict[str, Any]) -> None:
    """Raises BackupRefused unless this program has the tables of the backup."""
    loader = MigrationLoader(None)
    ours = {f"{app}.{name}" for app, name in loader.disk_migrations}
    theirs = set(manifest["migrations"])
    if theirs - ours:
        raise BackupRefused(
            "This backup was made by a newer version. Restore it with that version."
        )
    if ours - theirs:
        raise BackupRefused(
            "This backup was made by an older version. Restore it with that version, "
            "then bring it up to date with `manage.py migrate`."
        )


def refuse_other_keys(manifest: dict[str, Any]) -> None:
    """Raises BackupRefused unless our keys open what the backup's clinic sealed."""
    missing = sorted(set(manifest["keys"]) - set(keyring().ids))
    if missing:
        raise BackupRefused(
            f"ENCRYPTION_KEYS lacks {', '.join(missing)}, with which records in this "
            "backup are sealed. Put back the keys that were kept apart from it."
        )
    try:
        keyring().open(manifest["probe"], PROBE)
    except Unopened as error:
        raise BackupRefused(
            "ENCRYPTION_KEYS holds other keys under the same names: they do not open "
            "the records in this backup."
        ) from error
