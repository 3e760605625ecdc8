"""What only the scores of a model can answer: other scores refuse it in words."""

from __future__ import annotations

from typing import Any, NoReturn

from outcomegap.errors import EngineError
from outcomegap.model.outline import Outline


class OnlyModels:
    """Refuses what cannot be told without computing a score again.

    Examples
    --------
    >>> import outcomegap as og
    >>> class Points:
    ...     name, steps = "points", []
    ...     def score(self, customers):
    ...         return og.OutcomeScores(self, customers, desired=[0.8])
    >>> try:
    ...     Points().score({"id": ["Acme"]}).save("points.json")
    ... except EngineError as error:
    ...     print(error)
    only the scores of a model, which can be computed again, can be saved; 'points' is a scorer of its own
    """

    _outline: Outline

    def save(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: saved scores are scored again when they are loaded."""
        self._needs_model("saved")

    def change_since(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: what moved a score is found by scoring what lies between."""
        self._needs_model("compared with earlier ones")

    def leverage(self) -> NoReturn:
        """Refuse: nobody knows the slopes of a scorer of your own."""
        self._needs_model("asked for their leverage; gain() is what you said")

    def unknown(self) -> NoReturn:
        """Refuse: what hangs on a missing step is found by scoring with it."""
        self._needs_model("asked what hangs on missing steps")

    def disagreement(self) -> NoReturn:
        """Refuse: a scorer of your own has no observed outcome."""
        self._needs_model("held against an observed outcome")

    def _needs_model(self, what: str) -> NoReturn:
        message = f"only the scores of a model, which can be computed again, can be {what}"
        raise EngineError(f"{message}; {self._outline.name!r} is a scorer of its own")
