from django.urls import path

from portal.breaches import views

app_name = "breaches"
urlpatterns = [
    path("clinic/audit/breaches/", views.breaches, name="list"),
    path("clinic/audit/breaches/new/", views.write, name="new"),
    path("clinic/audit/breaches/<uuid:public_id>/", views.breach, name="breach"),
    path("clinic/audit/breaches/<uuid:public_id>/edit/", views.write, name="edit"),
    path("clinic/audit/breaches/<uuid:public_id>/told/", views.told, name="told"),
]
