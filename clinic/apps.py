from django.apps import AppConfig


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import clinic.credentials.permissions
        import clinic.grants.permissions
        import clinic.rota.permissions
        import clinic.staff.permissions  # noqa: F401
