"""Scoring: data frames in, scores out, and the views of scores."""

from outcomegap.scoring.model_scores import Score as Score
from outcomegap.scoring.scorer import Scorer as Scorer
from outcomegap.scoring.scores import Scores as Scores
from outcomegap.scoring.states import STATES as STATES
