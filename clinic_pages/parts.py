"""What the blocks have in common."""

from typing import Any

from wagtail.blocks import CharBlock, StructBlock

# A page has one h1, its title, so an editor's headings start below it.
TEXT_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link"]
LINE_FEATURES = ["bold", "italic", "link"]

# How the list of parts that an editor chooses from is divided.
WORDS = "Words and pictures"
ADVICE = "Health advice"
FACTS = "Doctors, prices and places"
LEADS_ON = "Leading on"

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


class SectionBlock(StructBlock):
    """A part with a heading of its own."""

    heading = CharBlock(max_length=90)

    class Meta:
        abstract = True

    def get_preview_value(self) -> Any:
        """The sample; what it leaves out is as in a new part."""
        sample = getattr(self.meta, "preview_value", {})
        return self.normalize({**self.get_default(), **sample})
