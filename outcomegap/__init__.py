"""outcomegap: how far each customer is from the desired outcome, and exactly which gaps make up the distance.

Desired outcome = required outcome + appropriate experience. Everything public is reachable from here; a name is
loaded when it is first used, so that ``import outcomegap`` stays cheap. docs/index.md lists the names by what they
are for: describe, files, read, score, explain, extend, errors.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outcomegap import churn, gallery, invest, journey, testing
    from outcomegap.errors import DataError, EngineError, Finding, ModelError, OutcomeGapError, Problem
    from outcomegap.explanation import Explanation
    from outcomegap.files import dump, dumps, load, loads
    from outcomegap.graph import success_graph
    from outcomegap.intake import Customers, read_customers
    from outcomegap.listing import Listing
    from outcomegap.model import (
        AllOf,
        AnyOf,
        AppropriateExperience,
        AtLeast,
        Cell,
        Column,
        Curve,
        CustomGate,
        DesiredOutcome,
        Expectation,
        Inputs,
        Join,
        Mean,
        Measure,
        Numeric,
        OutcomeModel,
        PerCell,
        PowerMean,
        ProductFunction,
        RequiredOutcome,
        Segment,
        Stage,
        SuccessGap,
        Weakest,
        WeightedJoin,
        check,
        column,
        curve,
        diff,
        per_cell,
    )
    from outcomegap.present import one_customer, report
    from outcomegap.scoring.change import Change
    from outcomegap.scoring.disagreement import Disagreement
    from outcomegap.scoring.explain import explain
    from outcomegap.scoring.loading import load_scores
    from outcomegap.scoring.outcome_scorer import OutcomeScorer, attainments, load_scorer
    from outcomegap.scoring.outcome_scores import OutcomeScores
    from outcomegap.scoring.overrides import Override
    from outcomegap.scoring.parents import RollUp
    from outcomegap.scoring.perception import perception_gap
    from outcomegap.scoring.score_one import Score
    from outcomegap.scoring.scorer import Scorer
    from outcomegap.scoring.scores import Scores
    from outcomegap.scoring.segments import GapScore, GroupScore, SegmentScores
    from outcomegap.scoring.simulate import simulate
    from outcomegap.scoring.worklist import Worklist

__version__ = "0.1.0"

__all__ = [
    "AllOf",
    "AnyOf",
    "AppropriateExperience",
    "AtLeast",
    "Cell",
    "Change",
    "Column",
    "Curve",
    "CustomGate",
    "Customers",
    "DataError",
    "DesiredOutcome",
    "Disagreement",
    "EngineError",
    "Expectation",
    "Explanation",
    "Finding",
    "GapScore",
    "GroupScore",
    "Inputs",
    "Join",
    "Listing",
    "Mean",
    "Measure",
    "ModelError",
    "Numeric",
    "OutcomeGapError",
    "OutcomeModel",
    "OutcomeScorer",
    "OutcomeScores",
    "Override",
    "PerCell",
    "PowerMean",
    "Problem",
    "ProductFunction",
    "RequiredOutcome",
    "RollUp",
    "Score",
    "Scorer",
    "Scores",
    "Segment",
    "SegmentScores",
    "Stage",
    "SuccessGap",
    "Weakest",
    "WeightedJoin",
    "Worklist",
    "attainments",
    "check",
    "churn",
    "column",
    "curve",
    "diff",
    "dump",
    "dumps",
    "explain",
    "gallery",
    "invest",
    "journey",
    "load",
    "load_scorer",
    "load_scores",
    "loads",
    "one_customer",
    "per_cell",
    "perception_gap",
    "read_customers",
    "report",
    "simulate",
    "success_graph",
    "testing",
]
#: Where public names live, in the order in which they are looked for: what is cheap to load comes first.
_HOMES = (
    "errors",
    "model",
    "files",
    "graph",
    "explanation",
    "scoring.scorer",
    "scoring.scores",
    "scoring.score_one",
    "intake",
    "scoring.change",
    "scoring.disagreement",
    "scoring.explain",
    "scoring.loading",
    "scoring.outcome_scorer",
    "scoring.outcome_scores",
    "scoring.overrides",
    "scoring.parents",
    "scoring.perception",
    "scoring.segments",
    "scoring.simulate",
    "scoring.worklist",
    "listing",
    "present",
)
#: Packages that are public by their own name.
_ROOMS = ("churn", "gallery", "invest", "journey", "testing")

if not TYPE_CHECKING:  # so that type checkers see a slip in a name

    def __getattr__(name: str) -> object:
        if name in _ROOMS:
            return import_module(f"outcomegap.{name}")
        if name in __all__:
            for home in _HOMES:
                found = getattr(import_module(f"outcomegap.{home}"), name, None)
                if found is not None:
                    globals()[name] = found
                    return found
        msg = f"module 'outcomegap' has no attribute {name!r}"
        raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
