"""For people who extend the library: checks that name the rule that is broken, and invented models and customers.

`check_curve`, `check_gate`, `check_join`, `check_model`, `check_scorer` and `check_engine` hold something to its rules,
print how many of them ran and which had nothing to look at, and raise `CheckFailed` with the names of those that are
broken; `assert_scores_equal` compares two scores. `random_model` and `random_rows` invent from a seed. `models`,
`customers`, `gates` and `steps` are Hypothesis strategies; they need Hypothesis (extra ``outcomegap[dev]``), all else
needs nothing but the library.
"""

from outcomegap.testing.invent import Recipe, customers, gates, models, random_model, random_rows, steps
from outcomegap.testing.rules import CheckFailed, check_curve, check_gate, check_join
from outcomegap.testing.scorers import assert_scores_equal, check_engine as check_engine, check_model, check_scorer

__all__ = [
    "CheckFailed",
    "Recipe",
    "assert_scores_equal",
    "check_curve",
    "check_gate",
    "check_join",
    "check_model",
    "check_scorer",
    "customers",
    "gates",
    "models",
    "random_model",
    "random_rows",
    "steps",
]
