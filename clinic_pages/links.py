"""Where an editor's link may lead: a page of the site, a path of it, the web, or a way
to reach somebody. Anything that could run (javascript:, data:) is refused."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from wagtail.blocks import CharBlock, PageChooserBlock, StructBlock, StructValue
from wagtail.blocks.struct_block import StructBlockValidationError

_PATH = re.compile(r"/(?![/\\])[^\s\\]*")
_ADDRESS = re.compile(
    r"https?://[^\s/\\]+[^\s\\]*|mailto:[^\s@]+@[^\s]+|tel:[+\d][\d().\- ]*"
)


def is_safe_address(address: str) -> bool:
    """Say whether `address` is a path of this site, http(s), mailto or tel."""
    return bool(_PATH.fullmatch(address) or _ADDRESS.fullmatch(address))


def validate_address(address: str) -> None:
    """Raise ValidationError unless the address is safe to link to."""
    if not is_safe_address(address):
        raise ValidationError(
            "Enter a path of this site such as /book/, or an address that starts with "
            "https://, mailto: or tel:"
        )


def page_path(page: Any) -> str:
    """The page's path on the site. The tree has one site, rooted at the home page, so
    nothing needs to be asked of the database."""
    return "/" + page.url_path.split("/", 2)[2]


class LinkValue(StructValue):
    """A link's target and words, whichever way the editor chose it."""

    @cached_property
    def href(self) -> str:
        """The address; "" when the page it led to is gone or not published."""
        page = self.get("page")
        if page is not None:
            return page_path(page) if page.live else ""
        address = self.get("address") or ""
        return address if is_safe_address(address) else ""

    @property
    def words(self) -> str:
        """The editor's label, else the page's title."""
        page = self.get("page")
        return self.get("label") or (page.title if page is not None else "")


class LinkBlock(StructBlock):
    """A label that leads to a page, or to an address."""

    label = CharBlock(
        max_length=60,
        required=False,
        help_text="What happens next, such as “See our prices”. "
        "Empty: the page's title.",
    )
    page = PageChooserBlock(required=False)
    address = CharBlock(
        max_length=300,
        required=False,
        validators=[validate_address],
        help_text="Instead of a page: /book/, https://…, mailto:… or tel:…",
    )

    class Meta:
        icon = "link"
        value_class = LinkValue

    def clean(self, value: Any) -> Any:
        """Ask for exactly one target, and for words where a page lends none."""
        cleaned = super().clean(value)
        page, address = cleaned.get("page"), cleaned.get("address")
        if not self.required and not (page or address or cleaned.get("label")):
            return cleaned
        if bool(page) == bool(address):
            wrong = ValidationError("Choose a page or enter an address, one of the two")
            raise StructBlockValidationError(block_errors={"page": wrong})
        if address and not cleaned.get("label"):
            missing = ValidationError("Enter the words of the link")
            raise StructBlockValidationError(block_errors={"label": missing})
        return cleaned
