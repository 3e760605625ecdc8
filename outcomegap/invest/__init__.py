"""Where to invest: what customers are worth, which actions return most, and what they could choose instead."""

from outcomegap.invest.action import Action, load_actions
from outcomegap.invest.alternatives import Alternative, switch_pressure
from outcomegap.invest.plan import Plan, lifetime_value, plan, triage

__all__ = [
    "Action",
    "Alternative",
    "Plan",
    "lifetime_value",
    "load_actions",
    "plan",
    "switch_pressure",
    "triage",
]
