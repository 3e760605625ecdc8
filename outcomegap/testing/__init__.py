"""For people who extend the library: checks that name the rule that is broken, and invented models and customers.

The checks and what is invented from a seed need nothing but the library. What Hypothesis invents (`models`,
`customers`, `gates`, `leaves`) is loaded when it is first used, and needs it: extra ``outcomegap[dev]``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from outcomegap.errors import EngineError
from outcomegap.testing.check_engine import check_engine
from outcomegap.testing.check_rules import check_curve, check_gate, check_join
from outcomegap.testing.check_scores import assert_scores_equal, check_model, check_scorer
from outcomegap.testing.kit import CheckFailed
from outcomegap.testing.recipe import Recipe
from outcomegap.testing.seeded import random_model, random_rows

if TYPE_CHECKING:
    from outcomegap.testing.strategies import customers, gates, leaves, models

__all__ = [
    "CheckFailed",
    "Recipe",
    "assert_scores_equal",
    "check_curve",
    "check_engine",
    "check_gate",
    "check_join",
    "check_model",
    "check_scorer",
    "customers",
    "gates",
    "leaves",
    "models",
    "random_model",
    "random_rows",
]


def __getattr__(name: str) -> Any:
    if name not in ("customers", "gates", "leaves", "models"):
        msg = f"module 'outcomegap.testing' has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        value = getattr(import_module("outcomegap.testing.strategies"), name)
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        message = f"outcomegap.testing.{name} needs Hypothesis: install the extra outcomegap[dev], or hypothesis itself"
        raise EngineError(message) from error
    globals()[name] = value
    return value
