"""Sessions in the database that do not blame the visitor for our outages."""

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError
from django.utils import timezone

from foundation.sql import fetch

_LOAD = """
SELECT session_data FROM django_session
 WHERE session_key = %(key)s AND expire_date > %(now)s
"""


class SessionStore(DatabaseStore):
    """Django's store answers 400 when the database drops out while saving, although
    the view may have committed. The outcome is unknown then, so it must be a 5xx."""

    def save(self, must_create: bool = False) -> None:
        """Save as Django does. Raises OperationalError when the database is away."""
        try:
            super().save(must_create=must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError):
                raise error.__context__ from error
            raise

    def load(self) -> dict[str, Any]:
        """What the session holds, as Django loads it, by a statement that stays
        planned: nearly every request begins with it."""
        key = self.session_key or ""
        # What a browser made up itself is asked for by nobody.
        is_key = key.isascii() and key.isalnum()
        rows = fetch(_LOAD, {"key": key, "now": timezone.now()}) if is_key else []
        if not rows:
            self._session_key = None
            return {}
        return self.decode(rows[0][0])

    @classmethod
    def get_model_class(cls) -> Any:
        """The table is Django's own."""
        return DatabaseStore.get_model_class()
