"""The parts an editor builds pages from.

Each maps to one component of the look. Editors choose content and order, never colours,
sizes or spacing. Live parts (times, open lists of doctors) are fragments of the booking
engine, included by address.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from wagtail.blocks import (
    BooleanBlock,
    CharBlock,
    ChoiceBlock,
    IntegerBlock,
    ListBlock,
    PageChooserBlock,
    RichTextBlock,
    StreamBlock,
    StructBlock,
    TextBlock,
)
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageBlock

from clinic_pages.links import LinkBlock
from clinic_pages.viewsets import (
    DoctorChooserBlock,
    LocationChooserBlock,
    SpecialtyChooserBlock,
    VisitTypeChooserBlock,
)

# A page has one h1, its title, so an editor's headings start below it.
TEXT_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link"]
LINE_FEATURES = ["bold", "italic", "link"]

ICONS = [
    ("activity", "Pulse line"),
    ("baby", "Baby"),
    ("bone", "Bone"),
    ("brain", "Brain"),
    ("calendar", "Calendar"),
    ("chat", "Speech bubble"),
    ("clipboard", "Clipboard"),
    ("drop", "Drop"),
    ("ear", "Ear"),
    ("eye", "Eye"),
    ("file-text", "Document"),
    ("flask", "Flask"),
    ("heart", "Heart"),
    ("heart-pulse", "Heart with pulse"),
    ("nose", "Breath"),
    ("person", "Person"),
    ("phone", "Phone"),
    ("pill", "Pill"),
    ("ribbon", "Ribbon"),
    ("shield-check", "Shield"),
    ("smile", "Smile"),
    ("stethoscope", "Stethoscope"),
    ("syringe", "Syringe"),
    ("user", "User"),
    ("venus", "Venus sign"),
    ("video", "Video"),
    ("wallet", "Wallet"),
]


def app_choices() -> list[tuple[str, str]]:
    """The fragments that pages may host: URL name and what editors call it."""
    return list(settings.PAGE_FRAGMENTS.items())


class SectionBlock(StructBlock):
    """A part with a heading of its own."""

    heading = CharBlock(max_length=90)

    class Meta:
        abstract = True


class TextSection(RichTextBlock):
    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("features", TEXT_FEATURES)
        super().__init__(**kwargs)

    class Meta:
        icon = "pilcrow"
        label = "Text"
        template = "clinic_pages/blocks/text.html"


class FigureBlock(StructBlock):
    image = ImageBlock(
        help_text="Describe what the picture shows, or tick that it is decorative."
    )
    caption = CharBlock(max_length=200, required=False)

    class Meta:
        icon = "image"
        label = "Image"
        template = "clinic_pages/blocks/figure.html"


class CalloutBlock(StructBlock):
    kind = ChoiceBlock(
        choices=[("info", "Good to know"), ("warning", "Important")], default="info"
    )
    heading = CharBlock(max_length=90)
    text = RichTextBlock(features=LINE_FEATURES)

    class Meta:
        icon = "info-circle"
        label = "Callout"
        template = "clinic_pages/blocks/callout.html"


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
    note = RichTextBlock(features=LINE_FEATURES, required=False)
    link = LinkBlock(required=False)

    class Meta:
        icon = "warning"
        label = "Care card"
        template = "clinic_pages/blocks/care_card.html"


class QuestionBlock(StructBlock):
    question = CharBlock(max_length=160)
    answer = RichTextBlock(features=[*LINE_FEATURES, "ul", "ol"])

    class Meta:
        icon = "help"


class QuestionsBlock(SectionBlock):
    questions = ListBlock(QuestionBlock(), min_num=1)

    class Meta:
        icon = "help"
        label = "Questions and answers"
        template = "clinic_pages/blocks/questions.html"


class DoctorListBlock(SectionBlock):
    choice = ChoiceBlock(
        choices=[
            ("picked", "The doctors picked below"),
            ("times", "Those with the soonest times"),
        ],
        default="times",
        label="Which doctors",
    )
    doctors = ListBlock(DoctorChooserBlock(), min_num=0, max_num=12, default=[])
    specialty = SpecialtyChooserBlock(
        required=False, help_text="Only doctors of this specialty."
    )
    count = IntegerBlock(
        min_value=1, max_value=12, default=3, help_text="How many at most."
    )
    link = LinkBlock(required=False)

    class Meta:
        icon = "group"
        label = "Doctor list"
        template = "clinic_pages/blocks/doctor_list.html"


class SpecialtyGridBlock(SectionBlock):
    specialties = ListBlock(
        SpecialtyChooserBlock(),
        min_num=0,
        default=[],
        help_text="None: all that have a page.",
    )
    link = LinkBlock(required=False)

    class Meta:
        icon = "grip"
        label = "Specialty list"
        template = "clinic_pages/blocks/specialty_grid.html"


class LocationCardsBlock(SectionBlock):
    locations = ListBlock(
        LocationChooserBlock(), min_num=0, default=[], help_text="None: all."
    )
    link = LinkBlock(required=False)

    class Meta:
        icon = "site"
        label = "Location cards"
        template = "clinic_pages/blocks/location_cards.html"


class PriceTableBlock(SectionBlock):
    """Lengths and prices are the clinic's facts; the editor picks the rows."""

    text = RichTextBlock(features=LINE_FEATURES, required=False)
    visit_types = ListBlock(
        VisitTypeChooserBlock(),
        min_num=0,
        default=[],
        help_text="None: every visit type, or every one of the specialty below.",
    )
    specialty = SpecialtyChooserBlock(required=False)
    links = ListBlock(LinkBlock(), min_num=0, max_num=3, default=[])

    class Meta:
        icon = "table"
        label = "Price table"
        template = "clinic_pages/blocks/price_table.html"


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


