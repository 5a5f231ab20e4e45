from django.urls import path

from portal.merges import views

app_name = "merges"

urlpatterns = [
    path("clinic/duplicates/", views.duplicates, name="duplicates"),
    path("clinic/duplicates/apart/", views.different, name="different"),
    path(
        "clinic/duplicates/<uuid:stays_id>/<uuid:goes_id>/",
        views.compare,
        name="compare",
    ),
    path("clinic/duplicates/merge/<uuid:public_id>/", views.merge, name="merge"),
]
