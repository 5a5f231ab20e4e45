import pytest
from django.core.exceptions import ValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

from clinic_pages.links import LinkBlock, is_safe_address
from tests.factories.pages import standard_page


@pytest.mark.parametrize(
    "address",
    [
        "/book/",
        "/doctors/?specialty=skin",
        "https://example.org/a?b=c",
        "http://example.org",
        "mailto:hello@example.org",
        "tel:+44 20 7946 0120",
        "tel:111",
    ],
)
def test_safe_addresses(address):
    assert is_safe_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:/evil",
        "ftp://example.org",
        "book/",
        "",
        "https://a b",
        "/a\njavascript:alert(1)",
    ],
)
def test_unsafe_addresses(address):
    assert not is_safe_address(address)


def link(**fields):
    block = LinkBlock()
    value = {"label": "", "page": None, "address": "", **fields}
    return block.clean(block.to_python(value))


def test_a_link_needs_one_target(db):
    page = standard_page()
    with pytest.raises(StructBlockValidationError) as neither:
        link(label="Book")
    with pytest.raises(StructBlockValidationError) as both:
        link(label="Book", page=page.pk, address="/book/")
    assert set(neither.value.block_errors) == {"page"}
    assert set(both.value.block_errors) == {"page"}


def test_an_address_needs_words():
    with pytest.raises(StructBlockValidationError) as error:
        link(address="/book/")
    assert set(error.value.block_errors) == {"label"}


def test_an_unsafe_address_is_refused():
    with pytest.raises(ValidationError):
        link(label="Click", address="javascript:alert(1)")


def test_a_page_lends_its_title_and_path(db):
    page = standard_page(title="About us", slug="about")
    value = link(page=page.pk)
    assert (value.words, value.href) == ("About us", "/about/")


def test_a_page_that_is_not_live_leads_nowhere(db):
    page = standard_page(live=False)
    assert link(page=page.pk).href == ""


def test_an_unsafe_address_that_was_stored_leads_nowhere():
    value = LinkBlock().to_python({"label": "x", "address": "javascript:alert(1)"})
    assert value.href == ""
