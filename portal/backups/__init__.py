"""Backups: the whole clinic in one sealed file, and back out of it.

- archive: the file, its head, its members, its manifest
- database: pg_dump and pg_restore
- files: what lies in the storages
- facts: what a database holds, for the manifest and for the check afterwards
- making, restoring: the two acts
- checking: whether what was restored is what was packed, and opens
"""

from foundation.errors import Refused


class BackupRefused(Refused):
    """A backup can't be made or restored; the sentence says why and what to do."""
