from typing import Any

from django import forms

from accounts.consents.models import ConsentText

AGAIN, SAME = "again", "same"


class AnswerForm(forms.Form):
    """A yes or a no to the version that was shown."""

    text = forms.ModelChoiceField(
        queryset=ConsentText.objects.exclude(published_at=None),
        to_field_name="public_id",
    )
    answer = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")])


class TextForm(forms.Form):
    """The next version of a text. `seen` is the fingerprint of the draft it began
    from."""

    title = forms.CharField(
        label="Title",
        max_length=120,
        help_text="A question or a few words, for example: May we send you news?",
        error_messages={"required": "Enter a title"},
    )
    body = forms.CharField(
        label="Text",
        max_length=6000,
        strip=False,
        help_text=(
            "What people say yes to, in plain words: what happens, with which data, "
            "who gets it, for how long. An empty line begins a paragraph."
        ),
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": "Enter the text that people agree to"},
    )
    meaning = forms.ChoiceField(
        label="What changes",
        choices=[
            (AGAIN, "The meaning: everybody who said yes is asked again"),
            (SAME, "Only the wording: what people said stays"),
        ],
        initial=AGAIN,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what changes",
            "invalid_choice": "Choose what changes",
        },
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if not body.strip():
            raise forms.ValidationError("Enter the text that people agree to")
        return body

    def words(self) -> dict[str, Any]:
        """The fields of `save_draft`."""
        data = self.cleaned_data
        return {
            "title": data["title"],
            "body": data["body"],
            "is_material": data["meaning"] == AGAIN,
            "seen": data["seen"],
        }
