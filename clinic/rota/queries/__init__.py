"""Who works where on which day, and what is against a plan?"""

from clinic.rota.queries.clashes import Clash, clash_among, concerns
from clinic.rota.queries.duties import Duty, duties, hours_words
from clinic.rota.queries.weeks import (
    OwnDay,
    RotaDay,
    coming,
    own_days,
    present_at,
    rota,
)

__all__ = [
    "Clash",
    "Duty",
    "OwnDay",
    "RotaDay",
    "clash_among",
    "coming",
    "concerns",
    "duties",
    "hours_words",
    "own_days",
    "present_at",
    "rota",
]
