"""How customers travel: the first hundred days, later stages, history, satisfaction, promises and milestones."""

from outcomegap.journey.first_hundred_days import Phase, Phases, first_hundred_days, first_impression, phases
from outcomegap.journey.gap_status import gap_status
from outcomegap.journey.history import History, load_history
from outcomegap.journey.look_ahead import look_ahead
from outcomegap.journey.milestones import Milestone, Milestones, success_vector
from outcomegap.journey.potential import Accountability, Fit, potential
from outcomegap.journey.promises import promises
from outcomegap.journey.rule import Rule
from outcomegap.journey.satisfaction import spectrum

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
