import pytest

from foundation.likeness import fold, matches


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("calloway", "Dr Ines Calloway"),
        ("Ines Cal", "Dr Ines Calloway"),
        ("callaway", "Dr Ines Calloway"),
        ("clalowey", "Dr Ines Calloway"),
        ("celik", "Dr Derya Çelik"),
        ("ÇELİK", "Dr Derya Celik"),
        ("dermatolgy", "Dermatology"),
        ("o'brien", "Dr Niamh O’Brien"),
        ("", "anything"),
    ],
)
def test_slips_and_accents_are_forgiven(typed, text):
    assert matches(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("lee", "Dr Lea Roy"),
        ("calloway roy", "Dr Ines Calloway"),
        ("haddad", "Dr Ines Calloway"),
        ("skin", "Dr Stan Spin"),
    ],
)
def test_other_words_do_not_match(typed, text):
    assert not matches(typed, text)


def test_fold_drops_accents_case_and_marks():
    assert fold("Ćwik-Müller").split() == ["cwik", "muller"]
