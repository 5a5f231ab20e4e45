"""What may be kept of an answer, and by whom."""

from django.views.decorators.cache import cache_control

# For pages about people: neither the browser nor anything in between keeps them.
private = cache_control(private=True, no_store=True)
