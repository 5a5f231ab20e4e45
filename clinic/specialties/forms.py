from typing import Any

from django import forms

from clinic.specialties.models import Specialty

# schema.org/MedicalSpecialty, version 29; the words are ours.
SCHEMA_ORG = [
    ("Anesthesia", "Anaesthesia"),
    ("Cardiovascular", "Heart and circulation"),
    ("CommunityHealth", "Community health"),
    ("Dentistry", "Dentistry"),
    ("Dermatology", "Dermatology"),
    ("DietNutrition", "Diet and nutrition"),
    ("Emergency", "Emergency medicine"),
    ("Endocrine", "Endocrinology"),
    ("Gastroenterologic", "Gastroenterology"),
    ("Genetic", "Genetics"),
    ("Geriatric", "Geriatrics"),
    ("Gynecologic", "Gynaecology"),
    ("Hematologic", "Haematology"),
    ("Infectious", "Infectious diseases"),
    ("LaboratoryScience", "Laboratory"),
    ("Midwifery", "Midwifery"),
    ("Musculoskeletal", "Muscles, bones and joints"),
    ("Neurologic", "Neurology"),
    ("Nursing", "Nursing"),
    ("Obstetric", "Obstetrics"),
    ("Oncologic", "Oncology"),
    ("Optometric", "Optometry and eyes"),
    ("Otolaryngologic", "Ear, nose and throat"),
    ("Pathology", "Pathology"),
    ("Pediatric", "Paediatrics"),
    ("PharmacySpecialty", "Pharmacy"),
    ("Physiotherapy", "Physiotherapy"),
    ("PlasticSurgery", "Plastic surgery"),
    ("Podiatric", "Podiatry"),
    ("PrimaryCare", "Primary care"),
    ("Psychiatric", "Psychiatry"),
    ("PublicHealth", "Public health"),
    ("Pulmonary", "Lungs"),
    ("Radiography", "Radiography"),
    ("Renal", "Kidneys"),
    ("RespiratoryTherapy", "Respiratory therapy"),
    ("Rheumatologic", "Rheumatology"),
    ("SpeechPathology", "Speech therapy"),
    ("Surgical", "Surgery"),
    ("Toxicologic", "Toxicology"),
    ("Urologic", "Urology"),
]


class SpecialtyForm(forms.ModelForm):
    """The words for a specialty."""

    class Meta:
        model = Specialty
        fields = ["name", "plain_name", "practitioner", "schema_org"]
        labels = {
            "name": "Its name in medicine",
            "plain_name": "The word patients use",
            "practitioner": "What one of its doctors is called",
            "schema_org": "What search engines are told",
        }
        help_texts = {
            "name": "For example “Dermatology”.",
            "plain_name": "For example “Skin”. The site lists specialties by it.",
            "practitioner": "For example “skin specialist”.",
            "schema_org": "",
        }
        error_messages = {
            "name": {
                "required": "Enter a name, for example Dermatology",
                "unique": "There is a specialty of this name already",
            },
            "plain_name": {"required": "Enter a plain word, for example Skin"},
            "practitioner": {
                "required": "Enter what one is called, for example skin specialist"
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(SCHEMA_ORG)
        now = self.instance.schema_org
        # What was set otherwise, such as by the demo, is kept.
        other = [(now, now)] if now and now not in known else []
        self.fields["schema_org"] = forms.ChoiceField(
            label=self.fields["schema_org"].label,
            required=False,
            choices=[("", "Nothing in particular"), *SCHEMA_ORG, *other],
        )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Specialty.objects.exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError("There is a specialty of this name already")
        return name
