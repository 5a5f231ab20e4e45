from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "booking"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import booking.appointments.permissions
        import booking.availability.permissions
        import booking.moves.permissions  # noqa: F401
