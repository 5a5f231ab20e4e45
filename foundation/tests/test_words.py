import pytest

from foundation.words import in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (6, "six"),
        (19, "nineteen"),
        (28, "twenty-eight"),
        (40, "forty"),
        (100, "one hundred"),
        (112, "one hundred and twelve"),
        (365, "three hundred and sixty-five"),
        (1000, "one thousand"),
        (1050, "one thousand and fifty"),
        (2999, "two thousand nine hundred and ninety-nine"),
    ],
)
def test_in_words(number, words):
    assert in_words(number) == words


def test_in_words_refuses_what_it_cannot_say():
    with pytest.raises(ValueError, match="10000"):
        in_words(10_000)
