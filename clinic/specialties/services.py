"""Changing what is known about specialties."""

from clinic.specialties.models import Specialty


def set_topics(*, specialty_id: int, topics: list[str]) -> None:
    """Note what the specialty treats, in patients' words. Pushed down by the site when
    the page about it goes live, changes or is taken off."""
    Specialty.objects.filter(pk=specialty_id).exclude(topics=topics).update(
        topics=topics
    )
