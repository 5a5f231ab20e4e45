"""Telling open screens that something changed, in the transaction that changes it.

A signal of PostgreSQL (NOTIFY) goes out with the commit, or not at all, to every
process that holds sockets (portal.sockets). It names a topic and a version and nothing
else: what changed, each screen asks for itself, with the rights of who looks at it.
"""

from django.db import connection

# The layer listens to it by name.
CHANNEL = "live"

_SIGNAL = """
SELECT pg_notify(%s, json_build_object(
  'group', %s::text,
  'message', json_build_object('type', 'live.changed',
                               'version', pg_current_xact_id()::text))::text)
"""


def announce(topic: str) -> None:
    """Tell whoever watches `topic` (letters, digits, dots) that it changed.

    The version is the number of the transaction: a screen that has heard of it once
    need not ask again. Several announcements of one topic in a transaction are one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SIGNAL, [CHANNEL, topic])
