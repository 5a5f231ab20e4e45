from django.apps import AppConfig


class ClinicPagesConfig(AppConfig):
    name = "clinic_pages"

    def ready(self) -> None:
        """Push down what other floors need of pages and settings."""
        from clinic_pages.receivers import connect

        connect()
