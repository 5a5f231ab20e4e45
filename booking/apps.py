from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "booking"

    def ready(self) -> None:
        """Register the rules of every topic."""
        import booking.appointments.permissions
        import booking.availability.permissions
        import booking.disruptions.permissions
        import booking.feeds.permissions
        import booking.imports.permissions
        import booking.moves.permissions
        import booking.occupancy.permissions
        import booking.queue.permissions
        import booking.reviews.permissions
        import booking.strays.permissions
        import booking.suggestions.permissions
        import booking.waitlist.permissions  # noqa: F401
