"""The model: what customers want. Models are plain frozen objects, equal by value."""

from outcomegap.model.check import check as check
from outcomegap.model.custom import Curve as Curve, CustomGate as CustomGate, Join as Join, require as require
from outcomegap.model.declaration import (
    Cell as Cell,
    Column as Column,
    PerCell as PerCell,
    column as column,
    per_cell as per_cell,
)
from outcomegap.model.gate import (
    AllOf as AllOf,
    AnyOf as AnyOf,
    AtLeast as AtLeast,
    Gate as Gate,
    Mean as Mean,
    Numeric as Numeric,
    PowerMean as PowerMean,
    Weakest as Weakest,
)
from outcomegap.model.inputs import Inputs as Inputs
from outcomegap.model.model import (
    AppropriateExperience as AppropriateExperience,
    DesiredOutcome as DesiredOutcome,
    OutcomeModel as OutcomeModel,
    RequiredOutcome as RequiredOutcome,
    Segment as Segment,
    Stage as Stage,
    WeightedJoin as WeightedJoin,
    diff as diff,
)
from outcomegap.model.step import (
    Expectation as Expectation,
    Knots as Knots,
    Linear as Linear,
    Measure as Measure,
    ProductFunction as ProductFunction,
    Smooth as Smooth,
    Step as Step,
    SuccessGap as SuccessGap,
    Threshold as Threshold,
    curve as curve,
)
from outcomegap.model.verdict import Verdict as Verdict
