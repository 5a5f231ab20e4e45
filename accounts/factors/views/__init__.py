"""Pages about second factors. Other rooms guard their views with `fresh_factor`."""

from accounts.factors.views.step_up import fresh_factor

__all__ = ["fresh_factor"]
