from django.urls import path

from portal.guest_links import views

app_name = "guest_links"

urlpatterns = [
    path("your-data/", views.ask, name="ask"),
    path("your-data/sent/", views.asked, name="asked"),
    path("your-data/<str:token>/", views.link, name="link"),
]
