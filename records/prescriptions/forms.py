from typing import Any

from django import forms
from django.http import QueryDict

from records.prescriptions.models import NONE_KNOWN, Prescription
from records.prescriptions.services import Item

ALLERGY_CHOICES = [("none", NONE_KNOWN), ("known", "Known allergies")]


class PrescriptionForm(forms.Form):
    """What stands once on a prescription."""

    allergy_state = forms.ChoiceField(
        label="Allergies",
        choices=ALLERGY_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "Ask the patient, and choose one"},
    )
    allergies = forms.CharField(
        label="Which allergies",
        help_text="For example “Penicillin (severe), latex (mild)”.",
        max_length=300,
        required=False,
    )
    note = forms.CharField(
        label="Note for the pharmacist",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("allergy_state") == "none":
            if cleaned.get("allergies"):
                self.add_error(
                    "allergies", "Clear this, or choose “Known allergies” above"
                )
            cleaned["allergies"] = NONE_KNOWN
        elif cleaned.get("allergy_state") == "known" and not cleaned.get("allergies"):
            self.add_error("allergies", "Name the allergies, and how severe they are")
        return cleaned

    @property
    def content(self) -> dict[str, Any]:
        """What the services take."""
        return {
            "allergies": self.cleaned_data["allergies"],
            "note": self.cleaned_data["note"],
        }


# A paper has room for more, but nobody overlooks a longer list.
MOST_ITEMS = 20


class ItemForm(forms.Form):
    """One medicine."""

    medicine = forms.CharField(
        label="Medicine",
        help_text="Generic name",
        max_length=160,
        error_messages={"required": "Name the medicine"},
    )
    strength = forms.CharField(
        label="Strength", help_text="For example 50 mg", max_length=60, required=False
    )
    form = forms.CharField(
        label="Form",
        help_text="tablets, cream, inhaler",
        max_length=60,
        error_messages={"required": "Say the form, for example tablets"},
    )
    directions = forms.CharField(
        label="How to take it",
        help_text="In full, numbers in words: “ONE tablet at night”",
        max_length=300,
        error_messages={"required": "Say how to take it, for example ONE at night"},
    )
    quantity = forms.IntegerField(
        label="Quantity",
        min_value=1,
        max_value=9999,
        error_messages={"required": "Say how many, for example 28"},
    )
    quantity_unit = forms.CharField(label="Unit", max_length=40, initial="tablets")
    repeats = forms.IntegerField(
        label="Repeats", min_value=0, max_value=12, initial=0, required=False
    )

    def clean_repeats(self) -> int:
        return self.cleaned_data["repeats"] or 0


class BaseItemFormSet(forms.BaseFormSet[ItemForm]):
    """The medicines; empty lines are left out."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Leave this medicine out"

    def clean(self) -> None:
        kept = [form for form in self.forms if form not in self.deleted_forms]
        if not any(form.errors for form in kept) and not self.items:
            raise forms.ValidationError("Add at least one medicine.")

    @property
    def items(self) -> list[Item]:
        """What the services take."""
        kept = (
            {name: form.cleaned_data[name] for name in ItemForm.base_fields}
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        )
        return [Item(**fields) for fields in kept]


ItemFormSet = forms.formset_factory(
    ItemForm,
    formset=BaseItemFormSet,
    extra=0,
    min_num=1,
    max_num=MOST_ITEMS,
    absolute_max=MOST_ITEMS,
    can_delete=True,
)


class WithdrawForm(forms.Form):
    """Why a prescription ends before its time."""

    reason = forms.CharField(
        label="Why is it withdrawn?",
        help_text="The patient reads this.",
        max_length=300,
        error_messages={"required": "Say why, in words for the patient"},
    )


class CheckForm(forms.Form):
    """The code on the paper, for pharmacists."""

    code = forms.CharField(
        label="Code on the prescription",
        help_text="8 letters and digits, for example 7KQ4 M2TD",
        max_length=20,
        error_messages={"required": "Enter the code beside the square pattern"},
    )


def initial_head(allergies: str, note: str = "") -> dict[str, Any]:
    """What the upper form shows for words on allergies; nothing recorded: no choice."""
    if not allergies:
        return {"note": note}
    none_known = allergies == NONE_KNOWN
    return {
        "allergy_state": "none" if none_known else "known",
        "allergies": "" if none_known else allergies,
        "note": note,
    }


def initial_of(
    prescription: Prescription,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the forms show for an existing prescription."""
    head = initial_head(prescription.allergies, prescription.note)
    lines = prescription.items.order_by("position")
    return head, [
        {name: getattr(line, name) for name in ItemForm.base_fields} for line in lines
    ]


def typed_items(data: QueryDict) -> list[dict[str, str]]:
    """The lines of a posted form set as they were typed, but for the empty ones and
    those that were taken out."""
    count = data.get("items-TOTAL_FORMS", "")
    shown = int(count) if count.isdecimal() and len(count) < 4 else 0
    lines = [
        {name: data.get(f"items-{number}-{name}", "") for name in ItemForm.base_fields}
        for number in range(min(shown, MOST_ITEMS))
        if f"items-{number}-DELETE" not in data
    ]
    return [line for line in lines if line["medicine"] or line["directions"]]
