"""Another time for a visit: chosen from the free ones, or pointed at in a calendar."""

from portal.dashboards.visit_times.views.places import visit_place
from portal.dashboards.visit_times.views.times import visit_hour, visit_time

__all__ = ["visit_hour", "visit_place", "visit_time"]
