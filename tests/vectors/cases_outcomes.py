"""Desired outcomes as people know them: the e-mail tool, the validation of addresses, the airline."""

from __future__ import annotations

from collections.abc import Iterator

from outcomegap.model import (
    AllOf,
    AnyOf,
    AppropriateExperience,
    DesiredOutcome,
    Expectation,
    Mean,
    Measure,
    OutcomeModel,
    ProductFunction,
    RequiredOutcome,
    Segment,
    Stage,
    SuccessGap,
    per_cell,
)
from tests.vectors.case import Case, model, outcome, step, wish


def email_marketing() -> OutcomeModel:
    """The e-mail tool: sending is the function, sales are the outcome."""
    delivered = ProductFunction("e-mails delivered", Measure("delivery_rate", low=0, high=1), floor=0.80, target=0.99)
    contacts = SuccessGap(
        "list built",
        Measure("list_size", unit="contacts", low=0),
        floor=0,
        target=per_cell(500, {"enterprise": 50_000, "enterprise/scaling": 200_000}),
        owner="customer",
        remedy="list-building guide",
    )
    copy = SuccessGap(
        "copy persuades", Measure("click_rate", low=0, high=1), floor=0, target=0.03, owner="joint", after=[delivered]
    )
    offer = SuccessGap(
        "offer is irresistible",
        Measure("offer_score", low=0, high=10),
        floor=3,
        target=8,
        owner="customer",
        after=[delivered],
    )
    reply = Expectation(
        "support replies",
        Measure("first_reply_hours", unit="h", low=0),
        floor=48,
        target=per_cell(24, {"enterprise": 1}),
    )
    training = Expectation("formal training", Measure("training_days", unit="d", low=0), floor=0, target=2)
    sales = RequiredOutcome("sales from e-mail", needs=AllOf(delivered, contacts, AnyOf(copy, offer)), promised=True)
    suits = AppropriateExperience("how they want to get there", expects=Mean(reply, training, weights=(2, 1)))
    return OutcomeModel(
        "E-mail marketing",
        desired_outcomes=[DesiredOutcome(sales, suits)],
        segments=[Segment("startup"), Segment("enterprise")],
        stages=[Stage("onboarding"), Stage("adopting"), Stage("scaling")],
    )


MAIL = ("segment", "stage", "delivery_rate", "list_size", "click_rate", "offer_score", "first_reply_hours", "training_days")  # fmt: skip


def mail(*values: object) -> dict[str, object]:
    return dict(zip(MAIL, values, strict=True))


def of_email_marketing() -> Iterator[Case]:
    made = email_marketing()
    yield Case(
        "email_marketing",
        "List half built, copy half as good as needed, offer not attractive; replies in time, half of the training.",
        made,
        [mail("startup", "onboarding", 0.99, 250.0, 0.015, 3.0, 12.0, 1.0)],
        [
            {
                "R": "1/4",
                "E": "5/6",
                "D": "5/24",
                "state": "failing",
                "coverage": "1",
                "required_gap": "3/4",
                "experience_gap": "1/24",
                "attribution": {
                    "e-mails delivered": "0",
                    "list built": "5/12",
                    "copy persuades": "1/6",
                    "offer is irresistible": "1/6",
                    "support replies": "0",
                    "formal training": "1/24",
                },
                "leverage": {"list built": "5/12", "copy persuades": "5/12", "offer is irresistible": "5/24"},
                "gain": {"list built": "5/24", "copy persuades": "5/24", "offer is irresistible": "5/24"},
                "unknown": {},
            }
        ],
    )
    yield Case(
        "email_marketing_cells",
        "The same measures in other cells: what is due differs by segment, and for one segment by stage.",
        made,
        [
            mail("startup", "scaling", 0.99, 500.0, 0.03, 8.0, 24.0, 2.0),
            mail("enterprise", "adopting", 0.99, 25_000.0, 0.03, 8.0, 24.5, 2.0),
            mail("enterprise", "scaling", 0.99, 25_000.0, 0.03, 8.0, 24.5, 2.0),
        ],
        [
            {"R": "1", "E": "1", "D": "1", "state": "successful"},
            {"R": "1/2", "E": "2/3", "D": "1/3", "state": "successful"},
            {"R": "1/8", "E": "2/3", "D": "1/12", "state": "failing"},
        ],
    )
    yield Case(
        "email_marketing_missing",
        "Unknown reply times are left out of the mean; without any data there is no point value.",
        made,
        [
            mail("startup", "adopting", 0.99, 500.0, 0.03, None, None, 1.0),
            mail("startup", "adopting", None, None, None, None, None, None),
            mail("enterprise", "onboarding", None, 50_000.0, 0.0, 8.0, None, None),
        ],
        [
            {
                "R": "1",
                "E": "1/2",
                "D": "1/2",
                "E_low": "1/6",
                "E_high": "5/6",
                "coverage": "2/3",
                "E_coverage": "1/2",
                "R_coverage": "3/4",
                "state": "uncertain",
                "point_state": "successful",
                "attribution": {"list built": "0", "support replies": "0", "formal training": "1/2"},
                "unknown": {"offer is irresistible": "0", "support replies": "2/3"},
            },
            {"R": None, "E": None, "D": None, "R_low": "0", "R_high": "1", "coverage": "0", "state": "uncertain"},
            {"R": "1/2", "E": None, "D": None, "R_low": "0", "R_high": "1", "attribution": {"list built": "0"}},
        ],
    )


