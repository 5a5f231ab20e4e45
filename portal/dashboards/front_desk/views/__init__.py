"""The front desk: everybody's visits, and booking for a patient."""

from portal.dashboards.front_desk.views.booking import book
from portal.dashboards.front_desk.views.registering import register
from portal.dashboards.front_desk.views.visits import desk

__all__ = ["book", "desk", "register"]
