from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import records.amendments.permissions
        import records.documents.permissions
        import records.prescriptions.permissions
        import records.questionnaires.permissions
        import records.responses.permissions
        import records.timeline.permissions  # noqa: F401
