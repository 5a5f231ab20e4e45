"""What a clinic has and what it lacks: `steps` says what patients still wait for,
`overview` how much there is of everything, `licensed` whose licence ends."""

from portal.dashboards.clinic_settings.queries.licences import booked_after, licensed
from portal.dashboards.clinic_settings.queries.overview import overview, without_page
from portal.dashboards.clinic_settings.queries.steps import first_steps

__all__ = ["booked_after", "first_steps", "licensed", "overview", "without_page"]
