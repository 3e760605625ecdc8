"""The e-mail example of the specification, as people write it."""

from __future__ import annotations

import outcomegap as og


def model(list_target=500):
    """Two segments, three stages, six steps."""
    delivered = og.ProductFunction(
        "e-mails delivered", og.Measure("delivery_rate", low=0, high=1), floor=0.80, target=0.99
    )
    contacts = og.SuccessGap(
        "list built",
        og.Measure("list_size", unit="contacts", low=0),
        floor=0,
        target=og.per_cell(list_target, {"enterprise": 50_000, "enterprise/scaling": 200_000}),
        owner="customer",
        bridgeable=True,
        remedy="list-building guide",
    )
    copy = og.SuccessGap(
        "copy persuades",
        og.Measure("click_rate", low=0, high=1),
        floor=0,
        target=0.03,
        owner="joint",
        after=[delivered],
    )
    offer = og.SuccessGap(
        "offer is irresistible",
        og.Measure("offer_score", low=0, high=10),
        floor=3,
        target=8,
        owner="customer",
        after=[delivered],
    )
    sales = og.RequiredOutcome(
        "sales from e-mail", needs=og.AllOf(delivered, contacts, og.AnyOf(copy, offer)), promised=True
    )
    reply = og.Expectation(
        "support replies",
        og.Measure("first_reply_hours", unit="h", low=0),
        floor=48,
        target=og.per_cell(24, {"enterprise": 1}),
    )
    training = og.Expectation("formal training", og.Measure("training_days", unit="d", low=0), floor=0, target=2)
    suits = og.AppropriateExperience("how they want to get there", expects=og.Mean(reply, training, weights=(2, 1)))
    return og.OutcomeModel(
        "E-mail marketing",
        desired_outcomes=[og.DesiredOutcome(sales, suits)],
        segments=[og.Segment("startup"), og.Segment("enterprise")],
        stages=[og.Stage("onboarding"), og.Stage("adopting"), og.Stage("scaling")],
    )
