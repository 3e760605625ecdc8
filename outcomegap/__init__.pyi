"""The public names, and where they live; outcomegap loads each of them when it is first used."""

from . import (
    churn as churn,
    gallery as gallery,
    invest as invest,
    journey as journey,
    learn as learn,
    survey as survey,
    testing as testing,
)
from .errors import (
    DataError as DataError,
    EngineError as EngineError,
    Finding as Finding,
    ModelError as ModelError,
    OutcomeGapError as OutcomeGapError,
    Problem as Problem,
)
from .explanation import Explanation as Explanation
from .files import dump as dump, dumps as dumps, load as load, loads as loads
from .graph import success_graph as success_graph
from .intake import Customers as Customers, read_customers as read_customers
from .listing import Listing as Listing
from .model import (
    AllOf as AllOf,
    AnyOf as AnyOf,
    AppropriateExperience as AppropriateExperience,
    AtLeast as AtLeast,
    Cell as Cell,
    Column as Column,
    Curve as Curve,
    CustomGate as CustomGate,
    DesiredOutcome as DesiredOutcome,
    Expectation as Expectation,
    Inputs as Inputs,
    Join as Join,
    Mean as Mean,
    Measure as Measure,
    Numeric as Numeric,
    OutcomeModel as OutcomeModel,
    PerCell as PerCell,
    PowerMean as PowerMean,
    ProductFunction as ProductFunction,
    RequiredOutcome as RequiredOutcome,
    Segment as Segment,
    Stage as Stage,
    SuccessGap as SuccessGap,
    Verdict as Verdict,
    Weakest as Weakest,
    WeightedJoin as WeightedJoin,
    check as check,
    column as column,
    curve as curve,
    diff as diff,
    per_cell as per_cell,
)
from .present import one_customer as one_customer, report as report
from .scoring.change import Change as Change, explain as explain
from .scoring.groups import GapScore as GapScore, GroupScore as GroupScore, SegmentScores as SegmentScores
from .scoring.model_scores import Score as Score
from .scoring.parents import RollUp as RollUp
from .scoring.perception import Disagreement as Disagreement, perception_gap as perception_gap
from .scoring.record_batches import BatchFunction as BatchFunction
from .scoring.scorer import Scorer as Scorer, load_scores as load_scores
from .scoring.scores import (
    OutcomeScorer as OutcomeScorer,
    OutcomeScores as OutcomeScores,
    Scores as Scores,
    attainments as attainments,
    load_scorer as load_scorer,
)
from .scoring.simulate import simulate as simulate
from .scoring.states import Override as Override
from .scoring.tally import Tally as Tally
from .scoring.worklist import Worklist as Worklist

__version__: str
