"""An anonymised copy of visits, for analysis."""

from portal.anonymised.queries.columns import COLUMNS
from portal.anonymised.queries.grouping import Table, Visit, anonymise, smallest_group
from portal.anonymised.queries.visits import visits_for_analysis

__all__ = [
    "COLUMNS",
    "Table",
    "Visit",
    "anonymise",
    "smallest_group",
    "visits_for_analysis",
]
