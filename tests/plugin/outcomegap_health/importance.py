"""Importance beside performance: Martilla & James, Importance-Performance Analysis, Journal of Marketing 41 (1977)."""

import numpy as np

import outcomegap as og


class ImportanceScorer:
    """How well customers say each attribute is done, weighed by how much they say it matters.

    Parameters are the mean importance of each attribute, by the column that holds its performance, and the highest
    rating of performance, where the lowest is 0.
    """

    name = "importance and performance"

    def __init__(self, importance, *, top=4.0, segments=()):
        self.importance, self.segments = dict(importance), tuple(segments)
        self.steps = tuple(
            og.Expectation(column, og.Measure(column, low=0, high=top), floor=0, target=top)
            for column in self.importance
        )

    def score(self, customers):
        done = og.attainments(self, customers)
        weights = np.where(np.isnan(done), 0.0, np.array(list(self.importance.values()), dtype=float))
        whole = weights.sum(axis=1, keepdims=True)
        share = np.divide(weights, whole, out=np.full_like(weights, np.nan), where=whole > 0)
        lacking = share * (1 - np.nan_to_num(done))
        return og.OutcomeScores(
            self, customers, desired=1 - lacking.sum(axis=1), attainment=done, parts=lacking, gain=lacking
        )

    def quadrants(self, scores):
        """Return the quadrant of each attribute; the axes cross at the means."""
        performance = np.nanmean(scores.attainment().values, axis=0)
        weights = np.array(list(self.importance.values()), dtype=float)
        called = {
            (True, False): "concentrate here",
            (True, True): "keep up the good work",
            (False, False): "low priority",
            (False, True): "possible overkill",
        }
        matters, well = weights >= weights.mean(), performance >= performance.mean()
        names = zip(self.importance, matters, well, strict=True)
        return {name: called[bool(m), bool(w)] for name, m, w in names}
