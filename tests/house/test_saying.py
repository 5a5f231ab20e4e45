"""What tests take for chance is chance."""

from django.utils.crypto import get_random_string

from tests.saying import said


def test_names_stay_and_keys_go():
    text = "Ann Patient, Ann-patient-first-name, ann@example.org, P-10432, GP visit"
    assert said(text) == text
    key = "Zoe8" + get_random_string(60)
    assert said(f'value="{key}">Zoe') == 'value="">Zoe'
    assert said("http://x/manage/Kt4GP\r\n RMV2NfEvnk1XDuu:9f\r\n") == (
        "http://x/manage/:9f\r\n"
    )
