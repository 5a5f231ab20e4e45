from django.apps import AppConfig


class ClinicPagesConfig(AppConfig):
    name = "clinic_pages"

    def ready(self) -> None:
        """Push down what other floors need of pages and settings; let no export of the
        CMS hold a formula."""
        from clinic_pages.exports import neutralise_exports
        from clinic_pages.receivers import connect

        connect()
        neutralise_exports()
