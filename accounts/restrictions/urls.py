from django.urls import path

from accounts.restrictions import views

urlpatterns = [
    path("portal/account/restriction/", views.own, name="restriction"),
    path(
        "portal/account/restriction/<uuid:public_id>/withdraw/",
        views.withdraw,
        name="restriction_withdraw",
    ),
    path("clinic/restrictions/", views.restrictions, name="restrictions"),
    path(
        "clinic/restrictions/<uuid:public_id>/",
        views.restriction,
        name="restriction_one",
    ),
]
