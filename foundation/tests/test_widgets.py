from datetime import date

import pytest
from django import forms

from foundation.widgets import (
    BirthDateField,
    ChoiceCards,
    Segmented,
    birth_date_parts,
    control_attrs,
    control_kind,
    error_links,
)


class PersonForm(forms.Form):
    name = forms.CharField(widget=forms.TextInput(attrs={"class": "mc-w20"}))
    born = BirthDateField(today=lambda: date(2026, 3, 12))
    how = forms.ChoiceField(
        choices=[("person", "In person"), ("video", "Video")],
        widget=ChoiceCards(sides={"video": "£65"}),
    )
    note = forms.CharField(widget=forms.Textarea, required=False)

    def clean(self):
        if self.cleaned_data.get("name") == "Nobody":
            raise forms.ValidationError("Enter the name of a person")


def person(**answers):
    return PersonForm({"name": "Maya", "how": "video", **answers})


def born(day="", month="", year=""):
    return person(born_day=day, born_month=month, born_year=year)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (("14", "3", "1986"), date(1986, 3, 14)),
        (("04", "05", "2010"), date(2010, 5, 4)),
        ((" 29 ", "2", "2000"), date(2000, 2, 29)),
        (("12", "3", "2026"), date(2026, 3, 12)),
    ],
)
def test_birth_date_takes_three_numbers(typed, kept):
    form = born(*typed)

    assert form.is_valid()
    assert form.cleaned_data["born"] == kept


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        (("", "", ""), {"required"}),
        (("14", "3", "86"), {"year"}),
        (("14", "3", "1899"), {"year"}),
        (("32", "13", "1986"), {"day", "month"}),
        (("", "3", "1986"), {"day"}),
        (("x", "3", "1986"), {"day"}),
        (("-1", "3", "1986"), {"day"}),
        (("²", "3", "1986"), {"day"}),
        (("30", "2", "1986"), {"invalid"}),
        (("29", "2", "1900"), {"invalid"}),
        (("13", "3", "2026"), {"future"}),
        (("1" * 5000, "3", "1986"), {"day"}),
    ],
)
def test_birth_date_says_which_part_is_wrong(typed, codes):
    form = born(*typed)

    assert {error.code for error in form["born"].errors.as_data()} == codes


def test_birth_date_keeps_what_was_typed_and_marks_the_wrong_part():
    parts = birth_date_parts(born("14", "3", "86")["born"])

    assert [(part.value, part.is_wrong) for part in parts] == [
        ("14", False),
        ("3", False),
        ("86", True),
    ]
    assert [part.name for part in parts] == ["born_day", "born_month", "born_year"]


def test_birth_date_shows_a_known_date():
    form = PersonForm(initial={"born": date(1986, 3, 14)})

    assert [part.value for part in birth_date_parts(form["born"])] == [
        "14",
        "3",
        "1986",
    ]


def test_birth_date_may_be_left_out_where_it_is_optional():
    assert BirthDateField(required=False).clean(["", "", ""]) is None


def test_birth_date_has_changed_compares_dates():
    field = BirthDateField()

    assert not field.has_changed(date(1986, 3, 14), ["14", "03", "1986"])
    assert field.has_changed(date(1986, 3, 14), ["15", "3", "1986"])
    assert field.has_changed(date(1986, 3, 14), ["x", "3", "1986"])


def test_error_links_jump_to_the_control_that_is_wrong():
    form = PersonForm(
        {"name": "Nobody", "born_day": "14", "born_month": "3", "born_year": "86"}
    )

    assert [target for target, _ in error_links(form)] == [
        "",
        "id_born_year",
        "id_how_0",
    ]


def test_a_form_says_what_its_errors_are_about():
    class Questions(forms.Form):
        first = forms.CharField(label="Which medicine?")
        second = forms.CharField(label="Why?")

        def in_errors(self, field):
            return field.label if field.name == "first" else ""

    assert [words for _, words in error_links(Questions({}))] == [
        "This field is required.: Which medicine?",
        "This field is required.",
    ]


def test_every_kind_of_control_has_its_drawing():
    class Every(forms.Form):
        text = forms.CharField()
        area = forms.CharField(widget=forms.Textarea)
        select = forms.ChoiceField()
        file = forms.FileField()
        tick = forms.BooleanField()
        radios = forms.ChoiceField(widget=forms.RadioSelect)
        ticks = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
        seg = forms.ChoiceField(widget=Segmented)
        choice = forms.ChoiceField(widget=ChoiceCards)
        dob = BirthDateField()
        hidden = forms.CharField(widget=forms.HiddenInput)

    assert {field.name: control_kind(field) for field in Every()} == {
        "text": "text",
        "area": "textarea",
        "select": "select",
        "file": "file",
        "tick": "checkbox",
        "radios": "radios",
        "ticks": "checkboxes",
        "seg": "seg",
        "choice": "choice",
        "dob": "dob",
        "hidden": "hidden",
    }


def test_controls_keep_the_classes_of_their_form():
    form = PersonForm({"name": ""})

    assert control_attrs(form["name"]) == {"class": "form-control mc-w20 is-invalid"}
    assert control_attrs(PersonForm()["note"]) == {"class": "form-control", "rows": "4"}


def test_choice_cards_carry_what_stands_at_their_side():
    options = [option.data for option in person()["how"].subwidgets]

    assert [(option["value"], option["side"]) for option in options] == [
        ("person", ""),
        ("video", "£65"),
    ]
