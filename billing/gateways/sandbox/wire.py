"""The wire format: nested forms in, JSON with Stripe's kind of errors out."""

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Object = dict[str, Any]

API_VERSION = "2026-10-28.endive"
# Limits on metadata. Source: Stripe API reference, "Metadata".
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
MAX_EXPAND_DEPTH = 4


class ApiError(Exception):
    """An answer that is not 2xx.

    `is_remembered`: the request was understood and its refusal belongs to the
    idempotency key from now on. Malformed requests are never remembered.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        is_remembered: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.is_remembered = is_remembered

    def body(self) -> Object:
        error: Object = {"type": self.kind, "message": self.message}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://docs.stripe.com/error-codes/{self.code}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


def missing(param: str) -> ApiError:
    return ApiError(
        f"Missing required param: {param}.", code="parameter_missing", param=param
    )


def no_such(kind: str, object_id: str, param: str = "id") -> ApiError:
    return ApiError(
        f"No such {kind}: '{object_id}'",
        status=404,
        code="resource_missing",
        param=param,
    )


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def parse_form(text: str) -> Object:
    """`a[b][0][c]=1` as `{"a": {"b": [{"c": "1"}]}}`. Values stay strings."""
    tree: Object = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        keys = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        node = tree
        for position, key in enumerate(keys[:-1]):
            node = node.setdefault(key or str(len(node)), {})
            if not isinstance(node, dict):
                raise ApiError("Invalid form.", param="[".join(keys[: position + 1]))
        node[keys[-1] or str(len(node))] = value
    return {key: _listed(value) for key, value in tree.items()}


def _listed(value: Any) -> Any:
    """Mappings whose keys are all numbers are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(inner) for key, inner in value.items()}


def refuse_unknown(params: Mapping[str, Any], known: set[str]) -> None:
    for name in params:
        if name == "payment_method_types":
            raise ApiError(
                "The `payment_method_types` parameter is no longer supported. Use "
                "`allowed_payment_method_types`.",
                code="payment_method_types_no_longer_supported",
                param=name,
            )
        if name not in known:
            raise ApiError(
                f"Received unknown parameter: {name}",
                code="parameter_unknown",
                param=name,
            )


def whole_number(value: Any, param: str, *, at_least: int = 0) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,15}", value):
        raise ApiError(
            f"Invalid integer: {value}", code="parameter_invalid_integer", param=param
        )
    number = int(value)
    if number < at_least:
        raise ApiError(
            f"This value must be greater than or equal to {at_least}.",
            code="parameter_invalid_integer",
            param=param,
        )
    return number


def web_address(value: Any, param: str) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if not parts or parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ApiError("Not a valid URL", code="url_invalid", param=param)
    return str(value)


def read_metadata(value: Any) -> dict[str, str]:
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise ApiError("Invalid object", param="metadata")
    if len(value) > METADATA_KEYS:
        raise ApiError("Metadata can have up to 50 keys.", param="metadata")
    for key, entry in value.items():
        if len(key) > METADATA_KEY_LENGTH:
            raise ApiError("Metadata keys can be up to 40 characters long.", param=key)
        if not isinstance(entry, str) or len(entry) > METADATA_VALUE_LENGTH:
            raise ApiError("Metadata values can have up to 500 characters.", param=key)
    return {key: entry for key, entry in value.items() if entry}


def shown(value: Any) -> Any:
    """An object without what only the sandbox itself must know (names with `_`)."""
    if isinstance(value, list):
        return [shown(entry) for entry in value]
    if isinstance(value, dict):
        return {k: shown(v) for k, v in value.items() if not k.startswith("_")}
    return value


def expanded(
    body: Object, paths: list[str], find: Callable[[str], Object | None]
) -> Object:
    """`body` with the ids at `paths` replaced by the objects that they name."""
    for path in paths:
        keys = path.split(".")
        if len(keys) > MAX_EXPAND_DEPTH:
            raise ApiError("You cannot expand more than 4 levels.", param="expand")
        _expand(body, keys, path, find)
    return body


def _expand(
    node: Object, keys: list[str], path: str, find: Callable[[str], Object | None]
) -> None:
    key, rest = keys[0], keys[1:]
    if key == "data" and isinstance(node.get("data"), list):
        for entry in node["data"]:
            _expand(entry, rest, path, find)
        return
    value = node.get(key, node.get(f"_{key}", _NOTHING))
    if value is _NOTHING:
        raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(value, str):
        value = find(value) or value
    node[key] = value
    if rest and isinstance(value, dict):
        _expand(value, rest, path, find)


_NOTHING = object()
