"""Which public holidays are looked at, and on which of them it is closed."""

from datetime import date
from typing import Any

from django import forms

from clinic.holidays.queries import (
    Holiday,
    coming_holidays,
    countries_of,
    is_known,
    regions_of,
)
from clinic.locations.models import Location
from foundation.formats import day_date

WHOLE = "The whole clinic"
YEARS = 3


class WhereForm(forms.Form):
    """A location, or the whole clinic where all of it is in one country; the region
    whose holidays count there, and the year."""

    location = forms.ModelChoiceField(
        label="Where",
        queryset=Location.objects.filter(is_active=True).order_by("name"),
        required=False,
        empty_label=WHOLE,
        to_field_name="slug",
        error_messages={"invalid_choice": "Choose a location from the list"},
    )
    region = forms.ChoiceField(
        label="Region",
        help_text="Some days are holidays in a part of the country only.",
        required=False,
        error_messages={"invalid_choice": "Choose a region of that country"},
    )
    year = forms.TypedChoiceField(
        label="Year",
        coerce=int,
        error_messages={
            "required": "Choose a year",
            "invalid_choice": "Choose one of these years",
        },
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        places: Any = self.fields["location"]
        self.countries = countries_of(places.queryset)
        region: Any = self.fields["region"]
        region.choices = [("", "Only those of the whole country"), *self._regions()]
        year: Any = self.fields["year"]
        year.choices = [(n, str(n)) for n in range(today.year, today.year + YEARS)]

    def _regions(self) -> list[tuple[str, str]]:
        country = self._country(self._asked_location())
        return regions_of(country) if country else []

    def _asked_location(self) -> Location | None:
        asked = self.data.get("location") if self.is_bound else None
        places: Any = self.fields["location"]
        return places.queryset.filter(slug=asked).first() if asked else None

    def _country(self, location: Location | None) -> str:
        """Whose holidays they are; "" where that is not one country."""
        if location is not None:
            return location.country
        return self.countries[0] if len(self.countries) == 1 else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "location" in cleaned:
            country = self._country(cleaned["location"])
            if not country:
                self.add_error("location", "Choose a location: they differ by country")
            elif not is_known(country):
                self.add_error(
                    "location",
                    f"We know no public holidays of {country}. Add the days by hand",
                )
            cleaned["country"] = country
        return cleaned

    @property
    def found(self) -> list[Holiday]:
        """The holidays that are asked for, from today on. Only of a valid form."""
        data = self.cleaned_data
        return coming_holidays(
            data["location"],
            data["country"],
            data["region"],
            data["year"],
            today=self.today,
        )


class DaysForm(forms.Form):
    """On which of the days that are shown it is closed: on all of them unless somebody
    says otherwise. Those that are closed already are no choice."""

    days = forms.MultipleChoiceField(
        label="Close on",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose one day at least",
            "invalid_choice": "Choose from the days below",
        },
    )

    def __init__(self, *args: Any, found: list[Holiday], **kwargs: Any) -> None:
        self.open = {one.day.isoformat(): one for one in found if not one.is_closed}
        kwargs.setdefault("initial", {"days": list(self.open)})
        super().__init__(*args, **kwargs)
        days: Any = self.fields["days"]
        days.choices = [
            (key, f"{day_date(one.day)} {one.day.year}, {one.name}")
            for key, one in self.open.items()
        ]

    @property
    def chosen(self) -> list[Holiday]:
        """The days, in order. Only of a valid form."""
        return [self.open[key] for key in sorted(self.cleaned_data["days"])]
