"""What each page process counts about its requests.

Labels are names of views and numbers of statuses, never a person, an address or a row:
what is asked for here is how the clinic's site does, not who uses it.
"""

from portal.metrics.permissions import are_switched_on
from portal.metrics.queries import REQUESTS, SECONDS


def count_request(*, view: str, status: int, seconds: float) -> None:
    """Count one answer, where anybody may ask for the figures at all."""
    if not are_switched_on():
        return
    REQUESTS.labels(view, str(status)).inc()
    SECONDS.labels(view).observe(seconds)
