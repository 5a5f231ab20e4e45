"""Which sizes a page's pictures are shown in, and making them before anybody asks.

Made on request, the first visitor of a page would wait for each of them.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, ReferenceIndex

from clinic_pages.images import SHARING, specs_of
from clinic_pages.models import DoctorPage, HealthArticle, LocationPage, SpecialtyPage

# The fields that pages and lists show, by preset; a test holds the list complete.
_SHOWN: dict[type[Any], tuple[str, tuple[str, ...]]] = {
    DoctorPage: ("photo", ("square",)),
    HealthArticle: ("picture", ("prose", "card")),
    LocationPage: ("picture", ("wide", "card")),
    SpecialtyPage: ("picture", ("wide",)),
}
_BLOCKS = {"image": "prose", "hero": "hero"}


def make_renditions(page: Any) -> int:
    """Make every size that `page` (a specific one) and the lists that name it show.

    Returns how many pictures it has. What is there already is left alone.
    """
    wanted = list(_wanted(page))
    for picture, specs in wanted:
        picture.get_renditions(*specs)
    return len({picture.pk for picture, _ in wanted})


def pages_with(picture: Any) -> list[Any]:
    """The live pages that show `picture`, as specific ones."""
    references = ReferenceIndex.get_references_to(picture).filter(
        base_content_type=ContentType.objects.get_for_model(Page)
    )
    ids = {int(pk) for pk in references.values_list("object_id", flat=True)}
    return list(Page.objects.live().filter(pk__in=ids).specific())


def _wanted(page: Any) -> Iterator[tuple[Any, list[str]]]:
    """Pictures, each with the filter specs that are asked of it."""
    name, presets = _SHOWN.get(type(page), ("", ()))
    own = getattr(page, name) if name else None
    if own is not None:
        for preset in presets:
            yield own, specs_of(preset)
    sharing = getattr(page, "sharing_image", None)
    if sharing is not None:
        yield sharing, [SHARING]
    for child in getattr(page, "body", ()):
        if child.block_type in _BLOCKS and child.value["image"] is not None:
            yield child.value["image"], specs_of(_BLOCKS[child.block_type])
