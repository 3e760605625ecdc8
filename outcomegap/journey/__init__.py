"""How customers travel: the first hundred days, later stages, history, satisfaction, promises and milestones."""

from outcomegap.journey.course import (
    Milestone,
    Milestones,
    Phase,
    Phases,
    first_hundred_days,
    phases,
    success_vector,
)
from outcomegap.journey.events import first_impression, spectrum
from outcomegap.journey.history import History, Rule, load_history
from outcomegap.journey.look_ahead import look_ahead
from outcomegap.journey.promises import Accountability, Fit, gap_status, potential, promises

__all__ = [
    "Accountability",
    "Fit",
    "History",
    "Milestone",
    "Milestones",
    "Phase",
    "Phases",
    "Rule",
    "first_hundred_days",
    "first_impression",
    "gap_status",
    "load_history",
    "look_ahead",
    "phases",
    "potential",
    "promises",
    "spectrum",
    "success_vector",
]
