"""Engines held to what the library's own says of the same customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap import gallery
from outcomegap.model import OutcomeModel
from outcomegap.scoring import Scorer
from outcomegap.scoring.simulate import simulate
from outcomegap.testing.compare import COMPARED
from outcomegap.testing.frames import check_row_by_row, copy_of, need_same
from outcomegap.testing.rules import RuleRunner, need

Array = NDArray[Any]
Engine = Callable[[OutcomeModel, Any], Mapping[str, Any]]


def check_engine(score: Engine, *models: OutcomeModel, n: int = 100) -> int:
    """Hold an engine of your own, for instance one that runs in a warehouse, to what the library's says.

    Parameters
    ----------
    score
        Called with a model and a frame of customers (a dict of columns); returns arrays by name: ``desired`` and any
        of ``gap``, ``required``, ``experience``, ``required_gap``, ``experience_gap``, ``low``, ``high``,
        ``coverage``.
    *models
        Which models to try; the gallery's when left out.
    n
        How many customers are simulated for each.

    Returns
    -------
    int
        How many checks ran, five a model; it is printed as well.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name, and the model: ``pieces`` (it returns ``desired``), ``agrees`` (each
        array is what the library says, where some values are missing), ``order`` and ``splitting`` (each says of a
        customer what it says whoever else is there), ``nulls`` (it agrees where most values are missing, where all
        are, and where a whole column is).

    Examples
    --------
    >>> import outcomegap as og
    >>> def engine(model, frame):
    ...     scores = og.Scorer(model, threads=1).score(frame)
    ...     return {"desired": scores.desired, "low": scores.low}
    >>> check_engine(engine, og.gallery.load("telco"))
    engine 'engine': 5 checks ran
    5
    """
    run = RuleRunner(f"engine {getattr(score, '__name__', type(score).__name__)!r}")
    several = models or [gallery.load(name) for name in gallery.names()]
    for model in several:
        run.place = f"model {model.name!r}" if len(several) > 1 else ""
        _on(run, score, model, n)
    return run.done()


def _on(run: RuleRunner, score: Engine, model: OutcomeModel, n: int) -> None:
    """Run the rules with one model."""
    frame = simulate(model, n, seed=3, missing=0.15)
    found: dict[str, Any] = {}

    def say(given: Any) -> dict[str, Any]:
        said = score(model, copy_of(given))
        return {name: said[name] for name in COMPARED if name in said}

    def agree(given: Any) -> None:
        said, wanted = say(given), Scorer(model).score(given)
        need_same(said, {name: getattr(wanted, name) for name in said}, "beside the library")

    with run.rule("pieces"):
        for name in sorted(set(score(model, copy_of(frame))) - set(COMPARED)):
            run.note(repr(name), "no array that is compared")
        found = say(frame)
        need("desired" in found, "returns no 'desired'")
    if run.broken:
        return
    with run.rule("agrees"):
        agree(frame)
    check_row_by_row(run, say, frame, found)
    with run.rule("nulls"):
        blank = {measure.name: np.full(n, np.nan) for measure in model.measures[:1]}
        for gappy in (simulate(model, n, seed=4, missing=0.7), simulate(model, n, seed=4, missing=1.0), frame | blank):
            agree(gappy)
