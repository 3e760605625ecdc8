"""What customers then did: fit a model to it, check a score against it, see what is necessary, and what changed."""

from outcomegap.learn.certainty import few_answers as few_answers, first_gap as first_gap
from outcomegap.learn.drift import drift as drift
from outcomegap.learn.fit import Fitted as Fitted, fit as fit
from outcomegap.learn.necessity import necessity as necessity
from outcomegap.learn.retention import net_retention as net_retention
from outcomegap.learn.survival import survival as survival
from outcomegap.learn.validate import Validation as Validation, validate as validate

__all__ = [
    "Fitted",
    "Validation",
    "drift",
    "few_answers",
    "first_gap",
    "fit",
    "necessity",
    "net_retention",
    "survival",
    "validate",
]
