"""What customers say: importance, expectation, satisfaction; and what a model learns from their answers."""

from outcomegap.survey.gaps import servperf as servperf, servqual as servqual, zone_of_tolerance as zone_of_tolerance
from outcomegap.survey.importance import importance_performance as importance_performance, opportunity as opportunity
from outcomegap.survey.kano import kano as kano
from outcomegap.survey.key_drivers import key_drivers as key_drivers
from outcomegap.survey.path_model import importance_performance_map as importance_performance_map
from outcomegap.survey.penalty_reward import penalty_reward as penalty_reward
from outcomegap.survey.proposals import expectations_from as expectations_from, weights_from as weights_from
from outcomegap.survey.ratings import (
    acsi_index as acsi_index,
    csat as csat,
    effort as effort,
    net_promoter as net_promoter,
)

__all__ = [
    "acsi_index",
    "csat",
    "effort",
    "expectations_from",
    "importance_performance",
    "importance_performance_map",
    "kano",
    "key_drivers",
    "net_promoter",
    "opportunity",
    "penalty_reward",
    "servperf",
    "servqual",
    "weights_from",
    "zone_of_tolerance",
]
