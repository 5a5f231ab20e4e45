"""What is there to agree to, on the last step of a booking?"""

from dataclasses import dataclass

from django.http import QueryDict

from accounts.consents.models import ConsentText, Purpose
from accounts.consents.queries import choices_of, current_text
from accounts.patients.models import Patient


@dataclass(frozen=True)
class Boxes:
    """The texts that stand beside boxes to tick; None: there is no such box."""

    terms: ConsentText | None = None
    news: ConsentText | None = None

    def is_same_terms(self, data: QueryDict) -> bool:
        """Whether the page that was sent showed the terms that hold now."""
        return _is_same(self.terms, data.get("terms_text"))

    def still_ticked(self, data: QueryDict) -> QueryDict:
        """What was sent, without ticks for words that have changed meanwhile: a tick
        counts for the version that was on the page."""
        data = data.copy()
        if not self.is_same_terms(data):
            data.pop("agree", None)
        if not _is_same(self.news, data.get("news_text")):
            data.pop("news", None)
        return data

    def agreed(self, *, is_news_ticked: bool) -> list[ConsentText]:
        """The texts that are said yes to: the terms, and news where it is ticked."""
        ticked = [self.terms, self.news if is_news_ticked else None]
        return [text for text in ticked if text is not None]


def boxes_for(patient: Patient | None, *, by_another: bool = False) -> Boxes:
    """What is asked of a patient, or of a guest: the terms always, news only of whoever
    has not answered yet, and never of who books for them: that is their own to say."""
    news = None if by_another else current_text(Purpose.MARKETING)
    if news is not None and patient is not None:
        answered = {one.purpose for one in choices_of(patient) if not one.is_open}
        news = None if Purpose.MARKETING in answered else news
    return Boxes(terms=current_text(Purpose.CARE), news=news)


def _is_same(text: ConsentText | None, shown: str | None) -> bool:
    return str(text.public_id if text else "") == (shown or "")
