"""Sessions in the database that do not blame the visitor for our outages."""

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError


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

    @classmethod
    def get_model_class(cls) -> Any:
        """The table is Django's own."""
        return DatabaseStore.get_model_class()
