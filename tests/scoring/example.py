"""E-mail marketing with three segments, one of them not ideal, and customers of it with gaps in their data."""

from __future__ import annotations

from typing import Any

import numpy as np

import outcomegap as og
from outcomegap.scoring import Scores

SEGMENTS, STAGES = ("startup", "enterprise", "hobby"), ("onboarding", "adopting", "scaling")


def email_model(inputs: og.Inputs | None = None) -> og.OutcomeModel:
    delivered = og.ProductFunction(
        "e-mails delivered", og.Measure("delivery_rate", low=0, high=1), floor=0.80, target=0.99, owner="vendor"
    )
    contacts = og.SuccessGap(
        "list built",
        og.Measure("list_size", unit="contacts", low=0),
        floor=0,
        target=og.per_cell(500, {"enterprise": 50_000, "enterprise/scaling": 200_000}),
        owner="customer",
        remedy="list-building guide",
    )
    copy = og.SuccessGap(
        "copy persuades",
        og.Measure("click_rate", low=0, high=1),
        floor=0,
        target=0.03,
        owner="joint",
        after=[delivered],
        status="being closed",
    )
    offer = og.SuccessGap(
        "offer is irresistible",
        og.Measure("offer_score", low=0, high=10),
        floor=3,
        target=8,
        owner="customer",
        after=[delivered],
        bridgeable=False,
    )
    needs = og.AllOf(delivered, contacts, og.AnyOf(copy, offer))
    sales = og.RequiredOutcome("sales from e-mail", needs=needs)
    reply = og.Expectation(
        "support replies",
        og.Measure("first_reply_hours", unit="h", low=0),
        floor=48,
        target=og.per_cell(24, {"enterprise": og.column("sla_hours")}),
        owner="support",
    )
    training = og.Expectation("formal training", og.Measure("training_days", unit="d", low=0), floor=0, target=2)
    suits = og.AppropriateExperience("how they want it", expects=og.Mean(reply, training, weights=(2, 1)))
    return og.OutcomeModel(
        "E-mail marketing",
        desired_outcomes=[og.DesiredOutcome(sales, suits)],
        segments=[og.Segment("startup"), og.Segment("enterprise"), og.Segment("hobby", ideal=False)],
        stages=STAGES,
        inputs=inputs,
    )


def email_customers(n: int, seed: int = 0, missing: float = 0.15) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    segment = rng.choice(SEGMENTS, n)
    columns: dict[str, Any] = {
        "id": [f"C{number}" for number in range(n)],
        "segment": segment.tolist(),
        "stage": rng.choice(STAGES, n).tolist(),
        "delivery_rate": rng.uniform(0.85, 1, n),
        "list_size": np.floor(rng.uniform(0, 800, n) * np.where(segment == "enterprise", 100, 1)),
        "click_rate": rng.uniform(0, 0.04, n),
        "offer_score": rng.uniform(2, 9, n),
        "first_reply_hours": rng.uniform(0, 60, n),
        "training_days": rng.integers(0, 3, n).astype(float),
        "sla_hours": rng.choice([1.0, 4.0], n),
    }
    for name in list(columns)[3:]:
        columns[name] = np.where(rng.random(n) < missing, np.nan, columns[name])
    columns["mrr"] = rng.integers(0, 1000, n).astype(float)
    columns["csm"] = [[None, "Sara", "=Tom", "Ann"][number] for number in rng.integers(0, 4, n)]
    columns["renewal"] = np.datetime64("2026-01-01") + rng.integers(0, 90, n)
    return columns


def email_scores(n: int = 300, seed: int = 0, *, missing: float = 0.15, spoil: int = 2, frame: Any = dict) -> Scores:
    """Score such customers; the first `spoil` of them hold a value that cannot be."""
    customers = email_customers(n, seed, missing)
    customers["delivery_rate"][:spoil] = 1.5
    return og.Scorer(email_model()).score(frame(customers), on_bad="set_aside")


def example(list_target: float = 500) -> og.Scorer:
    delivered = og.ProductFunction(
        "e-mails delivered", og.Measure("delivery_rate", low=0, high=1), floor=0.8, target=0.99
    )
    contacts = og.SuccessGap(
        "list built",
        og.Measure("list_size", unit="contacts", low=0),
        floor=0,
        target=og.per_cell(list_target, {"enterprise": 50_000, "enterprise/scaling": 200_000}),
    )
    copy = og.SuccessGap(
        "copy persuades", og.Measure("click_rate", low=0, high=1), floor=0, target=0.03, after=[delivered]
    )
    offer = og.SuccessGap("offer", og.Measure("offer_score", low=0, high=10), floor=3, target=8, after=[delivered])
    sales = og.RequiredOutcome("sales", needs=og.AllOf(delivered, contacts, og.AnyOf(copy, offer)))
    reply = og.Expectation(
        "support replies",
        og.Measure("first_reply_hours", unit="h", low=0),
        floor=48,
        target=og.per_cell(24, {"enterprise": 1}),
    )
    training = og.Expectation("formal training", og.Measure("training_days", unit="d", low=0), floor=0, target=2)
    suits = og.AppropriateExperience("how", expects=og.Mean(reply, training, weights=(2, 1)))
    return og.Scorer(
        og.OutcomeModel(
            "E-mail marketing",
            desired_outcomes=[og.DesiredOutcome(sales, suits)],
            segments=["startup", "enterprise"],
            stages=["onboarding", "adopting", "scaling"],
        )
    )


# D = 1 x 1/2 x copy x (2 x 1 + 1/2) / 3
MARIA = {
    "id": "Maria",
    "segment": "startup",
    "stage": "adopting",
    "delivery_rate": 0.99,
    "list_size": 250,
    "click_rate": 0.015,
    "offer_score": 3,
    "first_reply_hours": 24,
    "training_days": 1,
}


def frame(**changes: Any) -> dict[str, list[Any]]:
    return {name: [value] for name, value in (MARIA | changes).items()}
