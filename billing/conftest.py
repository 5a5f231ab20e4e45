"""The payment sandbox, for every test of the money."""

from collections.abc import Iterator

import pytest

from tests.factories.payment_sandbox import RunningSandbox


@pytest.fixture(scope="session")
def _running_sandbox() -> Iterator[RunningSandbox]:
    running = RunningSandbox()
    yield running
    running.stop()


@pytest.fixture
def sandbox(_running_sandbox: RunningSandbox) -> RunningSandbox:
    """A real sandbox that has forgotten everything, and sends webhooks to nobody."""
    _running_sandbox.ask("reset")
    return _running_sandbox
