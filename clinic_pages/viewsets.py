"""Choosers for the clinic's facts. They only read: editors pick a fact for a page and
cannot change it; the facts themselves are edited in the workspace."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from clinic.models import Doctor, Location, Specialty, VisitType

BLOCKS = "clinic_pages.viewsets"


class FactFilterForm(BaseFilterForm):
    """Finds facts by their names. They are in no search index."""

    q = forms.CharField(
        label="Search term",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "Search"}),
    )
    searched: tuple[str, ...] = ()

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        """Those in which every typed word occurs."""
        self.search_query = self.cleaned_data.get("q", "")
        self.is_searching = bool(self.search_query)
        for word in self.search_query.split():
            somewhere = Q()
            for name in self.searched:
                somewhere |= Q(**{f"{name}__icontains": word})
            objects = objects.filter(somewhere)
        return objects


class FactChooserViewSet(ChooserViewSet):
    """`searched`: the fields that the search looks at; `order`: how they are listed."""

    searched: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    condition = Q()

    def get_object_list(self) -> QuerySet[Any]:
        facts = self.model._default_manager.filter(self.condition)
        return facts.order_by(*self.order, "pk")

    def _with_search(self, view: type[Any]) -> type[Any]:
        form = type("FilterForm", (FactFilterForm,), {"searched": self.searched})
        return type(view.__name__, (view,), {"filter_form_class": form})

    @property
    def choose_view_class(self) -> type[Any]:
        return self._with_search(ChooseView)

    @property
    def choose_results_view_class(self) -> type[Any]:
        return self._with_search(ChooseResultsView)


class DoctorChooserViewSet(FactChooserViewSet):
    model = Doctor
    icon = "user"
    choose_one_text = "Choose a doctor"
    choose_another_text = "Choose another doctor"
    searched = ("first_name", "last_name")
    order = ("last_name", "first_name")


class SpecialtyChooserViewSet(FactChooserViewSet):
    model = Specialty
    icon = "tag"
    choose_one_text = "Choose a specialty"
    choose_another_text = "Choose another specialty"
    searched = ("name", "plain_name")
    order = ("plain_name",)


class LocationChooserViewSet(FactChooserViewSet):
    model = Location
    icon = "site"
    choose_one_text = "Choose a location"
    choose_another_text = "Choose another location"
    searched = ("name", "city", "address")
    order = ("name",)


class VisitTypeChooserViewSet(FactChooserViewSet):
    model = VisitType
    icon = "list-ul"
    choose_one_text = "Choose a visit type"
    choose_another_text = "Choose another visit type"
    searched = ("name", "summary")
    order = ("name",)
    condition = Q(is_active=True)


doctor_chooser = DoctorChooserViewSet("doctor_chooser")
specialty_chooser = SpecialtyChooserViewSet("specialty_chooser")
location_chooser = LocationChooserViewSet("location_chooser")
visit_type_chooser = VisitTypeChooserViewSet("visit_type_chooser")

VIEWSETS = [doctor_chooser, specialty_chooser, location_chooser, visit_type_chooser]

DoctorChooserBlock = doctor_chooser.get_block_class(
    name="DoctorChooserBlock", module_path=BLOCKS
)
SpecialtyChooserBlock = specialty_chooser.get_block_class(
    name="SpecialtyChooserBlock", module_path=BLOCKS
)
LocationChooserBlock = location_chooser.get_block_class(
    name="LocationChooserBlock", module_path=BLOCKS
)
VisitTypeChooserBlock = visit_type_chooser.get_block_class(
    name="VisitTypeChooserBlock", module_path=BLOCKS
)
