"""A whole outcome model of your own: any object that scores a frame and says its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.files.plugins import Plugins
from outcomegap.frames import wrap
from outcomegap.model import Step
from outcomegap.model.check import Outline
from outcomegap.model.custom import require
from outcomegap.scoring.customers import read_frame

Array = NDArray[Any]


@runtime_checkable
class OutcomeScorer(Protocol):
    """What a scorer of your own must offer; groups, worklist, parents, report and the kit need no more.

    It may also have ``segments`` and ``stages`` (names, or `Segment` and `Stage` objects), where the frame's columns
    of that name say which customer is in which; a ``description``; and ``inputs`` (`Inputs`), which say how raw tables
    become its measures. Without segments customers can be grouped by any column of the frame. It must be an object
    that `pickle` can store if it is to be sent to other processes.

    Examples
    --------
    >>> import outcomegap as og
    >>> class Usage:
    ...     name = "usage"
    ...     steps = [og.SuccessGap("logins", og.Measure("logins", low=0), floor=0, target=20, owner="customer")]
    ...     def score(self, customers):
    ...         reached = og.attainments(self, customers)
    ...         return og.OutcomeScores(self, customers, desired=reached[:, 0], attainment=reached, parts=1 - reached)
    >>> isinstance(Usage(), OutcomeScorer)
    True
    >>> scores = Usage().score({"id": ["Acme", "Beta"], "logins": [5, 20], "plan": ["basic", "pro"]})
    >>> [(row["id"], row["state"], row["stands_at"]) for row in scores.worklist()]
    [('Acme', 'failing', '5 of 20'), ('Beta', 'successful', None)]
    >>> [(group.name, group.desired) for group in scores.by("plan")]
    [('basic', 0.25), ('pro', 1.0)]
    """

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def steps(self) -> Sequence[Step]:
        """Its steps: `ProductFunction`, `SuccessGap` and `Expectation` objects, each name once; there may be none."""

    def score(self, customers: Any) -> Any:
        """Score a frame of any kind; `OutcomeScores` makes the answer out of arrays."""


def outline_of(scorer: object) -> Outline:
    """Return what a scorer says of itself.

    Raises
    ------
    ModelError
        If a piece is missing, or says what cannot be; all at once.
    """
    require(OutcomeScorer, scorer, f"scorer {getattr(scorer, 'name', type(scorer).__name__)!r:.60}")
    return Outline.of(scorer)


def load_scorer(name: str) -> Any:
    """Return a scorer that an installed package offers, by its name (entry point ``outcomegap.scorers``).

    Parameters
    ----------
    name
        What it is called.

    Returns
    -------
    OutcomeScorer

    Raises
    ------
    ModelError
        If no package offers one of that name, it fails to load, or it lacks a piece.

    Examples
    --------
    >>> import outcomegap as og
    >>> try:
    ...     load_scorer("no such scorer")
    ... except og.ModelError as error:
    ...     print([finding.rule for finding in error.findings])
    ['unknown-scorer']
    """
    scorer = _plugins().find(name, f"scorer {name!r:.100}")
    outline_of(scorer)
    return scorer


def scorer_names() -> tuple[str, ...]:
    """Return the names of all scorers that installed packages offer; none of them is loaded.

    Examples
    --------
    >>> "no such scorer" in scorer_names()
    False
    """
    return _plugins().installed()


def _plugins() -> Plugins:
    return Plugins("scorer", OutcomeScorer)


def attainments(scorer: object, customers: object, *, segment: str = "segment", stage: str = "stage") -> Array:
    """Read the steps of a scorer of your own off a frame: how far each is attained by each customer.

    ``curve(clip((x - floor) / (target - floor), 0, 1))`` (docs/meaning, clause 2.2), with the floor and target of the
    customer's cell, or the customer's own.

    Parameters
    ----------
    scorer
        Its ``steps``, and its ``segments`` and ``stages`` if it has any.
    customers
        A frame of any kind, with a column for each measure; null and NaN mean missing.
    segment, stage
        What those columns are called.

    Returns
    -------
    array of shape (customers, steps)
        In [0, 1]; NaN where missing.

    Raises
    ------
    DataError
        With every problem of the frame: a column that is not there, text in the place of numbers, a value beyond its
        measure's limits, an unknown segment.
    ModelError
        If the scorer lacks a piece.

    Examples
    --------
    >>> import outcomegap as og
    >>> class Speed:
    ...     name, segments = "speed", ["startup", "enterprise"]
    ...     steps = [og.Expectation("replies", og.Measure("hours", low=0), floor=48,
    ...                              target=og.per_cell(24, {"enterprise": 0}))]
    ...     def score(self, customers): ...
    >>> attainments(Speed(), {"segment": ["startup", "enterprise", "startup"], "hours": [36, 36, None]}).tolist()
    [[0.5], [0.25], [nan]]
    """
    outline, table = outline_of(scorer), wrap(customers)
    checks = Checks(f"scorer {outline.name!r} cannot score this frame")
    found = read_frame(outline, table, {"segment": segment, "stage": stage}, checks)
    if not checks.problems:
        found.check_bounds(checks, np.ones((len(outline.cells), len(outline.steps)), dtype=bool))
    checks.done()
    return found.attainment()