class ArticleTeasersBlock(SectionBlock):
    articles = ListBlock(
        PageChooserBlock("clinic_pages.HealthArticle"),
        min_num=0,
        max_num=6,
        default=[],
        help_text="None: the latest.",
    )
    specialty = SpecialtyChooserBlock(
        required=False, help_text="Only the latest of this specialty."
    )
    count = IntegerBlock(min_value=1, max_value=6, default=3)
    link = LinkBlock(required=False)

    class Meta:
        icon = "doc-full"
        label = "Article teasers"
        template = "clinic_pages/blocks/article_teasers.html"


class CallToActionBlock(SectionBlock):
    text = TextBlock(max_length=300, required=False)
    link = LinkBlock()

    class Meta:
        icon = "pick"
        label = "Call to action"
        template = "clinic_pages/blocks/call_to_action.html"


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
        label = "Live part"
        template = "clinic_pages/blocks/app.html"


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
    note = RichTextBlock(
        features=LINE_FEATURES,
        required=False,
        help_text="One line below the finder, such as “Not sure who to see? …”",
    )

    class Meta:
        icon = "home"
        label = "Hero with finder"
        template = "clinic_pages/blocks/hero.html"


class TaskBlock(StructBlock):
    icon = ChoiceBlock(choices=ICONS, default="calendar")
    text = CharBlock(max_length=160)
    link = LinkBlock()


class TaskLinksBlock(SectionBlock):
    tasks = ListBlock(TaskBlock(), min_num=2, max_num=8)

    class Meta:
        icon = "list-ul"
        label = "Task links"
        template = "clinic_pages/blocks/task_links.html"


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
    app = AppBlock()
    call_to_action = CallToActionBlock()

    class Meta:
        required = False


class PageBody(ArticleBody):
    """What any other page may hold."""

    doctor_list = DoctorListBlock()
    specialty_grid = SpecialtyGridBlock()
    location_cards = LocationCardsBlock()
    price_table = PriceTableBlock()
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
