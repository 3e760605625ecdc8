"""Engines held to what the library's own says of the same customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from outcomegap.model import OutcomeModel
from outcomegap.scoring import Scorer
from outcomegap.scoring.simulate import simulate
from outcomegap.testing.check_scores import COMPARED, _rows
from outcomegap.testing.kit import Checks, near, need


def check_engine(score: Callable[[OutcomeModel, Any], Mapping[str, Any]], *models: OutcomeModel, n: int = 100) -> int:
    """Hold an engine of your own, for instance one that runs in a warehouse, to what the library's says.

    Parameters
    ----------
    score
        Called with a model and a frame of customers (a dict of columns); returns arrays by name: ``desired`` and any
        of ``required``, ``experience``, ``low``, ``high``, ``coverage``.
    *models
        Which models to try; the gallery's when left out.
    n
        How many customers are simulated for each.

    Returns
    -------
    int
        How many checks ran; it is printed as well.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``agrees``, ``order``, ``splitting``.

    Examples
    --------
    >>> import outcomegap as og
    >>> def engine(model, frame):
    ...     scores = og.Scorer(model, threads=1).score(frame)
    ...     return {"desired": scores.desired, "low": scores.low}
    >>> check_engine(engine, og.gallery.load("telco"))
    engine 'engine': 4 checks ran
    4
    """
    checks = Checks(f"engine {getattr(score, '__name__', type(score).__name__)!r}")
    for model in models or _gallery():
        frame = simulate(model, n, seed=3, missing=0.15)
        before = len(checks.failures)
        with checks.rule("pieces"):
            need("desired" in score(model, frame), "returns no 'desired'")
        if len(checks.failures) > before:
            continue
        found, wanted = score(model, frame), Scorer(model).score(frame)
        with checks.rule("agrees"):
            for name in (name for name in COMPARED if name in found):
                near(found[name], getattr(wanted, name), name)
        with checks.rule("order"):
            near(
                score(model, _rows(frame, np.arange(n)[::-1]))["desired"], np.asarray(found["desired"])[::-1], "desired"
            )
        with checks.rule("splitting"):
            parts = [score(model, _rows(frame, rows))["desired"] for rows in np.array_split(np.arange(n), 3)]
            near(np.concatenate(parts), found["desired"], "desired")
    return checks.done()


def _gallery() -> list[OutcomeModel]:
    from outcomegap import gallery

    return [gallery.load(name) for name in gallery.names()]
