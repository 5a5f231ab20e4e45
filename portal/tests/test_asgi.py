"""What the program of the sockets says to whoever asks it for pages."""

import pytest
from asgiref.testing import ApplicationCommunicator
from django.utils.module_loading import import_string

from portal.promises import PLAIN
from tests.asyncs import in_own_thread


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/portal/", 404)])
def test_it_has_no_pages_and_keeps_every_promise(path, status, monkeypatch):
    # The program says which it is when it is loaded; tests are none.
    monkeypatch.setenv("PROGRAM", "")
    application = import_string("portal.asgi.application")

    async def ask():
        scope = {"type": "http", "path": path, "method": "GET", "headers": []}
        visitor = ApplicationCommunicator(application, scope)
        return await visitor.receive_output(timeout=5)

    start = in_own_thread(ask)
    assert start["status"] == status
    said = {name.decode(): value.decode() for name, value in start["headers"]}
    assert said == {name.lower(): value for name, value in PLAIN.items()}
