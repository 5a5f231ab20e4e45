"""Webhooks: signed, in no particular order, repeated until somebody says 2xx."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from billing.gateways.sandbox.store import Delivery, Store
from billing.gateways.sandbox.wire import Object, shown

# Waits double from the base up to this, for as many tries as the last number says.
# The provider itself goes on for three days; nobody waits for that here.
MAX_WAIT_SECONDS, MAX_ATTEMPTS = 60.0, 12
AT_ONCE = 4


@dataclass
class Switches:
    """What tests may ask of the courier. `drop` counts events; -1 drops all."""

    drop: int = 0
    delay: float = 0.0
    is_held: bool = False


@dataclass
class Courier:
    store: Store
    url: str
    secrets: Sequence[str]
    retry_base: float
    wake: Callable[[], None]
    switches: Switches = field(default_factory=Switches)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._session = requests.Session()
        # A proxy of the machine has no way to a loopback address.
        self._session.trust_env = False

    def queue(self, event_id: str, *, times: int = 1) -> None:
        """Note that an event is to be delivered; in the caller's transaction."""
        state = "waiting" if self.url else "dropped"
        if self.switches.drop:
            self.switches.drop = max(self.switches.drop - 1, -1)
            state = "dropped"
        for _ in range(times):
            self.store.add_delivery(event_id, state, time.time() + self.switches.delay)
        self.wake()

    def dispatch(self) -> None:
        """Send what is due."""
        if self.switches.is_held:
            return
        for delivery in self.store.claim_deliveries(time.time(), limit=AT_ONCE * 4):
            self._pool.submit(self._send, delivery)

    def stop(self) -> None:
        """Finish what is being sent; the rest waits in the store."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._session.close()

    def _send(self, delivery: Delivery) -> None:
        event = self.store.get(delivery.event_id)
        if event is None:
            return
        body = json.dumps(shown(event), separators=(",", ":")).encode()
        status, error = self._post(body)
        attempts = delivery.attempts + 1
        if status is not None and 200 <= status < 300:
            state = "done"
        else:
            state = "waiting" if attempts < MAX_ATTEMPTS else "given up"
        wait = min(self.retry_base * 2 ** (attempts - 1), MAX_WAIT_SECONDS)
        self.store.settle_delivery(
            delivery.id,
            state=state,
            next_at=time.time() + wait,
            status=status,
            error=error,
        )
        if state == "done":
            self._note_arrival(delivery.event_id)
        self.wake()

    def _post(self, body: bytes) -> tuple[int | None, str]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "PaymentSandbox/1.0 (webhooks)",
            "Stripe-Signature": signature(body, self.secrets, at=int(time.time())),
        }
        try:
            answer = self._session.post(
                self.url, data=body, headers=headers, timeout=10, allow_redirects=False
            )
        except requests.RequestException as error:
            return None, type(error).__name__
        return answer.status_code, ""

    def _note_arrival(self, event_id: str) -> None:
        with self.store.transaction():
            event: Object | None = self.store.get(event_id)
            if event:
                event["pending_webhooks"] = max(event["pending_webhooks"] - 1, 0)
                self.store.put(event)


def signature(body: bytes, secrets: Sequence[str], *, at: int) -> str:
    """The Stripe-Signature header: one v1 for each secret that is valid now.

    As in the provider's test mode, a v0 comes along that nobody may trust.
    """

    def sign(secret: str) -> str:
        return hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()

    signed = [f"v1={sign(secret)}" for secret in secrets]
    return ",".join([f"t={at}", *signed, f"v0={sign('not to be trusted')}"])
