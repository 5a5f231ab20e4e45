"""Blocks that lead people on: to a time, to a page, to what they came for."""

from typing import Any

from wagtail.blocks import (
    BooleanBlock,
    CharBlock,
    ChoiceBlock,
    ListBlock,
    StructBlock,
    TextBlock,
)
from wagtail.images.blocks import ImageBlock

from clinic.models import Location, Specialty
from clinic_pages.links import LinkBlock
from clinic_pages.parts import ICONS, LEADS_ON, LINE_FEATURES, SectionBlock
from clinic_pages.prose import ProseBlock


class CallToActionBlock(SectionBlock):
    text = TextBlock(max_length=300, required=False)
    link = LinkBlock()

    class Meta:
        icon = "pick"
        label = "Call to action (button)"
        template = "clinic_pages/blocks/call_to_action.html"
        group = LEADS_ON
        description = "A tinted box with one button. One on a page is enough."
        preview_value = {
            "heading": "Not feeling well?",
            "text": "See a doctor today, in person or by video.",
            "link": {"label": "Find a time", "address": "/book/"},
        }


class HeroBlock(StructBlock):
    heading = CharBlock(max_length=60)
    text = TextBlock(max_length=240)
    image = ImageBlock(
        required=False, help_text="Empty: the drawing of a doctor and a patient."
    )
    finder = BooleanBlock(
        required=False, default=True, help_text="Show “Find a time” below."
    )
    next_times = BooleanBlock(
        required=False, default=True, help_text="Show the next open times."
    )
    note = ProseBlock(
        features=LINE_FEATURES,
        required=False,
        help_text="One line below the finder, such as “Not sure who to see? …”",
    )

    class Meta:
        icon = "home"
        label = "Top of the page, with finder"
        template = "clinic_pages/blocks/hero.html"
        group = LEADS_ON
        description = "The first thing on the home page: what you offer, and a finder."

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """`finder`: what the finder offers to choose from."""
        context: dict[str, Any] = super().get_context(value, parent_context)
        if value["finder"]:
            context["finder"] = {
                "specialties": Specialty.objects.order_by("plain_name"),
                "locations": Location.objects.filter(is_active=True).order_by("name"),
            }
        return context


class TaskBlock(StructBlock):
    icon = ChoiceBlock(choices=ICONS, default="calendar")
    text = CharBlock(max_length=160)
    link = LinkBlock()


class TaskLinksBlock(SectionBlock):
    tasks = ListBlock(TaskBlock(), min_num=2, max_num=8)

    class Meta:
        icon = "list-ul"
        label = "Links with icons"
        template = "clinic_pages/blocks/task_links.html"
        group = LEADS_ON
        description = "What people come for, each with an icon: up to eight links."
        preview_value = {
            "heading": "What do you need?",
            "tasks": [
                {
                    "icon": "calendar",
                    "text": "Book, move or cancel",
                    "link": {"label": "Visits", "address": "/book/"},
                },
                {
                    "icon": "pill",
                    "text": "Ask for your tablets again",
                    "link": {"label": "Medicines", "address": "/portal/"},
                },
            ],
        }
