"""Scoring: frames in, scores out, and what can be asked of them."""

from outcomegap.scoring.score_one import Score
from outcomegap.scoring.scorer import Scorer
from outcomegap.scoring.scores import Scores
from outcomegap.scoring.states import STATES

__all__ = ["STATES", "Score", "Scorer", "Scores"]
