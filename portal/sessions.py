"""The session store: rows of `accounts.sessions`, whose limits no request can skip.

A session that is over is not there for anybody, whatever asks: the limits are checked
where it is loaded. docs/decisions/0013-sessions.md.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.sessions.models import Session
from accounts.sessions.queries import (
    SIGNED_IN,
    USER_ID,
    absolute_limit,
    ends_at,
    hash_key,
    why_over,
)
from accounts.sessions.services import note_activity
from foundation.encryption.fields import place
from foundation.encryption.keyring import Unopened, keyring
from foundation.sql import columns, fetch, take_row

# What is in a session once somebody proved who they are. When it changes, by a factor
# or by proving it again, the session gets a new key.
PROOFS = ("account_authentication_methods", "factor")
_TABLE = Session._meta.db_table
# With every request: kept prepared.
_LOAD = f"""
SELECT {columns(Session, "s")} FROM accounts_session s WHERE s.key_hash = %(key)s
"""  # noqa: S608 names of columns  # nosec B608


class SessionStore(SessionBase):
    """Sessions in the database, by the hash of their key.

    `ended_because` and `ended_user_id` say, after loading, why the session of this key
    is over and whose it was.
    """

    ended_because = ""
    ended_user_id: int | None = None
    leaves_cookie = False
    _row: Session | None = None
    _session_cache: dict[str, Any]
    _proofs: Any = None

    def load(self) -> dict[str, Any]:
        """The data; nothing where the key is unknown or the session is over."""
        rows = fetch(_LOAD, {"key": hash_key(self.session_key or "")})
        row = take_row(Session, iter(rows[0])) if rows else None
        reason = "" if row is None else why_over(row, at=timezone.now())
        if row is None or reason:
            self._session_key = None
            if row is not None and row.user_id is not None:
                self.ended_because, self.ended_user_id = reason, row.user_id
            return {}
        try:
            text = opened(row.session_data, row.key_hash)
        except Unopened:
            # Of before data was sealed, or of a key that has been retired since.
            self._session_key = None
            return {}
        self._row = row
        data: dict[str, Any] = self.decode(text)
        self._proofs = _proofs(data)
        return data

    def encode(self, session_dict: dict[str, Any]) -> str:
        """As JSON: what `sealed` makes of it proves that it is ours, so it need not be
        signed as well."""
        text: str = self.serializer().dumps(session_dict).decode("latin-1")
        return text

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        text = str(session_data)
        if not text.startswith("{"):
            # Signed: written by an earlier version.
            signed: dict[str, Any] = super().decode(text)
            return signed
        data: dict[str, Any] = self.serializer().loads(text.encode("latin-1"))
        return data

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key_hash=hash_key(session_key)).exists()

    def create(self) -> None:
        """A new row under a new key."""
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the data. Raises UpdateError where the session was ended meanwhile, and
        OperationalError when the database is away: the outcome is unknown then, and no
        fault of the visitor's."""
        if self.session_key is None:
            return self.create()
        data = self._data(no_load=must_create)
        if not must_create and self._proofs is not None and data.get(USER_ID):
            before, self._proofs = self._proofs, _proofs(data)
            if before != self._proofs:
                return self._move()
        digest = hash_key(self.session_key)
        fields = {"session_data": sealed(self.encode(data), digest), **_columns(data)}
        if not must_create:
            rows = Session.objects.filter(key_hash=digest, ended_because="")
            if not rows.update(**fields):
                raise UpdateError
            return None
        started = fields["started_at"]
        # A new key for the same session is something that its user just did.
        seen = timezone.now() if started else None
        try:
            with transaction.atomic():
                self._row = Session.objects.create(
                    key_hash=digest, seen_at=seen, **fields
                )
        except IntegrityError as error:
            raise CreateError from error
        self._proofs = _proofs(data)
        return None

    def _data(self, *, no_load: bool = False) -> dict[str, Any]:
        data: dict[str, Any] = self._get_session(no_load=no_load)  # type: ignore[attr-defined]
        return data

    def _move(self) -> None:
        """The same session under a new key; the old one opens nothing any more."""
        old = self.session_key
        if not self.exists(old or ""):
            raise UpdateError
        self.create()
        self.delete(old)

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(key_hash=hash_key(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Django's command `clearsessions`; ours is a recurring job."""
        Session.objects.filter(expires_at__lt=timezone.now()).delete()

    def is_empty(self) -> bool:
        """The middleware takes the cookie of an empty session away."""
        return not self.leaves_cookie and super().is_empty()

    def get_expire_at_browser_close(self) -> bool:
        """Who is signed in without having chosen to stay so is forgotten by the browser
        when it closes, too."""
        signed_in = self.get(SIGNED_IN)
        return signed_in is not None and not signed_in["is_kept"]

    def get_expiry_age(self, **kwargs: Any) -> int:
        """How many seconds the browser keeps the cookie."""
        expires: datetime = _columns(self._data())["expires_at"]
        return max(int((expires - timezone.now()).total_seconds()), 0)

    def end_here(self, because: str) -> None:
        """It was ended while its own request ran: what follows is a visitor's. The row
        stays as it is."""
        self.ended_because = because
        self.ended_user_id = self._row.user_id if self._row is not None else None
        self._session_key, self._session_cache = None, {}
        self._row = self._proofs = None
        self.modified = False

    def note_activity(self, *, at: datetime) -> None:
        """The user of this session did something."""
        if self._row is not None and self._row.user_id is not None:
            note_activity(self._row, at=at)

    def ends_at(self) -> datetime | None:
        """When it ends if nobody does anything any more; None for visitors."""
        row = self._row
        return ends_at(row) if row is not None and row.user_id is not None else None


def sealed(text: str, key_hash: str) -> str:
    """What the row of `key_hash` holds. Forms that wait for their user and secrets that
    are being set up lie in a session: its data is not for whoever reads the table."""
    return keyring().seal(text.encode(), place(_TABLE, "session_data", key_hash))


def opened(text: str, key_hash: str) -> str:
    """What was sealed for that row. Raises Unopened."""
    context = place(_TABLE, "session_data", key_hash)
    return keyring().open(text, context).decode()


def _proofs(data: dict[str, Any]) -> Any:
    return [data.get(USER_ID), *(data.get(name) for name in PROOFS)]


def _columns(data: dict[str, Any]) -> dict[str, Any]:
    """What the row says beside the data, worked out from it, so that both agree."""
    user_id = data.get(USER_ID)
    if user_id is None:
        later = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return {"user_id": None, "started_at": None, "expires_at": later}
    signed_in = data.get(SIGNED_IN) or {}
    if str(signed_in.get("user")) != str(user_id):
        # In the middle of signing in. Until it is noted who does, the strictest holds.
        signed_in = {"at": timezone.now().timestamp(), "is_staff": True}
    started = datetime.fromtimestamp(signed_in["at"], tz=UTC)
    return {
        "user_id": int(user_id),
        "device_id": signed_in.get("device"),
        "started_at": started,
        "is_staff": signed_in["is_staff"],
        "is_kept": signed_in.get("is_kept", False),
        "address": signed_in.get("address"),
        "user_agent": signed_in.get("user_agent", ""),
        "expires_at": started + absolute_limit(is_staff=signed_in["is_staff"]),
    }
