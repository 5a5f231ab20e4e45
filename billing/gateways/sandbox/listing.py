"""Lists: newest first, filtered, a page at a time."""

from typing import Any

from billing.gateways.sandbox.engine import Sandbox
from billing.gateways.sandbox.wire import ApiError, Object, refuse_unknown, whole_number

ADDRESSES = {
    "checkout.session": "/v1/checkout/sessions",
    "payment_intent": "/v1/payment_intents",
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "event": "/v1/events",
}
PAGING = {"limit", "starting_after", "ending_before", "created", "expand"}
FILTERS = {
    "checkout.session": {"payment_intent", "status"},
    "payment_intent": {"customer"},
    "charge": {"payment_intent", "customer"},
    "refund": {"payment_intent", "charge"},
    "event": {"type", "types", "delivery_success"},
}


def page_of(sandbox: Sandbox, kind: str, params: Object) -> Object:
    refuse_unknown(params, PAGING | FILTERS[kind])
    rows = [row for row in sandbox.store.every(kind) if _matches(row, kind, params)]
    limit = whole_number(params.get("limit", "10"), "limit", at_least=1)
    if limit > 100:
        raise ApiError("Limit can be at most 100.", param="limit")
    rows, has_more = _cut(rows, params, limit)
    return {
        "object": "list",
        "data": rows,
        "has_more": has_more,
        "url": ADDRESSES[kind],
    }


def _cut(rows: list[Object], params: Object, limit: int) -> tuple[list[Object], bool]:
    ids = [row["id"] for row in rows]
    if after := params.get("starting_after"):
        rows = rows[_position(ids, after, "starting_after") + 1 :]
    elif before := params.get("ending_before"):
        rows = rows[: _position(ids, before, "ending_before")]
        return rows[-limit:], len(rows) > limit
    return rows[:limit], len(rows) > limit


def _position(ids: list[str], object_id: str, param: str) -> int:
    if object_id not in ids:
        raise ApiError(f"No such object: '{object_id}'", param=param)
    return ids.index(object_id)


def _matches(row: Object, kind: str, params: Object) -> bool:
    if not _in_time(row["created"], params.get("created")):
        return False
    if types := params.get("types"):
        return row["type"] in types
    if "delivery_success" in params:
        return (row["pending_webhooks"] == 0) == (params["delivery_success"] == "true")
    return all(
        row.get(name) == params[name] for name in FILTERS[kind] if name in params
    )


def _in_time(created: int, wanted: Any) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return created == whole_number(wanted, "created")
    bounds = {
        name: whole_number(value, f"created[{name}]") for name, value in wanted.items()
    }
    return (
        created >= bounds.get("gte", created)
        and created <= bounds.get("lte", created)
        and created > bounds.get("gt", created - 1)
        and created < bounds.get("lt", created + 1)
    )
