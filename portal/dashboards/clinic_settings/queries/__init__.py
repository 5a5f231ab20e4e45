"""What a clinic has and what it lacks: `steps` says what patients still wait for,
`overview` how much there is of everything."""

from portal.dashboards.clinic_settings.queries.overview import overview, without_page
from portal.dashboards.clinic_settings.queries.steps import first_steps

__all__ = ["first_steps", "overview", "without_page"]
