from django.urls import path

from portal.legal_holds import views

app_name = "legal_holds"

urlpatterns = [
    path("clinic/holds/", views.holds, name="holds"),
    path("clinic/holds/<uuid:public_id>/lift/", views.lift, name="lift"),
]
