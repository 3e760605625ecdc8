"""Models that hold from a day on: which one scores whom, when."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from outcomegap.errors import DataError, ModelError, Problem
from outcomegap.frames.arrays import is_null
from outcomegap.intake.times import as_moment
from outcomegap.journey.events import DAY
from outcomegap.model import OutcomeModel
from outcomegap.scoring import Scorer

Day = np.datetime64


@attrs.frozen(eq=False)
class Effective:
    """One model, and from which day on it holds.

    Parameters
    ----------
    since
        The first day; None where it has always held.
    model
        The model.
    """

    since: Day | None
    model: OutcomeModel

    @cached_property
    def scorer(self) -> Scorer:
        """A scorer of the model, compiled once."""
        return Scorer(self.model)

    @property
    def name(self) -> str:
        """What to call it: the model's name, and since when."""
        return self.model.name if self.since is None else f"{self.model.name} (since {self.since})"


def effective_models(models: object) -> tuple[Effective, ...]:
    """Read one model, or models by the day from which each holds, in order.

    Raises
    ------
    ModelError
        If something is no model, or there is none.
    DataError
        If something is no day, or a day stands twice.
    """
    if isinstance(models, (OutcomeModel, Scorer)):
        return (Effective(None, _model(models)),)
    if not isinstance(models, Mapping):
        message = f"is an og.OutcomeModel, or says day -> model (got {models!r:.60})"
        raise ModelError.of("models", "History.models", message)
    if not models:
        raise ModelError.of("models", "History.models", "names no model; give one, or say day -> model")
    found: dict[Day, OutcomeModel] = {}
    for since, model in models.items():
        day = day_of("History: models", since)
        if day in found:
            raise DataError(f"History: models names {day} twice; one model holds from a day on")
        found[day] = _model(model)
    return tuple(Effective(day, found[day]) for day in sorted(found))


def effective_at(items: tuple[Effective, ...], day: Day) -> Effective:
    """Return the model that holds on a day.

    Raises
    ------
    DataError
        If the day is before the first model's.
    """
    holding = [item for item in items if item.since is None or item.since <= day]
    if not holding:
        message = f"no model holds on {day}: the first one, {items[0].model.name!r}, does from {items[0].since} on"
        raise DataError.all("History", [Problem("no-model", message, value=str(day))])
    return holding[-1]


def day_of(what: str, value: Any) -> Day:
    """Return a date, a time (its day in UTC) or ISO 8601 text as a day.

    Examples
    --------
    >>> str(day_of("x", "2026-01-31T23:00-02:00"))
    '2026-02-01'
    """
    try:
        moment = None if is_null(value) else as_moment(value)
    except DataError:
        moment = None
    if moment is None:
        message = f"{what}: a day is a date, or text such as '2026-01-31' (got {value!r:.60})"
        raise DataError(message, [Problem("not-a-date", message, value=str(value))])
    return np.datetime64(moment // DAY, "D")


def check_names(what: str, **names: object) -> None:
    """Make sure that arguments that name columns of a frame of customers are text; the id may be None.

    Examples
    --------
    >>> check_names("History.add", stage=3, id=None)
    Traceback (most recent call last):
    ...
    outcomegap.errors.DataError: History.add: stage names a column (got 3) [column-name]
    """
    problems = [
        Problem("column-name", f"{argument} names a column (got {name!r:.60})", value=str(name))
        for argument, name in names.items()
        if not isinstance(name, str) and not (argument == "id" and name is None)
    ]
    if problems:
        raise DataError.all(what, problems)


def _model(value: object) -> OutcomeModel:
    if isinstance(value, Scorer):
        return value.model
    if not isinstance(value, OutcomeModel):
        raise ModelError.of("models", "History.models", f"{value!r:.60} is no og.OutcomeModel")
    return value
