"""How customers travel: the first hundred days, later stages, history, satisfaction, promises and milestones."""

from outcomegap.journey.ahead import LookAhead, look_ahead
from outcomegap.journey.hundred_days import FirstHundredDays, first_hundred_days
from outcomegap.journey.impression import FirstImpression, first_impression
from outcomegap.journey.phase import Phase, Phases, phases

__all__ = [
    "FirstHundredDays",
    "FirstImpression",
    "LookAhead",
    "Phase",
    "Phases",
    "first_hundred_days",
    "first_impression",
    "look_ahead",
    "phases",
]
