"""The small Markdown of the data files, as the values of an editor's StreamField.

Text is paragraphs, "## " and "### " headings, "- " and "1. " lists, **bold**, *italic*
and [links](address). Fenced parts begin with ::: and a kind, and end with ::: alone:
self-care, urgent, emergency, note, warning, faq, steps, cta, locations.
"""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

Block = dict[str, Any]

NO_LINK = {"label": "", "page": None, "address": ""}
_URGENCY = {"self-care": "nonurgent", "urgent": "urgent", "emergency": "emergency"}
_CALLOUT = {"note": "info", "warning": "warning"}
_FENCE = re.compile(r"^::: ?(.*)$")
_NUMBERED = re.compile(r"^\d+\. ")


def inline(text: str) -> str:
    """One line of text as HTML."""
    html = escape(text, quote=False)
    html = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r'<a href="\2">\1</a>', html)
    html = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html)
    return re.sub(r"\*(.+?)\*", r"<i>\1</i>", html)


def _list(tag: str, lines: list[str], strip: Callable[[str], str]) -> str:
    items = "".join(f"<li>{inline(strip(line))}</li>" for line in lines)
    return f"<{tag}>{items}</{tag}>"


def rich_text(text: str) -> str:
    """Paragraphs, headings and lists as HTML."""
    parts = []
    for chunk in re.split(r"\n\s*\n", text.strip()):
        lines = chunk.strip().splitlines()
        if not lines:
            continue
        if lines[0].startswith("### "):
            parts.append(f"<h3>{inline(lines[0][4:])}</h3>")
        elif lines[0].startswith("## "):
            parts.append(f"<h2>{inline(lines[0][3:])}</h2>")
        elif lines[0].startswith("- "):
            parts.append(_list("ul", lines, lambda line: line[2:]))
        elif _NUMBERED.match(lines[0]):
            parts.append(_list("ol", lines, lambda line: _NUMBERED.sub("", line)))
        else:
            parts.append(f"<p>{inline(' '.join(lines))}</p>")
    return "".join(parts)


def _chunks(text: str) -> Iterator[tuple[str, str]]:
    """(fence, text) of each part in order; the fence of running text is empty."""
    fence, lines = "", []
    for line in text.splitlines():
        found = _FENCE.match(line)
        if found is None:
            lines.append(line)
            continue
        if "".join(lines).strip() or fence:
            yield fence, "\n".join(lines).strip()
        fence, lines = found[1].strip(), []
    if "".join(lines).strip():
        yield fence, "\n".join(lines).strip()


def _care_card(kind: str, heading: str, text: str) -> Block:
    lines = text.splitlines()
    signs = [line[2:] for line in lines if line.startswith("- ")]
    note = "\n".join(line for line in lines if not line.startswith("- ")).strip()
    return {
        "type": "care_card",
        "value": {
            "urgency": _URGENCY[kind],
            "heading": heading,
            "signs": signs,
            "note": rich_text(note) if note else "",
            "link": NO_LINK,
        },
    }


def _questions(heading: str, text: str) -> Block:
    entries = []
    for chunk in re.split(r"\n\s*\n", text):
        question, _, answer = chunk.partition("\n")
        entries.append(
            {"question": question.removeprefix("? "), "answer": rich_text(answer)}
        )
    return {
        "type": "questions",
        "value": {"heading": heading or "Questions people ask", "questions": entries},
    }


def _steps(heading: str, text: str) -> Block:
    steps = []
    for line in text.splitlines():
        title, _, words = line.partition(" | ")
        steps.append({"title": title, "text": words})
    return {
        "type": "steps",
        "value": {"heading": heading, "text": "", "steps": steps},
    }


def _call_to_action(heading: str, text: str) -> Block:
    words, _, target = text.partition("\n> ")
    address, _, label = target.partition(" | ")
    link = {"label": label, "page": None, "address": address}
    return {
        "type": "call_to_action",
        "value": {"heading": heading, "text": words, "link": link},
    }


def _fenced(fence: str, text: str) -> Block:
    kind, _, heading = fence.partition(" ")
    if kind in _URGENCY:
        return _care_card(kind, heading, text)
    if kind in _CALLOUT:
        value = {"kind": _CALLOUT[kind], "heading": heading, "text": rich_text(text)}
        return {"type": "callout", "value": value}
    if kind == "locations":
        return {
            "type": "location_cards",
            "value": {"heading": heading, "locations": [], "link": NO_LINK},
        }
    return {"faq": _questions, "steps": _steps, "cta": _call_to_action}[kind](
        heading, text
    )


def blocks(text: str) -> list[Block]:
    """The whole text as StreamField values, in order.

    Raises KeyError for an unknown kind of fence. A "## " heading directly before an
    faq becomes its heading.
    """
    found: list[Block] = []
    for fence, words in _chunks(text):
        if not fence:
            found.append({"type": "text", "value": rich_text(words)})
            continue
        block = _fenced(fence, words)
        if fence == "faq" and found and found[-1]["type"] == "text":
            _take_heading(found, block)
        found.append(block)
    return found


def _take_heading(found: list[Block], block: Block) -> None:
    before, _, heading = found[-1]["value"].rpartition("<h2>")
    if not heading.endswith("</h2>"):
        return
    block["value"]["heading"] = heading.removesuffix("</h2>")
    found[-1]["value"] = before
    if not before:
        found.pop()
