"""Jobs of the public pages."""

from django.core.management import call_command
from wagtail.models import Page

from clinic_pages.models import Picture
from clinic_pages.renditions import make_renditions, pages_with
from clinic_pages.services import hold_back_schedules


def publish_scheduled() -> None:
    """Put pages up that are due, and take those down whose time is over. Whoever
    scheduled one must be allowed to still."""
    hold_back_schedules()
    call_command("publish_scheduled")


def make_page_pictures(*, page_id: int) -> None:
    """Make the pictures of a page that was published, unless it is gone again."""
    for page in Page.objects.live().filter(pk=page_id).specific():
        make_renditions(page)


def make_picture_sizes(*, picture_id: int) -> None:
    """Make the sizes of a picture that was replaced or cropped anew."""
    for picture in Picture.objects.filter(pk=picture_id):
        for page in pages_with(picture):
            make_renditions(page)
