from django.urls import path

from booking.waitlist.views import offers, own

urlpatterns = [
    path("portal/appointments/waiting-list/", own.waitlist, name="waitlist"),
    path("portal/appointments/waiting-list/join/", own.join, name="waitlist_join"),
    path(
        "portal/appointments/waiting-list/<uuid:public_id>/",
        own.entry,
        name="waitlist_entry",
    ),
    path(
        "portal/appointments/waiting-list/<uuid:public_id>/leave/",
        own.leave,
        name="waitlist_leave",
    ),
    path(
        "portal/appointments/waiting-list/offers/<uuid:public_id>/",
        offers.offer,
        name="offer",
    ),
    path(
        "portal/appointments/<uuid:public_id>/sooner/",
        own.sooner,
        name="waitlist_sooner",
    ),
    path("book/offer/<str:signed>/", offers.offer_managed, name="offer_managed"),
]
