"""What every template may rely on."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from clinic.identity.queries import current


def clinic(request: HttpRequest) -> dict[str, Any]:
    """`clinic`: who we are. Asked only by templates that say so."""
    return {"clinic": SimpleLazyObject(current)}
