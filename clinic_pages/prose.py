"""Editors' rich text, cleaned by a list of what is allowed: when it is written,
whichever way it comes (the editor, a posted form, an import, a revision), and again
when it is shown, so that what got into the database around us still does nothing.

The cleaner is nh3, which reads HTML as browsers do. Of links only those stay that lead
where `links.is_safe_address` lets them.
"""

from collections.abc import Iterable
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from wagtail.blocks import RichTextBlock, StreamValue
from wagtail.fields import RichTextField, StreamField
from wagtail.rich_text import RichText, expand_db_html

from clinic_pages.links import is_safe_address

# What a feature of the editor writes. Paragraphs and line breaks are always there.
_TAGS = {
    "h2": {"h2"},
    "h3": {"h3"},
    "bold": {"b", "strong"},
    "italic": {"i", "em"},
    "ol": {"ol", "li"},
    "ul": {"ul", "li"},
    "link": {"a"},
    "document-link": {"a"},
}
_ALWAYS = {"p", "br"}
_EVERY = _ALWAYS.union(*_TAGS.values())
# With these what stands between their tags goes too: it is no text.
_DROPPED = {"script", "style", "template", "title", "noscript", "iframe"}
# How Wagtail keeps a link into the site: told by an id, whatever address it has then.
_KINDS = {"page", "document"}


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        # As browsers read it: they leave blanks at the ends and line breaks out.
        address = "".join(value.split())
        return address if is_safe_address(address) else None
    if attribute == "linktype":
        return value if value in _KINDS else None
    if attribute == "id":
        return value if value.isascii() and value.isdigit() else None
    return value


def clean_stored(source: str, features: Iterable[str] | None) -> str:
    """What a field with these features of the editor may hold, as Wagtail keeps it."""
    tags = set(_ALWAYS)
    for feature in _TAGS if features is None else features:
        tags |= _TAGS.get(feature, set())
    return nh3.clean(
        source,
        tags=tags,
        clean_content_tags=_DROPPED,
        attributes={
            "a": {"href", "linktype", "id"},
            "p": {"data-block-key"},
            "h2": {"data-block-key"},
            "h3": {"data-block-key"},
            "li": {"data-block-key"},
        },
        attribute_filter=_kept,
        link_rel=None,
    )


def clean_shown(source: str) -> SafeString:
    """The stored text as HTML for readers. Every link says rel=noopener."""
    html = nh3.clean(
        expand_db_html(source),
        tags=_EVERY,
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}},
        attribute_filter=_kept,
        link_rel="noopener",
    )
    return mark_safe(html)  # noqa: S308 cleaned in the line before  # nosec B308 B703


class Prose(RichText):
    """Rich text that is clean wherever a template shows it."""

    def __html__(self) -> str:
        return clean_shown(self.source)


def _prose(value: RichText) -> Prose:
    return value if isinstance(value, Prose) else Prose(value.source)


class ProseBlock(RichTextBlock):
    """A block of rich text; to migrations Wagtail's own, for the column is the same."""

    def to_python(self, value: str) -> Prose:
        return Prose(value)

    def normalize(self, value: Any) -> Prose:
        return _prose(super().normalize(value))

    def value_from_form(self, value: str) -> Prose:
        return Prose(clean_stored(value, self.features))

    def get_prep_value(self, value: RichText) -> str:
        return clean_stored(value.source, self.features)

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        own = type(self) is ProseBlock
        return ("wagtail.blocks.RichTextBlock" if own else path), args, kwargs


class ProseField(RichTextField):
    """A field of rich text; to migrations Wagtail's own."""

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        cleaned = self.get_prep_value(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, cleaned)
        return cleaned

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return clean_stored(value, self.features) if value else value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "wagtail.fields.RichTextField", args, kwargs


class BodyField(StreamField):
    """A body of blocks, of which every text is cleaned when it is written; to
    migrations Wagtail's own."""

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, StreamValue):
            # Children that nobody looked at would be written as they came.
            list(value)
        return super().get_prep_value(value)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "wagtail.fields.StreamField", args, kwargs
