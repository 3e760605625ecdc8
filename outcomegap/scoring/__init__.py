"""Scoring: frames in, scores out, and what can be asked of them."""

from outcomegap.scoring.model_scores import Score as Score
from outcomegap.scoring.scorer import Scorer as Scorer
from outcomegap.scoring.scores import Scores as Scores
from outcomegap.scoring.states import STATES as STATES
