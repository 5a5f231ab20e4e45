"""Gathers the topics' tables for Django."""

from notifications.deliveries.models import Delivery
from notifications.preferences.models import Preference

__all__ = ["Delivery", "Preference"]
