"""A small model that several tests score customers by."""

from __future__ import annotations

import outcomegap as og

CALLS = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
REPLY = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
MODEL = og.OutcomeModel(
    "phone",
    desired_outcomes=[
        og.DesiredOutcome(og.RequiredOutcome("sales", needs=CALLS), og.AppropriateExperience("how", expects=REPLY))
    ],
)
