"""The model: what customers are after. Plain frozen objects, equal by value."""

from outcomegap.model.cell import Cell, Segment, Stage
from outcomegap.model.check import check
from outcomegap.model.curve import Knots, Linear, Smooth, Threshold, curve
from outcomegap.model.custom import Curve, CustomGate, Join, require
from outcomegap.model.diff import diff
from outcomegap.model.gate import AllOf, AnyOf, AtLeast, Gate, Mean
from outcomegap.model.inputs import Inputs
from outcomegap.model.join import WeightedJoin
from outcomegap.model.measure import Measure
from outcomegap.model.model import OutcomeModel
from outcomegap.model.numeric import Numeric, PowerMean, Weakest
from outcomegap.model.outcome import AppropriateExperience, DesiredOutcome, RequiredOutcome
from outcomegap.model.step import Expectation, ProductFunction, Step, SuccessGap
from outcomegap.model.values import Column, PerCell, column, per_cell

__all__ = [
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
    "Gate",
    "Inputs",
    "Join",
    "Knots",
    "Linear",
    "Mean",
    "Measure",
    "Numeric",
    "OutcomeModel",
    "PerCell",
    "PowerMean",
    "ProductFunction",
    "RequiredOutcome",
    "Segment",
    "Smooth",
    "Stage",
    "Step",
    "SuccessGap",
    "Threshold",
    "Weakest",
    "WeightedJoin",
    "check",
    "column",
    "curve",
    "diff",
    "per_cell",
    "require",
]
