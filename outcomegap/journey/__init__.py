"""How customers travel: the first hundred days, later stages, history, satisfaction, promises and milestones."""

from outcomegap.journey.ahead import LookAhead, look_ahead
from outcomegap.journey.alarm import Alarm
from outcomegap.journey.history import History
from outcomegap.journey.history_files import load_history
from outcomegap.journey.hundred_days import FirstHundredDays, first_hundred_days
from outcomegap.journey.impression import FirstImpression, first_impression
from outcomegap.journey.phase import Phase, Phases, phases
from outcomegap.journey.rule import Rule
from outcomegap.journey.trend import Trend, theil_sen

__all__ = [
    "Alarm",
    "FirstHundredDays",
    "FirstImpression",
    "History",
    "LookAhead",
    "Phase",
    "Phases",
    "Rule",
    "Trend",
    "first_hundred_days",
    "first_impression",
    "load_history",
    "look_ahead",
    "phases",
    "theil_sen",
]
