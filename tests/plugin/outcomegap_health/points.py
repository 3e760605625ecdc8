"""The health score that vendors compute: answers give points, weights average them, and the average falls in a band."""

import numpy as np

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.model import Knots

#: What an answer stands for in a frame, if it is a number, and the points that it gives.
LEVELS = {"poor": 0.0, "average": 1.0, "good": 2.0}
POINTS = {0.0: 0.0, 1.0: 60.0, 2.0: 100.0}
#: What a missing answer counts as, if it counts: average.
NEUTRAL = 60.0
BANDS = ((50, "0-50"), (75, "51-75"), (100, "76-100"))


class Answers:
    """Poor, average, good: 0, 60 and 100 points."""

    name = "answers"
    _knots = Knots([(0, 0), (0.5, 0.6), (1, 1)])

    def value(self, z):
        return self._knots.value(z)

    def slope(self, z):
        return self._knots.slope(z)


ANSWERS = Answers()


class PointsScorer:
    """Points and bands from columns that say good, average or poor (or 2, 1, 0).

    ``nulls="excluded"`` steps what is missing out of the average, ``"neutral"`` counts it as average; ``worst``
    takes the worst answer instead of the average. The points of a parent are the mean of its children's:
    ``scores.roll_up("parent")``.
    """

    name = "health"
    description = "Good, average and poor give 100, 60 and 0 points; 0-50, 51-75 and 76-100 are the bands."

    def __init__(self, weights, *, segments=(), nulls="excluded", worst=False, who=None):
        self.weights, self.segments, self.nulls, self.worst = dict(weights), tuple(segments), nulls, worst
        self.steps = tuple(
            og.SuccessGap(column, og.Measure(column, low=0, high=2), floor=0, target=2, curve=ANSWERS)
            for column in self.weights
        )
        # How tables are read that hold the answers in words; for the command line.
        self.inputs = og.Inputs(id=who, measures={column: {"values": LEVELS} for column in self.weights})

    def score(self, customers):
        points = self.answers(customers) / 100
        counted = np.where(np.isnan(points), NEUTRAL / 100, points)
        weights = np.array(list(self.weights.values()), dtype=float) * np.ones_like(points)
        if self.nulls == "excluded":
            weights[np.isnan(points)] = 0.0
        average = worst if self.worst else mean
        desired, parts, gain = average(counted, weights)
        low, high = (average(np.where(np.isnan(points), end, points), self._full(points))[0] for end in (0.0, 1.0))
        columns = {"points": 100 * desired, "band": [band(each) for each in (100 * desired).tolist()]}
        return og.OutcomeScores(
            self,
            customers,
            desired=desired,
            low=np.fmin(low, desired),
            high=np.fmax(high, desired),
            attainment=points,
            parts=parts,
            gain=gain,
            columns=columns,
        )

    def answers(self, customers):
        """Return the points of each answer, NaN where there is none."""
        table = wrap(customers)
        found = [[LEVELS.get(each, each) for each in table.values(name).tolist()] for name in self.weights]
        return np.array([[np.nan if not _known(each) else POINTS[float(each)] for each in row] for row in found]).T

    def _full(self, points):
        return np.array(list(self.weights.values()), dtype=float) * np.ones_like(points)


def mean(points, weights):
    """Return the weighted mean, each answer's part of what it lacks, and what a better answer gains."""
    whole = weights.sum(axis=1, keepdims=True)
    share = np.divide(weights, whole, out=np.full_like(weights, np.nan), where=whole > 0)
    lacking = share * (1 - points)
    return (share * points).sum(axis=1), lacking, lacking


def worst(points, weights):
    """Return the worst answer that counts, Shapley values of what it lacks, and what a better answer gains.

    What the worst lacks is divided as the cost of a runway among the aeroplanes that need it (Littlewood & Owen,
    Management Science 20, 1973): each step from one answer to the next worse is shared by all that need it.
    """
    here = weights > 0
    lacking = np.where(here, 1 - points, 0.0)
    order = np.argsort(lacking, axis=1)
    steps = np.diff(np.take_along_axis(lacking, order, axis=1), axis=1, prepend=0.0)
    sharing = np.arange(points.shape[1], 0, -1)
    parts = np.empty_like(lacking)
    np.put_along_axis(parts, order, np.cumsum(steps / sharing, axis=1), axis=1)
    gap = lacking.max(axis=1)
    gain = np.stack(
        [gap - np.delete(lacking, n, axis=1).max(axis=1, initial=0.0) for n in range(points.shape[1])], axis=1
    )
    desired = np.where(here.any(axis=1), 1 - gap, np.nan)
    return desired, parts, gain


def health_model(name, weights, *, segments=(), nulls="excluded"):
    """Return the same mean as a model that goes through a file; its experience is carried along and counts nothing."""
    missing = "skip" if nulls == "excluded" else NEUTRAL / 100
    fields = {"floor": 0, "target": 2, "missing": missing, "curve": ANSWERS}
    columns = {column: og.Measure(column, low=0, high=2) for column in weights}
    gaps = [og.SuccessGap(column, measure, **fields) for column, measure in columns.items()]
    felt = [og.Expectation(f"{column} (felt)", measure, **fields) for column, measure in columns.items()]
    required = og.RequiredOutcome(name, needs=og.Mean(*gaps, weights=list(weights.values())))
    suits = og.AppropriateExperience("felt", expects=og.Mean(*felt))
    goal = og.DesiredOutcome(required, suits, join=HealthOnly(), min_coverage=0)
    return og.OutcomeModel(name, segments=list(segments), desired_outcomes=[goal])


class HealthOnly:
    """D = R: the experience is carried along, and counts for nothing."""

    name = "health only"

    def desired(self, r, e):
        return r

    def slopes(self, r, e):
        return np.ones_like(r), np.zeros_like(e)

    def parts(self, r, e):
        return 1 - r, np.zeros_like(e)


def band(points):
    """Return the band of some points, rounded to whole ones; None without points."""
    if points != points:
        return None
    return next(name for top, name in BANDS if np.floor(points + 0.5 + 1e-9) <= top)


def _known(answer):
    if answer is None or answer != answer:
        return False
    if answer not in POINTS:
        raise og.DataError(f"an answer is good, average or poor, or 2, 1 or 0 (got {answer!r:.60})")
    return True


#: Usage weighs as much as support and relationship together.
HEALTH = PointsScorer({"usage": 2, "support": 1, "relationship": 1}, who="customer")
