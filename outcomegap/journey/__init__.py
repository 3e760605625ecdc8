"""How customers travel: the eight phases of the first hundred days."""

from outcomegap.journey.hundred_days import FirstHundredDays, first_hundred_days
from outcomegap.journey.impression import FirstImpression, first_impression
from outcomegap.journey.phase import Phase, Phases, phases

__all__ = [
    "FirstHundredDays",
    "FirstImpression",
    "Phase",
    "Phases",
    "first_hundred_days",
    "first_impression",
    "phases",
]
