"""The running sandbox: configuration, clock, store and courier together."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from billing.gateways.sandbox.courier import Courier
from billing.gateways.sandbox.store import Store
from billing.gateways.sandbox.wire import API_VERSION, Object, new_id, no_such, shown

ACCOUNT = "acct_sandbox"
KIND_NAMES = {
    "checkout.session": "checkout.session",
    "payment_intent": "payment_intent",
    "charge": "charge",
    "refund": "refund",
    "event": "event",
}
LONGEST_NAP_SECONDS = 30.0


@dataclass(frozen=True)
class Config:
    """`late_seconds` is how long delayed payments and refunds take."""

    public_url: str
    secret_key: str
    webhook_url: str = ""
    webhook_secrets: tuple[str, ...] = ()
    merchant: str = "Test clinic"
    state_file: str = ":memory:"
    retry_base: float = 1.0
    late_seconds: float = 5.0


@dataclass
class Fault:
    """The next `count` API calls to addresses beginning with `path` go wrong.

    unavailable: 503 before anything happens · broken: 500, remembered under the key ·
    limited: 429 · lost: it happens, but the answer never arrives · slow: it takes
    `seconds`.
    """

    mode: str
    count: int = 1
    path: str = "/v1/"
    method: str = ""
    seconds: float = 0.0


@dataclass
class Cause:
    """The API request that made an event, if one did."""

    request_id: str = ""
    idempotency_key: str = ""


Action = Callable[["Sandbox", Object], None]


@dataclass
class Sandbox:
    """`actions` maps the names in plans to what happens to the object then."""

    config: Config
    actions: Mapping[str, Action]
    faults: list[Fault] = field(default_factory=list)
    cause: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self._ahead = 0
        self._bell = threading.Condition()
        self._is_rung = False
        self._is_over = False
        self.store = Store(self.config.state_file)
        self.courier = Courier(
            store=self.store,
            url=self.config.webhook_url,
            secrets=self.config.webhook_secrets,
            retry_base=self.config.retry_base,
            wake=self.wake,
        )
        self._thread = threading.Thread(target=self._live, daemon=True, name="clock")

    # Time

    def now(self) -> int:
        """The sandbox's time, in seconds since 1970; tests may have moved it on."""
        return int(time.time()) + self._ahead

    def move_clock(self, seconds: int) -> None:
        self._ahead += seconds
        self.run_plans()

    def reset_clock(self) -> None:
        self._ahead = 0

    # Objects

    def find(self, kind: str, object_id: str, param: str = "id") -> Object:
        """Raises the API's 404 when there is none."""
        found = self.store.get(object_id, kind)
        if found is None:
            raise no_such(KIND_NAMES[kind], object_id, param)
        return found

    def emit(self, event_type: str, subject: Object) -> Object:
        """Record an event with a copy of `subject` as it is now, and send it."""
        cause = getattr(self.cause, "value", Cause())
        event = self.store.put(
            {
                "id": new_id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": self.now(),
                "data": {"object": shown(subject)},
                "livemode": False,
                "pending_webhooks": 1 if self.config.webhook_url else 0,
                "request": {
                    "id": cause.request_id or None,
                    "idempotency_key": cause.idempotency_key or None,
                },
                "type": event_type,
            }
        )
        self.courier.queue(event["id"])
        return event

    # What happens by itself

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._bell:
            self._is_over = True
            self._bell.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self.courier.stop()
        self.store.close()

    def wake(self) -> None:
        with self._bell:
            self._is_rung = True
            self._bell.notify()

    def run_plans(self) -> None:
        """Do what is due by the sandbox's clock, all of it or none."""
        with self.store.transaction():
            for plan in self.store.take_plans(self.now()):
                subject = self.store.get(plan.object_id)
                if subject is not None:
                    self.actions[plan.action](self, subject)

    def _live(self) -> None:
        while not self._is_over:
            self.run_plans()
            self.courier.dispatch()
            # Asked before the bell is taken: whoever rings it may hold the store.
            nap = self._nap()
            with self._bell:
                if not self._is_rung and not self._is_over:
                    self._bell.wait(nap)
                self._is_rung = False

    def _nap(self) -> float:
        plan, delivery = self.store.next_due()
        waits = [LONGEST_NAP_SECONDS]
        if plan is not None:
            waits.append(plan - self.now())
        if delivery is not None and not self.courier.switches.is_held:
            waits.append(delivery - time.time())
        return max(min(waits), 0.02)
