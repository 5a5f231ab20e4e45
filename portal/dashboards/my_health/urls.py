from django.urls import path

from portal.dashboards.access import views as access
from portal.dashboards.my_health import views

app_name = "portal"

urlpatterns = [
    path("", views.my_home, name="home"),
    path("account/access/", access.access, name="access"),
    path("health/", views.my_story, name="health"),
]
