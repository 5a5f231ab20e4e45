"""What the payer sees, as HTML. Every value is escaped here, in one place."""

from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template

from billing.gateways.sandbox.cards import CARDS, TestCard
from billing.gateways.sandbox.engine import Sandbox
from billing.gateways.sandbox.store import Delivery
from billing.gateways.sandbox.wire import Object

_FOLDER = Path(__file__).parent / "pages"
_TEMPLATES = {
    path.stem: Template(path.read_text()) for path in sorted(_FOLDER.glob("*.html"))
}
STYLES = (_FOLDER / "sandbox.css").read_bytes()
SYMBOLS = {"gbp": "£", "eur": "€", "usd": "$"}
SHOWN_ROWS = 50
EMPTY_ROW = '<tr><td colspan="5">Nothing yet</td></tr>'


def money(amount: int, currency: str) -> str:
    symbol = SYMBOLS.get(currency)
    words = f"{amount // 100}.{amount % 100:02}"
    return f"{symbol}{words}" if symbol else f"{words} {currency.upper()}"


def pay_page(
    sandbox: Sandbox,
    session: Object,
    *,
    values: dict[str, str],
    errors: dict[str, str],
    notice: str = "",
) -> str:
    """The form, with what was typed (never the security code) and what to change."""
    total = money(session["amount_total"], session["currency"])
    fields: dict[str, str] = {}
    for name in ("number", "expiry", "cvc"):
        error = errors.get(name, "")
        fields |= {
            name: escape(values.get(name, "")),
            f"{name}_state": " field--error" if error else "",
            f"{name}_invalid": 'aria-invalid="true"' if error else "",
            f"{name}_error": _error(name, error),
            f"{name}_help": f"{name}-hint {name}-error" if error else f"{name}-hint",
        }
    items = session["_line_items"]["data"]
    body = _fill(
        "pay",
        merchant=escape(sandbox.config.merchant),
        items="".join(_item(item) for item in items),
        total=total,
        notice=_notice(notice or (_summary(errors) if errors else "")),
        action=f"/c/pay/{session['id']}",
        email=_email(session["customer_email"]),
        example=f"12/{datetime.now(UTC).year % 100 + 4:02}",
        cards="".join(_card(session, card) for card in CARDS.values()),
        **fields,
    )
    word = "Error: " if errors or notice else ""
    return _frame(sandbox, f"{word}Pay {total}", body, back=session["cancel_url"])


def challenge_page(sandbox: Sandbox, intent: Object, card: TestCard) -> str:
    body = _fill(
        "challenge",
        total=money(intent["amount"], intent["currency"]),
        merchant=escape(sandbox.config.merchant),
        last4=card.last4,
        action=f"/c/confirm/{intent['id']}",
    )
    return _frame(sandbox, "Confirm with your bank", body)


def message_page(
    sandbox: Sandbox, heading: str, text: str, address: str | None = None
) -> str:
    link = f'<p><a href="{escape(address)}">Back to {{}}</a></p>' if address else ""
    body = _fill(
        "message",
        heading=escape(heading),
        text=escape(text),
        link=link.format(escape(sandbox.config.merchant)),
    )
    return _frame(sandbox, heading, body)


def index_page(sandbox: Sandbox) -> str:
    sessions = sandbox.store.every("checkout.session")[:SHOWN_ROWS]
    events = sandbox.store.every("event")[:SHOWN_ROWS]
    latest: dict[str, Delivery] = {}
    for delivery in sandbox.store.deliveries():
        latest.setdefault(delivery.event_id, delivery)
    body = _fill(
        "index",
        sessions="".join(map(_session_row, sessions)) or EMPTY_ROW,
        events="".join(_event_row(event, latest) for event in events) or EMPTY_ROW,
        webhook=escape(sandbox.config.webhook_url or "nobody"),
    )
    return _frame(sandbox, "Payment sandbox", body)


def _fill(name: str, **values: str) -> str:
    return _TEMPLATES[name].substitute(values)


def _frame(sandbox: Sandbox, title: str, body: str, back: str | None = None) -> str:
    merchant = escape(sandbox.config.merchant)
    link = f'<p><a href="{escape(back)}">Back to {merchant}</a></p>' if back else ""
    return _fill(
        "frame",
        title=f"{escape(title)} - payment sandbox",
        merchant=merchant,
        back=link,
        body=body,
    )


def _item(item: Object) -> str:
    words = escape(item["description"])
    if item["quantity"] > 1:
        words = f"{item['quantity']} times {words}"
    amount = money(item["amount_total"], item["currency"])
    return f"<div><dt>{words}</dt><dd>{amount}</dd></div>"


def _email(email: str | None) -> str:
    if not email:
        return ""
    return (
        '<div class="field"><p class="name">Receipt goes to</p>'
        f"<p>{escape(email)}</p></div>"
    )


def _error(name: str, message: str) -> str:
    if not message:
        return ""
    return f'<p class="error" id="{name}-error">{escape(message)}</p>'


def _notice(inner: str) -> str:
    return f'<div class="notice" role="alert">{inner}</div>' if inner else ""


def declined_notice(message: str) -> str:
    return (
        f"<p><strong>{escape(message)}</strong></p>"
        "<p>You have not been charged. You can try another card.</p>"
    )


def _summary(errors: dict[str, str]) -> str:
    links = "".join(
        f'<p><a href="#{name}">{escape(message)}</a></p>'
        for name, message in errors.items()
    )
    return f"<p><strong>Check what you typed</strong></p>{links}"


def _card(session: Object, card: TestCard) -> str:
    return (
        f"<li><span>{escape(card.label)}</span>"
        f'<a href="/c/pay/{session["id"]}?card={card.number}">'
        f"{card.spaced}"
        "</a></li>"
    )


def _session_row(session: Object) -> str:
    link = (
        f'<a href="{escape(session["url"])}">Open</a>' if session["url"] else "Closed"
    )
    what = escape(session["_line_items"]["data"][0]["description"])
    amount = money(session["amount_total"], session["currency"])
    state = escape(f"{session['status']}, {session['payment_status']}")
    made = _clock(session["created"])
    return (
        f"<tr><td>{made}</td><td>{what}</td><td>{amount}</td><td>{state}</td>"
        f"<td>{link}</td></tr>"
    )


def _event_row(event: Object, latest: dict[str, Delivery]) -> str:
    delivery = latest.get(event["id"])
    state = delivery.state if delivery else "never sent"
    if delivery and delivery.state != "done" and delivery.attempts:
        state += f" ({delivery.last_status or delivery.last_error})"
    tries = delivery.attempts if delivery else 0
    return (
        f"<tr><td>{_clock(event['created'])}</td><td>{escape(event['type'])}</td>"
        f"<td>{tries}</td><td>{escape(state)}</td></tr>"
    )


def _clock(epoch: int) -> str:
    return f"{datetime.fromtimestamp(epoch, tz=UTC):%H:%M} UTC"
