from django.urls import path

from portal.policy_reports import views

app_name = "policy_reports"
urlpatterns = [
    path("policy-reports/", views.take, name="take"),
    path("clinic/settings/policy-reports/", views.reports, name="list"),
]
