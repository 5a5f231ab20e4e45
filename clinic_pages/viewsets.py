"""Choosers for the clinic's facts. They only read: editors pick a fact for a page and
cannot change it; the facts themselves are edited in the workspace."""

from typing import Any

from django.db.models import QuerySet
from wagtail.admin.viewsets.chooser import ChooserViewSet

from clinic.models import Doctor, Location, Specialty, VisitType

BLOCKS = "clinic_pages.viewsets"


class DoctorChooserViewSet(ChooserViewSet):
    model = Doctor
    icon = "user"
    choose_one_text = "Choose a doctor"
    choose_another_text = "Choose another doctor"

    def get_object_list(self) -> QuerySet[Any]:
        return Doctor.objects.order_by("last_name", "first_name", "pk")


class SpecialtyChooserViewSet(ChooserViewSet):
    model = Specialty
    icon = "tag"
    choose_one_text = "Choose a specialty"
    choose_another_text = "Choose another specialty"

    def get_object_list(self) -> QuerySet[Any]:
        return Specialty.objects.order_by("plain_name", "pk")


class LocationChooserViewSet(ChooserViewSet):
    model = Location
    icon = "site"
    choose_one_text = "Choose a location"
    choose_another_text = "Choose another location"

    def get_object_list(self) -> QuerySet[Any]:
        return Location.objects.order_by("name", "pk")


class VisitTypeChooserViewSet(ChooserViewSet):
    model = VisitType
    icon = "list-ul"
    choose_one_text = "Choose a visit type"
    choose_another_text = "Choose another visit type"

    def get_object_list(self) -> QuerySet[Any]:
        return VisitType.objects.filter(is_active=True).order_by("name", "pk")


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
