import pytest

from foundation.languages import language_code, language_name


def test_languages_have_names_and_strangers_keep_their_code():
    assert [language_name(code) for code in ("cy", "pt-BR", "bfi", "qqq")] == [
        "Welsh",
        "Portuguese",
        "British Sign Language",
        "qqq",
    ]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("English", "en"),
        (" portuguese ", "pt"),
        ("FR", "fr"),
        ("pt-br", "pt-BR"),
        ("Klingon", None),
        ("tlh", None),
        ("qq-br", None),
        ("", None),
    ],
)
def test_a_language_is_meant_by_its_name_or_its_code(word, code):
    assert language_code(word) == code
