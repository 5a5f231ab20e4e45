"""Addresses of what administrators settle: /clinic/settings/."""

from django.urls import path

from clinic.booking_rules import views as booking_rules
from clinic.credentials import views as credentials
from clinic.doctors import views as doctors
from clinic.grants import views as grants
from clinic.locations import views as locations
from clinic.resources import views as rooms
from clinic.specialties import views as specialties
from clinic.staff import views as staff
from clinic.visit_types import views as visit_types

app_name = "clinic"

urlpatterns = [
    path("people/", staff.people, name="people"),
    path("people/new/", staff.invite, name="invite"),
    path("people/<uuid:public_id>/", staff.person, name="person"),
    path("people/<uuid:public_id>/end/", staff.end, name="person_end"),
    path(
        "people/<uuid:public_id>/roles/<int:pk>/remove/",
        staff.remove_role,
        name="role_remove",
    ),
    path("people/<uuid:public_id>/suspend/", staff.suspend, name="person_suspend"),
    path(
        "people/<uuid:public_id>/reinstate/", staff.reinstate, name="person_reinstate"
    ),
    path(
        "people/<uuid:public_id>/credentials/",
        credentials.credentials,
        name="credentials",
    ),
    path("credentials/", credentials.own, name="own_credentials"),
    path("credentials/<uuid:public_id>/", credentials.credential, name="credential"),
    path("credentials/<uuid:public_id>/end/", credentials.end, name="credential_end"),
    path("grants/<uuid:public_id>/", grants.answer, name="grant_answer"),
    path("visit-types/", visit_types.visit_types, name="visit_types"),
    path("visit-types/new/", visit_types.edit, name="visit_type_new"),
    path("visit-types/<uuid:public_id>/", visit_types.edit, name="visit_type"),
    path(
        "visit-types/<uuid:public_id>/offer/",
        visit_types.add_offering,
        name="offering_add",
    ),
    path(
        "offerings/<uuid:public_id>/stop/",
        visit_types.remove_offering,
        name="offering_stop",
    ),
    path("doctors/", doctors.doctors, name="doctors"),
    path("doctors/new/", doctors.edit, name="doctor_new"),
    path("doctors/<uuid:public_id>/", doctors.edit, name="doctor"),
    path("locations/", locations.locations, name="locations"),
    path("locations/new/", locations.edit, name="location_new"),
    path("locations/<uuid:public_id>/", locations.edit, name="location"),
    path(
        "locations/<uuid:public_id>/booking/",
        booking_rules.edit,
        name="booking_rules",
    ),
    path(
        "locations/<uuid:public_id>/reopen/",
        locations.reopen_closed,
        name="location_reopen",
    ),
    path("locations/<uuid:public_id>/rooms/new/", rooms.add, name="room_new"),
    path("rooms/<uuid:public_id>/", rooms.edit, name="room"),
    path("rooms/<uuid:public_id>/reopen/", rooms.reopen, name="room_reopen"),
    path(
        "locations/<uuid:public_id>/equipment/new/",
        rooms.add_equipment,
        name="equipment_new",
    ),
    path("equipment/<uuid:public_id>/", rooms.edit_equipment, name="equipment"),
    path(
        "equipment/<uuid:public_id>/close/",
        rooms.close_equipment,
        name="equipment_close",
    ),
    path(
        "equipment/<uuid:public_id>/reopen/",
        rooms.reopen_equipment,
        name="equipment_reopen",
    ),
    path("capabilities/", rooms.capabilities, name="capabilities"),
    path(
        "capabilities/<uuid:public_id>/remove/",
        rooms.end_capability,
        name="capability_remove",
    ),
    path("specialties/", specialties.specialties, name="specialties"),
    path("specialties/new/", specialties.edit, name="specialty_new"),
    path("specialties/<uuid:public_id>/", specialties.edit, name="specialty"),
    path(
        "specialties/<uuid:public_id>/close/",
        specialties.close,
        name="specialty_close",
    ),
    path(
        "specialties/<uuid:public_id>/reopen/",
        specialties.reopen,
        name="specialty_reopen",
    ),
    path("closures/", locations.closures, name="closures"),
    path("closures/<int:pk>/reopen/", locations.reopen, name="closure_reopen"),
]
