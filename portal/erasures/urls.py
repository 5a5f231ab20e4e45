from django.urls import path

from portal.erasures import views

app_name = "erasures"

urlpatterns = [
    path("portal/account/data/erase/", views.own, name="own"),
    path("portal/account/data/erase/withdraw/", views.withdraw, name="withdraw"),
    path("clinic/erasures/", views.erasures, name="erasures"),
    path("clinic/erasures/<uuid:public_id>/", views.erasure, name="erasure"),
    path("clinic/erasures/<uuid:public_id>/release/", views.release, name="release"),
    path("clinic/erasures/<uuid:public_id>/kept/", views.kept, name="kept"),
]
