from django.urls import path, re_path

from accounts.cms_access import views

app_name = "cms_access"
urlpatterns = [
    path("account/cms/", views.enter, name="enter"),
    path("cms/", views.to_cms, name="cms"),
    re_path(r"^cms/(?P<rest>.+)$", views.to_cms, name="cms_page"),
]
