"""For people who extend the library: invented models and customers, by Hypothesis or from a seed.

Needs Hypothesis, which comes with the extra ``outcomegap[dev]``.
"""

from outcomegap.errors import EngineError

try:
    import hypothesis as _hypothesis  # noqa: F401 - only to say early what is missing
except ModuleNotFoundError as error:
    message = "outcomegap.testing needs Hypothesis: install the extra outcomegap[dev], or hypothesis itself"
    raise EngineError(message) from error

from outcomegap.testing.recipe import Recipe
from outcomegap.testing.seeded import random_model, random_rows
from outcomegap.testing.strategies import customers, gates, leaves, models

__all__ = ["Recipe", "customers", "gates", "leaves", "models", "random_model", "random_rows"]
