"""A small model whose D is the share of calls made, and histories of it."""

from __future__ import annotations

import outcomegap as og
from outcomegap.journey.history import History


def phone(target=4, segments=(), reply_target=24):
    calls = og.SuccessGap(
        "calls made", og.Measure("calls", unit="calls", low=0), floor=0, target=target, owner="customer"
    )
    reply = og.Expectation("support replies", og.Measure("reply_hours", unit="h", low=0), floor=48, target=reply_target)
    sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    return og.OutcomeModel("phone", segments=segments, desired_outcomes=[og.DesiredOutcome(sales, suits)])


def rows(calls, reply=24.0, **more):
    """Customers by name -> calls; None is missing."""
    return {"id": list(calls), "calls": list(calls.values()), "reply_hours": [reply] * len(calls)} | more


def history_of(days, model=None):
    """A history: day -> (name -> calls)."""
    history = History(model or phone())
    for day, calls in days.items():
        history.add(day, rows(calls))
    return history
