"""The health score that vendors compute: answers give points, weights average them, and the average falls in a band."""

import numpy as np

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.model import Knots, Weakest

#: What an answer stands for in a frame, if it is a number.
LEVELS = {"poor": 0.0, "average": 1.0, "good": 2.0}
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


class HealthOnly:
    """D = R: the experience is carried along, and counts for nothing."""

    name = "health only"

    def desired(self, r, e):
        return r

    def slopes(self, r, e):
        return np.ones_like(r), np.zeros_like(e)

    def parts(self, r, e):
        return 1 - r, np.zeros_like(e)


def health_model(name, weights, *, segments=(), nulls="excluded", worst=False, curve=ANSWERS, top=2.0):
    """Return the model: a weighted mean, or the worst, of what the columns `weights` say."""
    missing = "skip" if nulls == "excluded" else 0.6
    fields = {"floor": 0, "target": top, "missing": missing, "curve": curve}
    columns = {column: og.Measure(column, low=0, high=top) for column in weights}
    gaps = [og.SuccessGap(column, measure, **fields) for column, measure in columns.items()]
    felt = [og.Expectation(f"{column} (felt)", measure, **fields) for column, measure in columns.items()]
    needs = Weakest(*gaps) if worst else og.Mean(*gaps, weights=list(weights.values()))
    required = og.RequiredOutcome(name, needs=needs)
    suits = og.AppropriateExperience("felt", expects=og.Mean(*felt))
    goal = og.DesiredOutcome(required, suits, join=HealthOnly(), min_coverage=0)
    return og.OutcomeModel(name, segments=list(segments), desired_outcomes=[goal])


class PointsScorer:
    """Points and bands from columns that say good, average or poor (or 2, 1, 0).

    ``nulls="excluded"`` leaves what is missing out of the average, ``"neutral"`` counts it as average; ``worst``
    takes the worst answer instead of the average.
    """

    def __init__(self, weights, *, segments=(), nulls="excluded", worst=False):
        self.model = health_model("health", dict(weights), segments=segments, nulls=nulls, worst=worst)
        self.scorer = og.Scorer(self.model)

    def score(self, frame):
        table = wrap(frame)
        columns = {name: table.values(name) for name in table.names}
        for measure in self.model.measures:
            values = columns[measure.name]
            if values.dtype.kind in "OUS":
                columns[measure.name] = np.array(
                    [LEVELS.get(answer, answer) for answer in values.tolist()], dtype=float
                )
        return HealthScores(self.scorer.score(table.build(columns, index_like=False)))


class HealthScores:
    """Scores, and what vendors show of them: points and bands."""

    def __init__(self, scores):
        self.scores = scores

    def __len__(self):
        return len(self.scores)

    def __getattr__(self, name):
        if name == "scores":
            raise AttributeError(name)
        return getattr(self.scores, name)

    @property
    def points(self):
        """Points from 0 to 100."""
        return 100 * self.scores.desired

    @property
    def band(self):
        """The band of the points, rounded to whole ones; None without points."""
        return [band(points) for points in self.points.tolist()]

    def parents(self, column):
        """Return each parent's points, the mean of its children's; `column` names the parent."""
        return {group.name: 100 * group.desired for group in self.scores.by(column)}


def band(points):
    """Return the band of some points."""
    if points != points:
        return None
    return next(name for top, name in BANDS if np.floor(points + 0.5 + 1e-9) <= top)
