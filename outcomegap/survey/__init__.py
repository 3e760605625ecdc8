"""What customers say: importance, expectation, satisfaction; and what a model learns from their answers."""

from outcomegap.survey.key_drivers import key_drivers as key_drivers
from outcomegap.survey.path_model import importance_performance_map as importance_performance_map
from outcomegap.survey.penalty_reward import penalty_reward as penalty_reward

__all__ = ["importance_performance_map", "key_drivers", "penalty_reward"]
