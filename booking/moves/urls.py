from django.urls import path

from booking.moves import views

urlpatterns = [
    path(
        "portal/appointments/<uuid:public_id>/move/",
        views.move,
        name="appointment_move",
    ),
    path(
        "portal/appointments/<uuid:public_id>/move/check/",
        views.move_check,
        name="appointment_move_check",
    ),
    path(
        "portal/appointments/<uuid:public_id>/move/withdraw/",
        views.move_withdraw,
        name="appointment_move_withdraw",
    ),
    path("book/manage/<str:signed>/move/", views.manage_move, name="manage_move"),
    path(
        "book/manage/<str:signed>/move/check/",
        views.manage_move_check,
        name="manage_move_check",
    ),
    path(
        "book/manage/<str:signed>/move/withdraw/",
        views.manage_move_withdraw,
        name="manage_move_withdraw",
    ),
]
