"""`{% fragment %}`: a part of another app, by the name of its address."""

from functools import partial
from typing import Any

from django import template
from django.http import QueryDict
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.fragments import Fragment, fill

register = template.Library()


@register.simple_tag(takes_context=True)
def fragment(
    context: Context,
    name: str,
    *args: Any,
    link: str,
    words: str,
    passes_query: bool = False,
    **query: Any,
) -> SafeString:
    """The part named `booking:directory`, say, called on the server.

    `args` complete its address, keywords become its question (empty ones are left
    out). `link` and `words` stand in its place when it has no answer; a name that no
    app has gives them at once. In a page that is being kept, it leaves a hole that
    each visitor's request fills.
    """
    try:
        path = reverse(name, args=args)
    except NoReverseMatch:
        return format_html(
            '<p><a class="btn btn-secondary" href="{}">{}</a></p>', link, words
        )
    asked = QueryDict(mutable=True)
    for key, value in query.items():
        values = value if isinstance(value, list | tuple) else [value]
        asked.setlist(key, [str(one) for one in values if one not in (None, "")])
    part = Fragment(path, asked.urlencode(), link, words, passes_query)
    request = context["request"]
    holes = getattr(request, "holes", None)
    if holes is None:
        return fill(part, request)
    return mark_safe(holes.add(partial(fill, part)))  # noqa: S308 a comment of ours  # nosec B308, B703