def of_validation() -> Iterator[Case]:
    """The same required outcome, another experience: technical buyers and enterprises."""
    accurate, clean = step("accuracy", floor=0.5), step("lists cleaned", floor=0, target=4)
    required = RequiredOutcome("addresses are valid", needs=AllOf(accurate, clean))
    simple = ("API", "self-serve key", "basic docs", "community channel")
    full = ("in-person sales", "formal training", "full UI", "integration", "phone support", "SLA")
    outcomes = [
        DesiredOutcome(required, AppropriateExperience(f"as {who} like it", expects=wants), segments=[who])
        for who, wants in (
            ("technical", AllOf(wish(simple[0]), Mean(*(wish(name) for name in simple[1:]), weights=(2, 1, 1)))),
            ("enterprise", Mean(*(wish(name) for name in full))),
        )
    ]
    made = OutcomeModel("Validation", desired_outcomes=outcomes, segments=["technical", "enterprise"])

    def row(segment: str, *values: float | None) -> dict[str, object]:
        named = dict.fromkeys((*simple, *full)) | dict(
            zip(simple if segment == "technical" else full, values, strict=True)
        )
        return {"segment": segment, "accuracy": 1.0, "lists cleaned": 4.0} | named

    yield Case(
        "validation_six_expectations",
        "An enterprise with six expectations, one of them unknown: R is reached, the state hangs on the unknown one.",
        made,
        [row("enterprise", 1.0, 0.0, 1.0, 0.5, 0.0, None)],
        [
            {
                "R": "1",
                "E": "1/2",
                "D": "1/2",
                "E_low": "5/12",
                "E_high": "7/12",
                "D_low": "5/12",
                "coverage": "7/8",
                "E_coverage": "5/6",
                "state": "uncertain",
                "point_state": "successful",
                "attribution": {
                    "formal training": "1/5",
                    "integration": "1/10",
                    "phone support": "1/5",
                    "SLA": "0",
                    "in-person sales": "0",
                    "full UI": "0",
                    "accuracy": "0",
                    "lists cleaned": "0",
                },
                "leverage": {"formal training": "1/5", "SLA": "0", "accuracy": "1/2", "lists cleaned": "1/2"},
                "gain": {"integration": "1/10", "phone support": "1/5", "accuracy": "0"},
                "unknown": {"SLA": "1/6"},
            }
        ],
    )
    yield Case(
        "validation_two_segments",
        "One required outcome, two experiences: the same product suits one segment and not the other.",
        made,
        [
            row("technical", 1.0, 1.0, 1.0, 0.0),
            row("technical", 0.5, 0.0, 1.0, None),
            row("enterprise", 0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
            row("enterprise", None, None, None, None, 1.0, 1.0),
        ],
        [
            {"R": "1", "E": "3/4", "state": "successful"},
            {"E": "1/6", "E_low": "1/8", "E_high": "1/4", "state": "tolerating"},
            {"E": "1/6", "state": "tolerating", "coverage": "1"},
            {"E": None, "E_coverage": "1/3", "E_low": "1/3", "E_high": "1", "state": "uncertain"},
        ],
    )


def of_the_airline() -> Iterator[Case]:
    comforts = ("seat assigned", "leg room", "room to work", "wifi", "snacks")
    made = model(AllOf(step("safe"), step("in time", floor=6, target=2)), Mean(*map(wish, comforts)))
    names = ("safe", "in time", *comforts)
    yield Case(
        "airline",
        "A safe trip in time without any comfort: tolerated. A comfortable trip three hours late: failing.",
        made,
        [
            dict(zip(names, (1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.5), strict=True)),
            dict(zip(names, (1.0, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0), strict=True)),
        ],
        [
            {"R": "1", "E": "1/10", "D": "1/10", "state": "tolerating", "required_gap": "0", "experience_gap": "9/10"},
            {"R": "1/4", "E": "1", "D": "1/4", "state": "failing", "required_gap": "3/4", "experience_gap": "0"},
        ],
    )


def of_the_two_parts() -> Iterator[Case]:
    made = model(step("r"), wish("e"))
    yield Case(
        "required_comes_first",
        "R = 1, E = .4 tolerates, R = .5, E = 1 succeeds, R = 0 owes nothing to the experience.",
        made,
        [{"r": 1.0, "e": 0.375}, {"r": 0.5, "e": 1.0}, {"r": 0.0, "e": 0.25}, {"r": 1.0, "e": 1.0}],
        [
            {"D": "3/8", "state": "tolerating", "attribution": {"r": "0", "e": "5/8"}, "leverage": {"e": "1"}},
            {"D": "1/2", "state": "successful", "attribution": {"r": "1/2", "e": "0"}, "gain": {"r": "1/2"}},
            {"D": "0", "state": "failing", "attribution": {"r": "1", "e": "0"}, "gain": {"r": "1/4", "e": "0"}},
            {"D": "1", "state": "successful", "attribution": {"r": "0", "e": "0"}, "leverage": {"r": "1", "e": "1"}},
        ],
    )
    same = Measure("uptime")
    yield Case(
        "one_measure_both_sides",
        "One measure feeds a step and an expectation with targets of their own.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(SuccessGap("up", same, floor=0, target=2), Expectation("always up", same, floor=0, target=4))
            ],
        ),
        [{"uptime": 1.0}, {"uptime": 3.0}, {"uptime": None}],
        [
            {"R": "1/2", "E": "1/4", "D": "1/8"},
            {"R": "1", "E": "3/4", "D": "3/4"},
            {"R": None, "E": None, "D_low": "0", "D_high": "1", "unknown": {"up": "1/2", "always up": "1/2"}},
        ],
    )
    yield Case(
        "opposite_directions",
        "More calls are better for one step, fewer for another: where they are unknown the bounds are outer ones.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(
                    AllOf(
                        SuccessGap("in touch", Measure("calls"), floor=0, target=4, missing=0.5),
                        SuccessGap("left in peace", Measure("calls"), floor=4, target=0, missing=0.25),
                    ),
                    min_coverage=0,
                )
            ],
        ),
        [{"calls": 1.0, "suits": 1.0}, {"calls": None, "suits": 1.0}],
        [
            {"R": "3/16", "attribution": {"in touch": "21/32", "left in peace": "5/32"}},
            {"R": "1/8", "R_low": "0", "R_high": "1", "state": "uncertain", "point_state": "failing"},
        ],
    )


def cases() -> Iterator[Case]:
    yield from of_email_marketing()
    yield from of_validation()
    yield from of_the_airline()
    yield from of_the_two_parts()
