"""python -m billing.gateways.sandbox --help"""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from billing.gateways.sandbox.engine import Config
from billing.gateways.sandbox.server import Server

LOOPBACK = ["127.0.0.1", "::1", "localhost"]
DEFAULT_KEY = "sk_test_sandbox"
LIVE = ("sk_live_", "rk_live_", "pk_live_")


def reason_not_to_run(environment: Mapping[str, str], secret_key: str) -> str:
    """Why the sandbox must not start here, or an empty string."""
    if environment.get("DJANGO_SETTINGS_MODULE", "").endswith("production"):
        return "The payment sandbox does not run with production settings."
    keys = [secret_key, environment.get("STRIPE_SECRET_KEY", "")]
    key_file = environment.get("STRIPE_SECRET_KEY_FILE")
    if key_file and Path(key_file).is_file():
        keys.append(Path(key_file).read_text(encoding="utf-8"))
    if any(key.strip().startswith(LIVE) for key in keys):
        return "The payment sandbox does not run where there is a live key."
    return ""


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m billing.gateways.sandbox",
        description="A loopback stand-in for Stripe. It moves no money.",
    )
    parser.add_argument("--port", type=int, default=8620)
    parser.add_argument("--host", choices=LOOPBACK, default="127.0.0.1")
    parser.add_argument("--public-url", help="the address that payers' browsers use")
    parser.add_argument("--secret-key", default=DEFAULT_KEY)
    parser.add_argument("--webhook-url", default="")
    parser.add_argument(
        "--webhook-secret",
        action="append",
        default=[],
        help="may be given twice, while one is rolled over",
    )
    parser.add_argument("--merchant", default="Test clinic")
    parser.add_argument(
        "--state", default=":memory:", help="a file that keeps sessions over a restart"
    )
    parser.add_argument("--retry-base", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--late", type=float, default=5.0, metavar="SECONDS")
    return parser.parse_args(arguments)


def main() -> int:
    given = read_arguments()
    if reason := reason_not_to_run(os.environ, given.secret_key):
        sys.stderr.write(f"{reason}\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    address = f"http://{given.host}:{given.port}"
    config = Config(
        public_url=(given.public_url or address).rstrip("/"),
        secret_key=given.secret_key,
        webhook_url=given.webhook_url,
        webhook_secrets=tuple(given.webhook_secret),
        merchant=given.merchant,
        state_file=given.state,
        retry_base=given.retry_base,
        late_seconds=given.late,
    )
    try:
        server = Server(config, host=given.host, port=given.port)
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {address}: {error.strerror}.\n")
        return 1

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    logging.getLogger("sandbox").info("payment sandbox on %s", address)
    try:
        server.serve()
    except KeyboardInterrupt:
        server.server_close()
        server.sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
