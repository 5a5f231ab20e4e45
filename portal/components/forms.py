"""The form of the component sheet: one field of every kind."""

from django import forms

from foundation.widgets import BirthDateField, ChoiceCards, Segmented


class SampleForm(forms.Form):
    who = forms.ChoiceField(
        label="Who is this visit for?",
        choices=[("me", "Me"), ("other", "Someone else")],
        widget=Segmented,
    )
    first_name = forms.CharField(
        widget=forms.TextInput(attrs={"class": "mc-w20", "autocomplete": "given-name"}),
    )
    birth_date = BirthDateField()
    phone = forms.CharField(
        label="Mobile phone number",
        help_text="We text your confirmation and one reminder.",
        error_messages={"required": "Enter a phone number, like 07700 900123"},
        widget=forms.TextInput(attrs={"class": "mc-w20", "type": "tel"}),
    )
    language = forms.ChoiceField(
        choices=[("en", "English"), ("cy", "Welsh")], required=False
    )
    how = forms.ChoiceField(
        label="How should we see you?",
        choices=[("person", "In person"), ("video", "Video")],
        widget=ChoiceCards(
            details={"person": "14 Canal Street", "video": "In your browser"},
            sides={"person": "15 min, £65", "video": "15 min, £65"},
        ),
    )
    days = forms.MultipleChoiceField(
        label="Which days suit you?",
        choices=[("mon", "Monday"), ("tue", "Tuesday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    letter = forms.FileField(label="A letter", required=False)
    note = forms.CharField(
        label="Anything the doctor should know?",
        help_text="A sentence is enough.",
        max_length=500,
        required=False,
        widget=forms.Textarea,
    )
    agrees = forms.BooleanField(
        label="I agree that the clinic keeps my details",
        help_text="You can ask us to delete them.",
        error_messages={"required": "Tick the box to go on"},
    )


# Two answers are wrong and one is missing, so that the sheet shows errors too.
TYPED = {
    "who": "me",
    "first_name": "Maya",
    "birth_date_day": "14",
    "birth_date_month": "3",
    "birth_date_year": "86",
    "how": "person",
    "days": ["mon"],
    "note": "Headaches most weeks.",
}
