from foundation.languages import language_name


def test_languages_have_names_and_strangers_keep_their_code():
    assert [language_name(code) for code in ("cy", "pt-BR", "bfi", "qqq")] == [
        "Welsh",
        "Portuguese",
        "British Sign Language",
        "qqq",
    ]
