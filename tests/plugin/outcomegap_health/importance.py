"""Importance beside performance: Martilla & James, Importance-Performance Analysis, Journal of Marketing 41 (1977)."""

import numpy as np
from outcomegap_health.points import HealthScores, health_model

import outcomegap as og


class ImportanceScorer:
    """How well customers say each attribute is done, weighed by how much they say it matters.

    Parameters are the mean importance of each attribute, by the column that holds its performance, and the highest
    rating of performance, where the lowest is 0.
    """

    def __init__(self, importance, *, top=4.0, segments=()):
        self.importance = dict(importance)
        self.model = health_model("performance", self.importance, segments=segments, curve="linear", top=top)
        self.scorer = og.Scorer(self.model)

    def score(self, frame):
        return HealthScores(self.scorer.score(frame))

    def quadrants(self, scores):
        """Return the quadrant of each attribute; the axes cross at the means."""
        names = list(self.importance)
        performance = np.nanmean(scores.attainment().values[:, : len(names)], axis=0)
        weights = np.array(list(self.importance.values()), dtype=float)
        called = {
            (True, False): "concentrate here",
            (True, True): "keep up the good work",
            (False, False): "low priority",
            (False, True): "possible overkill",
        }
        matters, done = weights >= weights.mean(), performance >= performance.mean()
        return {name: called[bool(m), bool(d)] for name, m, d in zip(names, matters, done, strict=True)}
