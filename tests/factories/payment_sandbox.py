"""A payment sandbox of one's own, on a free loopback port, for tests."""

import socket
import threading
from typing import Any

import requests

from billing.gateways.sandbox.engine import Config
from billing.gateways.sandbox.server import Server
from billing.gateways.stripe.client import StripeGateway

KEY = "sk_test_sandbox"
SECRET = "whsec_sandbox"
GOOD_CARD = "4242424242424242"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningSandbox:
    """The real server in a thread, with shorthand for what tests ask of it."""

    def __init__(self, **config: Any) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        values = {
            "public_url": self.url,
            "secret_key": KEY,
            "webhook_secrets": (SECRET,),
            "merchant": "Larkfield Clinic",
            "retry_base": 0.05,
            "late_seconds": 2.0,
        }
        self.server = Server(Config(**values | config), host="127.0.0.1", port=port)
        self._thread = threading.Thread(target=self.server.serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.server.close()
        self._thread.join(timeout=5)

    def gateway(self, **changes: Any) -> StripeGateway:
        values = {
            "secret_key": KEY,
            "webhook_secrets": [SECRET],
            "api_base": self.url,
            "timeout": (2.0, 5.0),
            "retries": 0,
        }
        return StripeGateway(**values | changes)

    def ask(self, control: str, **params: Any) -> dict[str, Any]:
        """POST to a control; raises AssertionError when it is refused."""
        answer = requests.post(
            f"{self.url}/sandbox/{control}",
            json=params,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def pay(
        self, session_id: str, card: str = GOOD_CARD, **more: Any
    ) -> dict[str, Any]:
        """What a payer does on the hosted page, without the page."""
        return self.ask("pay", session=session_id, card=card, **more)

    def type_card(self, url: str, card: str = GOOD_CARD) -> requests.Response:
        """Send the hosted page's form, as a browser without JavaScript does."""
        fields = {"number": card, "expiry": "12/34", "cvc": "123"}
        return requests.post(url, data=fields, timeout=10, allow_redirects=False)
