from django.apps import AppConfig


class ClinicPagesConfig(AppConfig):
    name = "clinic_pages"
