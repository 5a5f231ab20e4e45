"""The parts an editor builds pages from.

Each maps to one component of the look. Editors choose content and order, never colours,
sizes or spacing. Live parts (times, open lists of doctors) are fragments of the booking
engine, included by address.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from wagtail.blocks import (
    CharBlock,
    ChoiceBlock,
    IntegerBlock,
    ListBlock,
    StreamBlock,
    StructBlock,
    TextBlock,
)
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageBlock

from clinic_pages.fact_blocks import (
    ArticleTeasersBlock,
    DoctorListBlock,
    LocationCardsBlock,
    PriceTableBlock,
    SpecialtyGridBlock,
)
from clinic_pages.leading_blocks import CallToActionBlock, HeroBlock, TaskLinksBlock
from clinic_pages.links import LinkBlock
from clinic_pages.parts import (
    ADVICE,
    FACTS,
    LINE_FEATURES,
    TEXT_FEATURES,
    WORDS,
    SectionBlock,
)
from clinic_pages.prose import ProseBlock


def app_choices() -> list[tuple[str, str]]:
    """The fragments that pages may host: URL name and what editors call it."""
    return list(settings.PAGE_FRAGMENTS.items())


class TextSection(ProseBlock):
    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("features", TEXT_FEATURES)
        super().__init__(**kwargs)

    class Meta:
        icon = "pilcrow"
        label = "Text"
        template = "clinic_pages/blocks/text.html"
        group = WORDS
        description = "Paragraphs, headings, lists and links."
        preview_value = (
            "<h2>When to see a doctor</h2><p>Most colds get better by themselves "
            "within a week. <b>Rest and drink enough.</b></p>"
        )


class FigureBlock(StructBlock):
    image = ImageBlock(
        help_text="Describe what the picture shows, or tick that it is decorative."
    )
    caption = CharBlock(max_length=200, required=False)

    class Meta:
        icon = "image"
        label = "Picture"
        template = "clinic_pages/blocks/figure.html"
        group = WORDS
        description = "A picture with a line below it."


class CalloutBlock(StructBlock):
    kind = ChoiceBlock(
        choices=[("info", "Good to know"), ("warning", "Important")], default="info"
    )
    heading = CharBlock(max_length=90)
    text = ProseBlock(features=LINE_FEATURES)

    class Meta:
        icon = "info-circle"
        label = "Callout"
        template = "clinic_pages/blocks/callout.html"
        group = WORDS
        description = (
            "A short note that stands out from the text. For signs of illness take a "
            "care card."
        )
        preview_value = {
            "kind": "info",
            "heading": "Bring your tablets",
            "text": "<p>Or a list of them, with the doses.</p>",
        }


class CareCardBlock(StructBlock):
    """What care to get and how soon. Not for warnings."""

    urgency = ChoiceBlock(
        choices=[
            ("nonurgent", "Non-urgent: see a doctor"),
            ("urgent", "Urgent: today"),
            ("emergency", "Emergency: now"),
        ]
    )
    heading = CharBlock(
        max_length=90,
        help_text="The action, ending in “if:”. Such as “See a GP if:”",
    )
    # A sixth only as the catch-all: people stop reading after five.
    signs = ListBlock(
        CharBlock(max_length=160),
        min_num=1,
        max_num=6,
        help_text="At most 5, and a sixth only as “any other sign that worries you”.",
    )
    note = ProseBlock(features=LINE_FEATURES, required=False)
    link = LinkBlock(required=False)

    class Meta:
        icon = "warning"
        label = "Care card"
        template = "clinic_pages/blocks/care_card.html"
        group = ADVICE
        description = (
            "Tells people what care to get and how soon. Blue: see a doctor. Red: "
            "today. Black: now."
        )
        preview_value = {
            "urgency": "urgent",
            "heading": "Call us today if:",
            "signs": ["you cannot keep fluids down", "you have had a fever for 5 days"],
        }


class QuestionBlock(StructBlock):
    question = CharBlock(max_length=160)
    answer = ProseBlock(features=[*LINE_FEATURES, "ul", "ol"])

    class Meta:
        icon = "help"


class QuestionsBlock(SectionBlock):
    questions = ListBlock(QuestionBlock(), min_num=1)

    class Meta:
        icon = "help"
        label = "Questions and answers"
        template = "clinic_pages/blocks/questions.html"
        group = WORDS
        description = (
            "Questions that open to their answers. Search engines show them too."
        )
        preview_value = {
            "heading": "Questions people ask",
            "questions": [
                {
                    "question": "Do I need a referral?",
                    "answer": "<p>No. You can book by yourself.</p>",
                }
            ],
        }


class StepBlock(StructBlock):
    title = CharBlock(max_length=60)
    text = CharBlock(max_length=200)


class StepsBlock(SectionBlock):
    text = TextBlock(max_length=300, required=False)
    steps = ListBlock(StepBlock(), min_num=2, max_num=6)

    class Meta:
        icon = "list-ol"
        label = "Steps"
        template = "clinic_pages/blocks/steps.html"
        group = WORDS
        description = "What happens, one numbered step after the other."
        preview_value = {
            "heading": "How it works",
            "steps": [
                {"title": "Choose a time", "text": "From those that are free now."},
                {"title": "Come in", "text": "Or join by video."},
            ],
        }


class AppBlock(StructBlock):
    """Hosts a part of another app by the name of its address. Nothing is imported: the
    roof calls the address on the server and puts a plain link when that fails."""

    heading = CharBlock(max_length=90, required=False)
    fragment = ChoiceBlock(choices=app_choices, label="What to show")
    words = CharBlock(
        max_length=60,
        default="See open times",
        label="Link words",
        help_text="The link that stands in its place when it cannot be shown.",
    )

    class Meta:
        icon = "cogs"
        label = "Live times or doctors"
        template = "clinic_pages/blocks/app.html"
        group = FACTS
        description = (
            "The list of doctors with its filters, or the next open times: always as "
            "they are now."
        )


class TrainingBlock(StructBlock):
    title = CharBlock(max_length=120)
    year = IntegerBlock(min_value=1940, max_value=2100, required=False)

    class Meta:
        icon = "date"


class SourceBlock(StructBlock):
    """What an article rests on."""

    title = CharBlock(max_length=200)
    publisher = CharBlock(max_length=120)
    address = CharBlock(max_length=300, required=False)
    year = IntegerBlock(min_value=1940, max_value=2100, required=False)

    class Meta:
        icon = "openquote"

    def clean(self, value: object) -> object:
        cleaned = super().clean(value)
        address = cleaned.get("address")
        if address and not address.startswith(("https://", "http://")):
            wrong = ValidationError("Enter an address that starts with https://")
            raise StructBlockValidationError(block_errors={"address": wrong})
        return cleaned


class ArticleBody(StreamBlock):
    """The running text of an article."""

    text = TextSection()
    image = FigureBlock()
    callout = CalloutBlock()
    care_card = CareCardBlock()
    questions = QuestionsBlock()
    doctor_list = DoctorListBlock()
    price_table = PriceTableBlock()
    app = AppBlock()
    call_to_action = CallToActionBlock()

    class Meta:
        required = False


class PageBody(ArticleBody):
    """What any other page may hold."""

    specialty_grid = SpecialtyGridBlock()
    location_cards = LocationCardsBlock()
    steps = StepsBlock()
    article_teasers = ArticleTeasersBlock()
    task_links = TaskLinksBlock()

    class Meta:
        required = False


class HomeBody(PageBody):
    """The home page: sections over the full width."""

    hero = HeroBlock()

    class Meta:
        required = True
        block_counts = {"hero": {"max_num": 1}}
