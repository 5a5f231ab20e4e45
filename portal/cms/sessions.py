"""Sessions of the CMS: in a table of their own, under the digest of their key."""

from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError
from django.utils import timezone

from accounts.cms_access.models import CmsSession

# The person, and the last time they did something, in seconds since 1970.
USER, SEEN = "_auth_user_id", "seen"


# Untyped, because what it overrides is private to Django's store.
Store: Any = DatabaseStore


class SessionStore(Store):
    """As Django's, but nothing in its table opens a session."""

    @classmethod
    def get_model_class(cls) -> Any:
        return CmsSession

    def _get_session_from_db(self) -> Any:
        try:
            return self.model.objects.get(
                session_key=_kept(self.session_key), expire_date__gt=timezone.now()
            )
        except self.model.DoesNotExist:
            self._session_key = None
            return None

    def exists(self, session_key: str) -> bool:
        return bool(self.model.objects.filter(session_key=_kept(session_key)).exists())

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        return self.model(
            session_key=_kept(self._get_or_create_session_key()),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=int(data[USER]),
        )

    def save(self, must_create: bool = False) -> None:
        """Save; a session that the site ended meanwhile stays ended.

        Raises UpdateError then, as for every session that is gone, and OperationalError
        when the database is away: the outcome is unknown then, and no fault of the
        editor's.
        """
        if USER not in self._get_session(no_load=must_create):
            raise UpdateError
        try:
            super().save(must_create=must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError):
                raise error.__context__ from error
            raise

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            self.model.objects.filter(session_key=_kept(key)).delete()


def _kept(key: str | None) -> str:
    """What the table holds of a key: 160 bits of its digest, which is what fits."""
    return sha256((key or "").encode()).hexdigest()[:40]
