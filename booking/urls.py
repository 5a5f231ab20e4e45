"""Gathers the topics' addresses."""

from booking.alternatives.urls import urlpatterns as alternatives
from booking.appointments.urls import urlpatterns as appointments
from booking.directory.urls import urlpatterns as directory
from booking.drafts.urls import urlpatterns as drafts
from booking.feeds.urls import urlpatterns as feeds
from booking.imports.urls import urlpatterns as imports
from booking.moves.urls import urlpatterns as moves
from booking.openings.urls import urlpatterns as openings
from booking.queue.urls import urlpatterns as queue
from booking.reviews.urls import urlpatterns as reviews
from booking.suggestions.urls import urlpatterns as suggestions
from booking.waitlist.urls import urlpatterns as waitlist

app_name = "booking"
urlpatterns = [
    # First: many press on times at once, and each line before costs each of them.
    *drafts,
    *openings,
    *directory,
    *suggestions,
    *appointments,
    *alternatives,
    *feeds,
    *imports,
    *moves,
    *waitlist,
    *queue,
    *reviews,
]
