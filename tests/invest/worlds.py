"""Small worlds for the tests of investment."""

from __future__ import annotations

import outcomegap as og


def model(ideal=("small", "mid", "big")):
    calls = og.SuccessGap("calls made", og.Measure("calls", low=0, high=100), floor=0, target=4)
    lists = og.SuccessGap("list built", og.Measure("list_size", low=0), floor=0, target=500)
    copy = og.SuccessGap("copy persuades", og.Measure("clicks", low=0, high=1), floor=0, target=0.1)
    reply = og.Expectation(
        "support replies", og.Measure("reply_hours", low=0), floor=48, target=og.per_cell(24, {"big": 4})
    )
    days = og.Expectation("training", og.Measure("days", low=0), floor=0, target=2)
    sales = og.RequiredOutcome("sales", needs=og.AllOf(calls, og.AnyOf(lists, copy)))
    suits = og.AppropriateExperience("how", expects=og.Mean(reply, days))
    segments = [og.Segment(name, ideal=name in ideal) for name in ("small", "mid", "big")]
    return og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)], segments=segments)


def customers(rng, n):
    return {
        "id": [f"c{i}" for i in range(n)],
        "segment": rng.choice(["small", "mid", "big"], n).tolist(),
        "calls": rng.integers(0, 5, n).astype(float),
        "list_size": rng.integers(0, 500, n).astype(float),
        "clicks": rng.uniform(0, 0.1, n),
        "reply_hours": rng.uniform(0, 60, n),
        "days": rng.integers(0, 3, n).astype(float),
        "mrr": rng.integers(0, 500, n).astype(float),
    }


LOWER = ("reply_hours",)
