import pytest

from foundation.texting import TextSize, text_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", TextSize(0, 1, False)),
        ("a" * 160, TextSize(160, 1, False)),
        ("a" * 161, TextSize(161, 2, False)),
        ("a" * 306, TextSize(306, 2, False)),
        ("a" * 307, TextSize(307, 3, False)),
        ("£5", TextSize(2, 1, False)),
        ("€5", TextSize(3, 1, False)),
        ("Łódź", TextSize(4, 1, True)),
        ("ł" * 70, TextSize(70, 1, True)),
        ("ł" * 71, TextSize(71, 2, True)),
        ("🙂", TextSize(2, 1, True)),
    ],
)
def test_text_size_counts_as_networks_do(text, size):
    assert text_size(text) == size
