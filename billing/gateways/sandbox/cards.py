"""The test cards. Any other number is refused, so that no real one gets in.

Numbers and what they do: Stripe, "Test card numbers". The two delayed ones are ours,
because no published card settles late.
"""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    SUCCESS = "success"
    DECLINE = "decline"
    CHALLENGE = "challenge"
    DELAYED_SUCCESS = "delayed_success"
    DELAYED_FAILURE = "delayed_failure"


class Refunding(StrEnum):
    """What happens to a refund of this card."""

    AT_ONCE = "at_once"
    LATER = "later"
    FAILS_LATER = "fails_later"


@dataclass(frozen=True)
class TestCard:
    __test__ = False  # no test class, whatever its name

    number: str
    label: str
    outcome: Outcome
    code: str = ""
    decline_code: str = ""
    message: str = ""
    after_challenge: Outcome = Outcome.SUCCESS
    refunding: Refunding = Refunding.AT_ONCE

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[i : i + 4] for i in range(0, 16, 4))


def _declined(number: str, label: str, decline_code: str, message: str) -> TestCard:
    return TestCard(
        number, label, Outcome.DECLINE, "card_declined", decline_code, message
    )


_CARDS = [
    TestCard("4242424242424242", "Payment succeeds", Outcome.SUCCESS),
    _declined(
        "4000000000000002",
        "Declined",
        "generic_decline",
        "Your card was declined.",
    ),
    _declined(
        "4000000000009995",
        "Declined: not enough money",
        "insufficient_funds",
        "Your card has insufficient funds. Try another card.",
    ),
    _declined(
        "4000000000009987",
        "Declined: lost card",
        "lost_card",
        "Your card was declined.",
    ),
    TestCard(
        "4000000000000069",
        "Declined: card has expired",
        Outcome.DECLINE,
        "expired_card",
        "expired_card",
        "Your card has expired. Try another card.",
    ),
    TestCard(
        "4000000000000127",
        "Declined: wrong security code",
        Outcome.DECLINE,
        "incorrect_cvc",
        "incorrect_cvc",
        "Your card's security code is not right. Check it and try again.",
    ),
    TestCard(
        "4000000000000119",
        "Declined: the bank had an error",
        Outcome.DECLINE,
        "processing_error",
        "processing_error",
        "Your bank could not process the card. Try again in a little while.",
    ),
    TestCard(
        "4000002500003155",
        "Bank asks you to confirm (3-D Secure)",
        Outcome.CHALLENGE,
    ),
    TestCard(
        "4000000000003220",
        "Bank asks you to confirm (3-D Secure 2)",
        Outcome.CHALLENGE,
    ),
    TestCard(
        "4000008400001629",
        "Bank asks you to confirm, then declines",
        Outcome.CHALLENGE,
        "card_declined",
        "generic_decline",
        "Your card was declined.",
        after_challenge=Outcome.DECLINE,
    ),
    TestCard(
        "4000000000007726",
        "Succeeds; a refund takes a while",
        Outcome.SUCCESS,
        refunding=Refunding.LATER,
    ),
    TestCard(
        "4000000000005126",
        "Succeeds; a refund fails later",
        Outcome.SUCCESS,
        refunding=Refunding.FAILS_LATER,
    ),
    TestCard(
        "4000000000004202", "Money arrives a few seconds later", Outcome.DELAYED_SUCCESS
    ),
    TestCard(
        "4000000000004210",
        "Looks accepted, then fails",
        Outcome.DELAYED_FAILURE,
        "payment_intent_payment_attempt_failed",
        "generic_decline",
        "The bank refused the payment.",
    ),
]
CARDS = {card.number: card for card in _CARDS}


def card_for(number: str) -> TestCard | None:
    """The test card with this number, typed with or without spaces or dashes."""
    return CARDS.get("".join(sign for sign in number if sign.isdigit()))
