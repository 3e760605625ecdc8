"""outcomegap: how far each customer is from the desired outcome, and exactly which gaps make up the distance.

Desired outcome = required outcome + appropriate experience. Everything public is reachable from here; a name is
loaded when it is first used, so that ``import outcomegap`` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outcomegap import churn as churn
    from outcomegap import gallery as gallery
    from outcomegap import invest as invest
    from outcomegap import journey as journey
    from outcomegap import present as present
    from outcomegap import testing as testing
    from outcomegap.errors import DataError as DataError
    from outcomegap.errors import EngineError as EngineError
    from outcomegap.errors import Finding as Finding
    from outcomegap.errors import ModelError as ModelError
    from outcomegap.errors import OutcomeGapError as OutcomeGapError
    from outcomegap.errors import Problem as Problem
    from outcomegap.files import dump as dump
    from outcomegap.files import dumps as dumps
    from outcomegap.files import load as load
    from outcomegap.files import loads as loads
    from outcomegap.graph import success_graph as success_graph
    from outcomegap.intake import read_customers as read_customers
    from outcomegap.model import AllOf as AllOf
    from outcomegap.model import AnyOf as AnyOf
    from outcomegap.model import AppropriateExperience as AppropriateExperience
    from outcomegap.model import AtLeast as AtLeast
    from outcomegap.model import Cell as Cell
    from outcomegap.model import Column as Column
    from outcomegap.model import Curve as Curve
    from outcomegap.model import CustomGate as CustomGate
    from outcomegap.model import DesiredOutcome as DesiredOutcome
    from outcomegap.model import Expectation as Expectation
    from outcomegap.model import Inputs as Inputs
    from outcomegap.model import Join as Join
    from outcomegap.model import Mean as Mean
    from outcomegap.model import Measure as Measure
    from outcomegap.model import Numeric as Numeric
    from outcomegap.model import OutcomeModel as OutcomeModel
    from outcomegap.model import PerCell as PerCell
    from outcomegap.model import PowerMean as PowerMean
    from outcomegap.model import ProductFunction as ProductFunction
    from outcomegap.model import RequiredOutcome as RequiredOutcome
    from outcomegap.model import Segment as Segment
    from outcomegap.model import Stage as Stage
    from outcomegap.model import SuccessGap as SuccessGap
    from outcomegap.model import Weakest as Weakest
    from outcomegap.model import WeightedJoin as WeightedJoin
    from outcomegap.model import check as check
    from outcomegap.model import column as column
    from outcomegap.model import curve as curve
    from outcomegap.model import diff as diff
    from outcomegap.model import per_cell as per_cell
    from outcomegap.scoring import Score as Score
    from outcomegap.scoring import Scorer as Scorer
    from outcomegap.scoring import Scores as Scores
    from outcomegap.scoring.explain import explain as explain
    from outcomegap.scoring.loading import load_scores as load_scores
    from outcomegap.scoring.outcome_scorer import OutcomeScorer as OutcomeScorer
    from outcomegap.scoring.outcome_scorer import attainments as attainments
    from outcomegap.scoring.outcome_scorer import load_scorer as load_scorer
    from outcomegap.scoring.outcome_scorer import scorer_names as scorer_names
    from outcomegap.scoring.outcome_scores import OutcomeScores as OutcomeScores
    from outcomegap.scoring.overrides import Override as Override
    from outcomegap.scoring.perception import perception_gap as perception_gap
    from outcomegap.scoring.simulate import simulate as simulate

__version__ = "0.1.0"

#: Which module each public name comes from.
_HOME = {
    "outcomegap.errors": (
        "DataError",
        "EngineError",
        "Finding",
        "ModelError",
        "OutcomeGapError",
        "Problem",
    ),
    "outcomegap.files": (
        "dump",
        "dumps",
        "load",
        "loads",
    ),
    "outcomegap.graph": ("success_graph",),
    "outcomegap.intake": ("read_customers",),
    "outcomegap.model": (
        "AllOf",
        "AnyOf",
        "AppropriateExperience",
        "AtLeast",
        "Cell",
        "Column",
        "Curve",
        "CustomGate",
        "DesiredOutcome",
        "Expectation",
        "Inputs",
        "Join",
        "Mean",
        "Measure",
        "Numeric",
        "OutcomeModel",
        "PerCell",
        "PowerMean",
        "ProductFunction",
        "RequiredOutcome",
        "Segment",
        "Stage",
        "SuccessGap",
        "Weakest",
        "WeightedJoin",
        "check",
        "column",
        "curve",
        "diff",
        "per_cell",
    ),
    "outcomegap.scoring": (
        "Score",
        "Scorer",
        "Scores",
    ),
    "outcomegap.scoring.explain": ("explain",),
    "outcomegap.scoring.outcome_scorer": ("OutcomeScorer", "attainments", "load_scorer", "scorer_names"),
    "outcomegap.scoring.outcome_scores": ("OutcomeScores",),
    "outcomegap.scoring.overrides": ("Override",),
    "outcomegap.scoring.perception": ("perception_gap",),
    "outcomegap.scoring.loading": ("load_scores",),
    "outcomegap.scoring.simulate": ("simulate",),
}
#: Packages that are public by their own name.
_ROOMS = ("churn", "gallery", "invest", "journey", "present", "testing")
_WHERE = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"outcomegap.{name}")
    if name in _WHERE:
        value = getattr(import_module(_WHERE[name]), name)
        globals()[name] = value
        return value
    msg = f"module 'outcomegap' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE, *_ROOMS})
