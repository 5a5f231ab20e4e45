"""The brand's colour as an editor tries it out: what it does to words on it."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from foundation.colour import Palette, contrast, normalise, palette

READABLE = 4.5


@dataclass(frozen=True)
class Sample:
    """One theme: its derived colours and how well words read on the buttons."""

    name: str
    colours: Palette
    ratio: float

    @property
    def reads(self) -> bool:
        return self.ratio >= READABLE


@dataclass(frozen=True)
class Trial:
    """A colour tried out. `white_ratio` is white on the colour itself; buttons use
    one that is made darker where that is needed, so that they always read."""

    colour: str
    white_ratio: float
    samples: list[Sample]

    @property
    def white_reads(self) -> bool:
        return self.white_ratio >= READABLE


def try_out(colour: str) -> Trial:
    """What becomes of a hex colour in both themes. ValueError for anything else."""
    chosen = normalise(colour)
    samples = []
    for name, dark in (("Light", False), ("Dark", True)):
        colours = palette(chosen, dark=dark)
        ratio = contrast(colours.on_brand, colours.fill)
        samples.append(Sample(name, colours, ratio))
    return Trial(chosen, contrast("#ffffff", chosen), samples)


def preview(request: HttpRequest) -> HttpResponse:
    """The sample below the colour's field; says so where it is no colour."""
    try:
        trial = try_out(request.GET.get("colour", ""))
    except ValueError:
        trial = None
    return render(request, "clinic_pages/cms/brand_preview.html", {"trial": trial})


class BrandColourInput(forms.TextInput):
    """A colour's code, with a picker and a live sample of what it does."""

    template_name = "clinic_pages/cms/brand_input.html"

    class Media:
        js = ["js/cms/brand.js"]
        css = {"all": ["css/cms/brand.css"]}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["preview_url"] = reverse("brand_preview")
        try:
            context["trial"] = try_out(value or "")
        except ValueError:
            context["trial"] = None
        return context
