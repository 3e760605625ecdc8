"""Where to invest: what customers are worth, which actions return most, and what they could choose instead."""

from outcomegap.invest.action import Action
from outcomegap.invest.action_file import load_actions
from outcomegap.invest.alternative import Alternative
from outcomegap.invest.lifetime import lifetime_value
from outcomegap.invest.plan import plan
from outcomegap.invest.planned import Plan
from outcomegap.invest.pressure import SwitchPressure, switch_pressure
from outcomegap.invest.triage import triage

__all__ = [
    "Action",
    "Alternative",
    "Plan",
    "SwitchPressure",
    "lifetime_value",
    "load_actions",
    "plan",
    "switch_pressure",
    "triage",
]
