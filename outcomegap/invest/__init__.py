"""Where to invest: what customers are worth, which actions return most, and what they could choose instead."""

from outcomegap.invest.action import Action
from outcomegap.invest.alternative import Alternative, SwitchPressure, switch_pressure
from outcomegap.invest.lifetime import lifetime_value
from outcomegap.invest.plan import Plan, plan
from outcomegap.invest.triage import triage

__all__ = ["Action", "Alternative", "Plan", "SwitchPressure", "lifetime_value", "plan", "switch_pressure", "triage"]
