"""The workspace: /clinic/."""

from django.urls import path, re_path

from portal.dashboards.access_reports import views as access_reports
from portal.dashboards.calendar import views as calendar
from portal.dashboards.clinic_settings import views as clinic_settings
from portal.dashboards.disruptions import views as disruptions
from portal.dashboards.front_desk import views as front_desk
from portal.dashboards.hours import views as hours
from portal.dashboards.my_day import views as my_day
from portal.dashboards.occupancy import views as occupancy
from portal.dashboards.overbooking import views as overbooking
from portal.dashboards.oversight import views as oversight
from portal.dashboards.patients import views as patients
from portal.dashboards.queue.views import day as queue
from portal.dashboards.queue.views import screens, walk_ins
from portal.dashboards.rota import views as rota
from portal.dashboards.strays import views as strays
from portal.dashboards.visit_times import views as visit_times
from portal.dashboards.visits import views as visits
from portal.dashboards.waitlist import views as waitlist

app_name = "workspace"

urlpatterns = [
    path("", my_day.day, name="day"),
    path("day/<str:date>/", my_day.day, name="day_of"),
    path("requests/", my_day.requests, name="requests"),
    path("schedule/", calendar.schedule, name="schedule"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("hours/", hours.hours, name="hours"),
    path("hours/week/", hours.set_week, name="hours_week"),
    path("hours/off/", hours.take_time_off, name="hours_off"),
    path("hours/extra/", hours.add_hours, name="hours_extra"),
    path("hours/<uuid:public_id>/undo/", hours.undo, name="hours_undo"),
    path("disruptions/", disruptions.disruptions, name="disruptions"),
    path("disruptions/away/", disruptions.away, name="disrupt_away"),
    path("disruptions/late/", disruptions.late, name="disrupt_late"),
    path("disruptions/<uuid:public_id>/", disruptions.disruption, name="disruption"),
    path("disruptions/<uuid:public_id>/end/", disruptions.end, name="disruption_end"),
    path(
        "disruptions/<uuid:public_id>/settle/",
        disruptions.settle,
        name="disruption_settle",
    ),
    path("outside-hours/", strays.strays, name="strays"),
    path("outside-hours/settle/", strays.settle_strays, name="strays_settle"),
    path("all-locations/", oversight.oversight, name="oversight"),
    path("rota/", rota.rota, name="rota"),
    path("rota/mine/", rota.my_week, name="my_week"),
    path("rota/<uuid:public_id>/copy/", rota.copy, name="rota_copy"),
    path("rota/shifts/new/", rota.plan, name="shift_new"),
    path("rota/shifts/<uuid:public_id>/", rota.shift, name="shift"),
    path("rota/shifts/<uuid:public_id>/skip/", rota.shift_skip, name="shift_skip"),
    path("rota/shifts/<uuid:public_id>/end/", rota.shift_end, name="shift_end"),
    path("rota/away/", rota.days_off, name="days_off"),
    path("rota/away/<uuid:public_id>/end/", rota.days_off_end, name="days_off_end"),
    path("rooms/", occupancy.occupancy_page, name="occupancy"),
    path(
        "rooms/<uuid:public_id>/out-of-order/",
        occupancy.out_of_order,
        name="outage_add",
    ),
    path(
        "rooms/out-of-order/<uuid:public_id>/end/",
        occupancy.in_order,
        name="outage_end",
    ),
    path("appointments/<uuid:public_id>/fit/", occupancy.fit, name="visit_fit"),
    path("settings/", clinic_settings.settings, name="settings"),
    path(
        "settings/locations/<uuid:public_id>/close/",
        clinic_settings.close_location,
        name="location_close",
    ),
    path(
        "settings/rooms/<uuid:public_id>/close/",
        clinic_settings.close_room,
        name="room_close",
    ),
    path("settings/closures/holidays/", clinic_settings.holidays, name="holidays"),
    path("settings/closures/add/", clinic_settings.add_closure, name="closure_add"),
    path(
        "settings/doctors/<uuid:public_id>/save/",
        strays.change_doctor,
        name="doctor_change",
    ),
    path(
        "settings/locations/<uuid:public_id>/save/",
        strays.change_location,
        name="location_change",
    ),
    path(
        "settings/people/<uuid:public_id>/leaving/",
        strays.person_leaving,
        name="person_leaving",
    ),
    path("settings/licences/", clinic_settings.licences, name="licences"),
    path("audit/", access_reports.audit, name="audit"),
    path("desk/", front_desk.desk, name="desk"),
    path("desk/book/", front_desk.book, name="desk_book"),
    path("desk/register/", front_desk.register, name="desk_register"),
    path("queue/", queue.queue, name="queue"),
    path("queue/walk-in/", walk_ins.walk_in, name="walk_in"),
    path("queue/<uuid:public_id>/room/", queue.room, name="queue_room"),
    path("queue/rules/", queue.set_queue_rules, name="queue_rules"),
    path(
        "queue/rules/<uuid:public_id>/",
        queue.set_queue_rules_at,
        name="queue_rules_at",
    ),
    path("queue/displays/", screens.screens, name="screens"),
    path("queue/displays/<uuid:public_id>/end/", screens.end_screen, name="screen_end"),
    path("queue/poster/<uuid:public_id>/", screens.poster, name="poster"),
    path("waitlist/", waitlist.waitlist, name="waitlist"),
    path("waitlist/offers/", waitlist.offers, name="waitlist_offers"),
    path("waitlist/add/", waitlist.add, name="waitlist_add"),
    path("waitlist/rules/", waitlist.set_waitlist_rules, name="waitlist_rules"),
    path(
        "waitlist/<uuid:public_id>/withdraw/",
        waitlist.withdraw,
        name="waitlist_withdraw",
    ),
    path("patients/", patients.patients, name="patients"),
    path("patients/<uuid:public_id>/", patients.patient, name="patient"),
    path("patients/<uuid:public_id>/edit/", patients.edit, name="patient_edit"),
    path(
        "patients/<uuid:public_id>/overbook/",
        overbooking.overbook_visit,
        name="overbook",
    ),
    path("appointments/<uuid:public_id>/", visits.appointment, name="appointment"),
    path("appointments/<uuid:public_id>/approve/", visits.approve, name="approve"),
    path("appointments/<uuid:public_id>/decline/", visits.decline, name="decline"),
    path(
        "appointments/<uuid:public_id>/time/",
        visit_times.visit_time,
        name="visit_time",
    ),
    path(
        "appointments/<uuid:public_id>/place/",
        visit_times.visit_place,
        name="visit_place",
    ),
    path(
        "appointments/<uuid:public_id>/hour/",
        visit_times.visit_hour,
        name="visit_hour",
    ),
    path(
        "appointments/<uuid:public_id>/approve-move/",
        visits.approve_move,
        name="approve_move",
    ),
    path(
        "appointments/<uuid:public_id>/decline-move/",
        visits.decline_move,
        name="decline_move",
    ),
    path(
        "appointments/<uuid:public_id>/follow-up/", visits.grant, name="follow_up_grant"
    ),
    path("appointments/<uuid:public_id>/cancel/", visits.cancel, name="cancel"),
    path("appointments/<uuid:public_id>/change/", visits.change, name="change"),
    re_path(
        r"^appointments/(?P<public_id>[0-9a-f-]{36})/"
        r"(?P<verb>arrive|call|start|complete|back|miss|undo)/$",
        visits.move,
        name="move",
    ),
]
