"""How customers travel: the first hundred days, later stages, history, satisfaction, promises and milestones."""

from outcomegap.journey.ahead import LookAhead, look_ahead
from outcomegap.journey.alarm import Alarm
from outcomegap.journey.fit import FITS, Accountability, Fit
from outcomegap.journey.history import History
from outcomegap.journey.history_files import load_history
from outcomegap.journey.hundred_days import FirstHundredDays, first_hundred_days
from outcomegap.journey.impression import FirstImpression, first_impression
from outcomegap.journey.milestone import Milestone, Milestones
from outcomegap.journey.phase import Phase, Phases, phases
from outcomegap.journey.progress import Progress
from outcomegap.journey.promised import Promises, promises
from outcomegap.journey.rule import Rule
from outcomegap.journey.satisfaction import Spectrum, spectrum
from outcomegap.journey.status import GapStatus, gap_status
from outcomegap.journey.success_potential import SuccessPotential, potential
from outcomegap.journey.trend import Trend, theil_sen
from outcomegap.journey.vector import SuccessVector, success_vector

__all__ = [
    "FITS",
    "Accountability",
    "Alarm",
    "FirstHundredDays",
    "FirstImpression",
    "Fit",
    "GapStatus",
    "History",
    "LookAhead",
    "Milestone",
    "Milestones",
    "Phase",
    "Phases",
    "Progress",
    "Promises",
    "Rule",
    "Spectrum",
    "SuccessPotential",
    "SuccessVector",
    "Trend",
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
    "theil_sen",
]
