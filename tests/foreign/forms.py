"""The forms of a page, filled in as a person would: enough that most of them work."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from django.urls import Resolver404, resolve

# What is typed into a box that must not stay empty, by its kind.
TYPED = {
    "text": "Quiet words",
    "search": "Quiet words",
    "email": "quiet@example.org",
    "tel": "+442079460958",
    "number": "1",
    "date": "2031-01-06",
    "time": "10:00",
    "datetime-local": "2031-01-06T10:00",
    "url": "https://calendars.example/quiet.ics",
    "password": "harbour-lamp-porridge",
    "month": "2031-01",
    "color": "#225588",
}
# What would make no sense otherwise, by a part of the box's name.
TYPED_IN = {"to_time": "11:00", "minutes": "30"}
SKIPPED = {"file", "image", "reset"}
Boxes = dict[str, list[str]]


@dataclass(frozen=True)
class Form:
    """One form as it would be sent; `choices` are the values that its boxes offer."""

    page: str
    action: str
    view: str
    fields: Boxes
    choices: Boxes

    @property
    def kind(self) -> tuple[object, ...]:
        """The same for the same form about another thing."""
        button = self.fields.get("action", []) + self.fields.get("answer", [])
        return self.view, tuple(sorted(self.fields)), tuple(button)


def forms_in(page: str, html: str) -> list[Form]:
    """Every form of the page that is sent by POST, once for each of its buttons."""
    soup = BeautifulSoup(html, "html.parser")
    found = []
    for form in soup.find_all("form"):
        if form.get("method", "").lower() != "post":
            continue
        action = urljoin(page, form.get("action") or page)
        try:
            view = resolve(urlsplit(action).path).view_name
        except Resolver404:
            continue
        fields, choices, buttons = _filled(_controls(form, soup))
        for button in buttons or [{}]:
            found.append(Form(page, action, view, {**fields, **button}, choices))
    return found


def _controls(form: Tag, soup: BeautifulSoup) -> list[Tag]:
    names = ["input", "select", "textarea", "button"]
    found = form.find_all(names)
    if form.get("id"):
        found += soup.find_all(names, attrs={"form": form["id"]})
    return [one for one in found if one.get("name") and not one.has_attr("disabled")]


def _filled(controls: list[Tag]) -> tuple[Boxes, Boxes, list[Boxes]]:
    """What is in the boxes, what could be, and what each button adds."""
    fields: Boxes = {}
    choices: Boxes = {}
    buttons: list[Boxes] = []
    for one in controls:
        name, kind = one["name"], _kind(one)
        value = one.get("value", "")
        if kind in ("submit", "button"):
            buttons.append({name: [value]})
        elif kind == "select":
            choices[name], fields[name] = _options(one)
        elif kind in ("radio", "checkbox"):
            choices.setdefault(name, []).append(value or "on")
            if one.has_attr("checked"):
                fields.setdefault(name, []).append(value or "on")
        elif kind not in SKIPPED:
            fields.setdefault(name, []).append(value or _typed(one, kind))
    _choose(controls, fields, choices)
    fields.pop("csrfmiddlewaretoken", None)
    return fields, choices, buttons


def _kind(one: Tag) -> str:
    if one.name == "button":
        return "submit"
    return one.name if one.name != "input" else (one.get("type") or "text").lower()


def _options(box: Tag) -> tuple[list[str], list[str]]:
    """All of them, and what is chosen: the first that says something, else."""
    options = {o.get("value", o.text): o.has_attr("selected") for o in box("option")}
    chosen = [value for value, selected in options.items() if value and selected]
    return list(options), chosen or [value for value in options if value][:1]


def _typed(one: Tag, kind: str) -> str:
    if kind == "textarea":
        return one.text.strip() or "Quiet words"
    if not one.has_attr("required"):
        return ""
    return next(
        (words for part, words in TYPED_IN.items() if part in one["name"]),
        TYPED.get(kind, ""),
    )


def _choose(controls: list[Tag], fields: Boxes, choices: Boxes) -> None:
    """Where one has to choose and nothing is chosen, the first."""
    for one in controls:
        kind = _kind(one)
        if kind == "radio" or (kind == "checkbox" and one.has_attr("required")):
            fields.setdefault(one["name"], choices[one["name"]][:1])
