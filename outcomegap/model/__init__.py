"""The model: what customers are after. Plain frozen objects, equal by value."""

from outcomegap.model.cell import Cell as Cell, Segment as Segment, Stage as Stage
from outcomegap.model.check import check as check
from outcomegap.model.curve import (
    Knots as Knots,
    Linear as Linear,
    Smooth as Smooth,
    Threshold as Threshold,
    curve as curve,
)
from outcomegap.model.custom import Curve as Curve, CustomGate as CustomGate, Join as Join, require as require
from outcomegap.model.diff import diff as diff
from outcomegap.model.gate import AllOf as AllOf, AnyOf as AnyOf, AtLeast as AtLeast, Gate as Gate, Mean as Mean
from outcomegap.model.inputs import Inputs as Inputs
from outcomegap.model.join import WeightedJoin as WeightedJoin
from outcomegap.model.model import OutcomeModel as OutcomeModel
from outcomegap.model.numbers import Column as Column, PerCell as PerCell, column as column, per_cell as per_cell
from outcomegap.model.numeric import Numeric as Numeric, PowerMean as PowerMean, Weakest as Weakest
from outcomegap.model.outcome import (
    AppropriateExperience as AppropriateExperience,
    DesiredOutcome as DesiredOutcome,
    RequiredOutcome as RequiredOutcome,
)
from outcomegap.model.step import (
    Expectation as Expectation,
    Measure as Measure,
    ProductFunction as ProductFunction,
    Step as Step,
    SuccessGap as SuccessGap,
)
