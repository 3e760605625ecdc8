"""Where to invest: what customers are worth, which actions return most."""

from outcomegap.invest.action import Action
from outcomegap.invest.lifetime import lifetime_value
from outcomegap.invest.plan import Plan, plan
from outcomegap.invest.triage import triage

__all__ = ["Action", "Plan", "lifetime_value", "plan", "triage"]
