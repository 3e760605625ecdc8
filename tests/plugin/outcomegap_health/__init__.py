"""A plug-in of outcomegap: a points-and-bands health score, a CES gate, and importance beside performance."""

from outcomegap_health.ces import Ces
from outcomegap_health.importance import ImportanceScorer
from outcomegap_health.points import PointsScorer

__all__ = ["Ces", "ImportanceScorer", "PointsScorer"]
