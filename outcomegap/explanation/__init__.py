"""Explanations of scores: attribution, leverage, change."""

from outcomegap.explanation.gradients import Explanation as Explanation
