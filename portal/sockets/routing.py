"""The addresses of sockets, each with its door. Deny by default: a process with a
socket that has none does not start."""

from typing import Any

from channels.routing import URLRouter
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, path

from foundation import doors
from foundation.doors import Door
from portal.sockets import passes
from portal.sockets.consumers import Socket


class Queue(Socket):
    door = doors.permitted("accounts.work_in_care", "appointments", "hear of the queue")
    admit = staticmethod(passes.to_queue)


class Visit(Socket):
    door = doors.signed_in("appointments", "hear of own turn")
    admit = staticmethod(passes.to_visit)


class Turn(Socket):
    door = doors.everybody("appointments", "hear of turn by signed link")
    admit = staticmethod(passes.to_turn)


class Screen(Socket):
    door = doors.everybody("displays", "hear by signed address")
    admit = staticmethod(passes.to_screen)


def route(address: str, consumer: type[Socket]) -> URLPattern:
    """An address of a socket. Raises ImproperlyConfigured where it has no door."""
    if not isinstance(getattr(consumer, "door", None), Door):
        raise ImproperlyConfigured(f"No door: {address} ({consumer.__name__})")
    handler: Any = consumer.as_asgi()
    return path(address, handler)


websocket_urlpatterns = [
    route("live/queue/", Queue),
    route("live/visit/<uuid:public_id>/", Visit),
    route("live/turn/<str:signed>/", Turn),
    route("live/screen/<str:key>/", Screen),
]
sockets = URLRouter(websocket_urlpatterns)
