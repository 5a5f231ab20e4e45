import pytest
from django.core.exceptions import ValidationError

from clinic.identity.queries import current
from clinic_pages.brand import try_out
from clinic_pages.models import ClinicSettings
from tests.factories.pages import clinic_settings, picture, standard_page


def test_saving_pushes_the_identity_down(db):
    privacy = standard_page(title="Privacy", slug="privacy")
    clinic_settings(
        name="Larkfield Clinic",
        strapline="Westhaven",
        brand_colour="#7A2E6B",
        phone="+442079460120",
        email="hello@example.org",
        emergency_number="112",
        urgent_number="",
        legal_line="Provider 1-000417",
        logo=picture("Logo"),
        privacy_note="We keep it to ourselves.",
        privacy_page=privacy,
    )
    clinic = current()
    assert clinic.logo_url.endswith(".webp")
    assert {
        name: getattr(clinic, name)
        for name in (
            "name",
            "strapline",
            "brand_colour",
            "phone",
            "email",
            "emergency_number",
            "urgent_number",
            "legal_line",
            "privacy_note",
            "privacy_url",
        )
    } == {
        "name": "Larkfield Clinic",
        "strapline": "Westhaven",
        "brand_colour": "#7a2e6b",
        "phone": "+442079460120",
        "email": "hello@example.org",
        "emergency_number": "112",
        "urgent_number": "",
        "legal_line": "Provider 1-000417",
        "privacy_note": "We keep it to ourselves.",
        "privacy_url": "/privacy/",
    }


def test_what_is_not_the_editors_stays(db):
    identity = current()
    identity.currency = "EUR"
    identity.time_zone = "Europe/Dublin"
    identity.save()
    clinic_settings(name="Larkfield Clinic")
    assert (current().currency, current().time_zone) == ("EUR", "Europe/Dublin")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("020 7946 0120", "+442079460120"), ("+33 1 23 45 67 89", "+33123456789")],
)
def test_phones_are_kept_in_one_form(typed, kept):
    settings = ClinicSettings(name="x", phone=typed)
    settings.clean()
    assert settings.phone == kept


@pytest.mark.parametrize("field", ["phone", "emergency_number", "urgent_number"])
@pytest.mark.parametrize("wrong", ["12x", "call us", "1", "+44 12"])
def test_wrong_numbers_are_refused_beside_the_field(field, wrong):
    settings = ClinicSettings(name="x", **{field: wrong})
    with pytest.raises(ValidationError) as error:
        settings.clean_fields(exclude=["site"])
    assert set(error.value.message_dict) == {field}


@pytest.mark.parametrize("wrong", ["green", "#12345", "#gggggg", "0f5c4d"])
def test_a_colour_has_six_digits(wrong):
    with pytest.raises(ValidationError) as error:
        ClinicSettings(name="x", brand_colour=wrong).clean_fields(exclude=["site"])
    assert set(error.value.message_dict) == {"brand_colour"}


@pytest.mark.parametrize(
    ("colour", "white_reads"),
    [("#0f5c4d", True), ("#ffe600", False), ("#000000", True), ("#ffffff", False)],
)
def test_a_colour_tried_out_says_whether_white_reads(colour, white_reads):
    trial = try_out(colour)
    assert trial.white_reads is white_reads
    # Buttons read in both themes whatever the colour.
    assert [one.reads for one in trial.samples] == [True, True]


def test_the_preview_answers_for_any_typing(client, editor):
    client.force_login(editor)
    known = client.get("/cms/brand/", {"colour": "#ffe600"}).content.decode()
    broken = client.get("/cms/brand/", {"colour": "<script>"}).content.decode()
    assert "reads: <strong>no</strong>" in known
    assert "Enter a colour" in broken
    assert "<script>" not in broken


def test_the_settings_form_keeps_what_was_typed(client, editor):
    client.force_login(editor)
    address = "/cms/settings/clinic_pages/clinicsettings/"
    page = client.get(address, follow=True)
    address = page.redirect_chain[-1][0] if page.redirect_chain else address
    answer = client.post(
        address,
        {"name": "Larkfield", "brand_colour": "#0f5c4d", "phone": "nonsense"},
    )
    html = answer.content.decode()
    assert "Enter a phone number with its country" in html
    assert 'value="nonsense"' in html
    assert current().name != "Larkfield"
