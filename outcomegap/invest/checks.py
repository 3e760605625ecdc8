"""What the functions of this package are given, looked at before it is used; each mistake named with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

from outcomegap.errors import SHOWN, DataError, ModelError, Problem, hint, nearest
from outcomegap.model import Column, OutcomeModel, PerCell, per_cell
from outcomegap.model.frozenmap import FrozenMap
from outcomegap.model.values import ANY

#: A number, or one for each cell that it names.
Level = float | PerCell
Of = Literal["both", "steps", "measures"]


def check_number(what: str, value: object, low: float = 0.0, high: float = float("inf")) -> float:
    """Return a finite number between two limits.

    Raises
    ------
    DataError
        If it is none.

    Examples
    --------
    >>> check_number("a cost", 3)
    3.0
    """
    if isinstance(value, Real) and not isinstance(value, (bool, np.timedelta64)):  # to NumPy a span is a whole number
        try:
            found = float(value)
        except OverflowError:
            found = float("inf")
        if low <= found <= high and abs(found) != float("inf"):
            return found
    limits = f"{low:g} or more" if high == float("inf") else f"between {low:g} and {high:g}"
    what = f"{what} is a finite number" if low == -float("inf") else f"{what} is a finite number, {limits}"
    raise DataError(f"{what} (got {shown(value)})")


def check_whole(what: str, value: object, low: int) -> int:
    """Return a whole number that is not too low, or raise a DataError.

    Examples
    --------
    >>> check_whole("together", 2, 1)
    2
    """
    if isinstance(value, Integral) and not isinstance(value, (bool, np.timedelta64)) and int(value) >= low:
        return int(value)
    raise DataError(f"{what} is a whole number, {low} or more (got {shown(value)})")


def check_text(what: str, value: object) -> str:
    """Return text that is not blank, or raise a DataError."""
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{what} is a text that is not empty (got {shown(value)})")
    return value


def check_choice(what: str, value: object, options: Sequence[str]) -> None:
    """Raise a DataError unless a value is one of a few words."""
    if not isinstance(value, str) or value not in options:
        listed = " or ".join(map(repr, options)) if len(options) == 2 else "one of " + ", ".join(map(repr, options))
        raise DataError(f"{what} is {listed} (got {shown(value)}){hint(value, options)}")


def shown(value: object) -> str:
    """Return a value as text for a message: never long.

    Examples
    --------
    >>> shown("x" * 99)[-3:], shown(10**5000)
    ('xxx', 'a whole number of thousands of digits')
    """
    try:
        return f"{value!r:.60}"
    except ValueError:  # Python refuses to write it out
        return "a whole number of thousands of digits"


def levels(what: str, given: object) -> FrozenMap[Level]:
    """Return names with a finite number each, or with one for each cell; or raise a DataError."""
    if not isinstance(given, Mapping):
        raise DataError(f"{what} is a mapping from names to numbers (got {shown(given)})")
    return FrozenMap({check_text(f"a name in {what}", k): level(f"{what}: {k!r}", v) for k, v in given.items()})


def level(what: str, value: object) -> Level:
    """Return a finite number, or one for each cell: `og.per_cell`, or a mapping from cells to numbers.

    Examples
    --------
    >>> level("calls", {"enterprise": 4, "default": 1}).at("startup", "all")
    1.0
    """
    if isinstance(value, Mapping):
        numbers = {key: number for key, number in value.items() if key != "default"}
        if not value:
            raise DataError(f"{what} names no segment; give a number, or one for each segment")
        try:
            value = per_cell(value.get("default"), numbers)
        except ModelError as error:
            raise DataError(f"{what}: {error}") from error
    if isinstance(value, PerCell):
        for number in value:
            check_number(f"{what} (in one cell)", number, -float("inf"))
        return value
    return check_number(what, value, -float("inf"))


def segment_names(what: str, given: object) -> tuple[str, ...] | None:
    """Return names of segments, each once, None for all; or raise a DataError."""
    if given is None:
        return None
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence) or not given:
        raise DataError(f"{what}: segments is a list of names, or None for all (got {shown(given)})")
    found = tuple(check_text(f"{what}: each of segments", name) for name in given)
    twice = [name for place, name in enumerate(found) if name in found[:place]]
    if twice:
        raise DataError(f"{what}: segment {twice[0]!r} stands twice in segments")
    return found


def check_names(what: str, model: OutcomeModel, given: Mapping[str, Level], of: Of = "both") -> list[Problem]:
    """List what names no step or measure of a model, or lies outside its range, or names no cell of it."""
    steps = {step.name for step in model.steps if of != "measures"}
    measures = {measure.name: measure for measure in model.measures if of != "steps"}
    called = {"both": "no step and no measure", "steps": "no step", "measures": "no measure"}[of]
    problems: list[Problem] = []
    for name, to in given.items():
        low, high = 0.0, 1.0
        if name not in steps and name not in measures:
            known = [*steps, *measures]
            message = f"{what}: the model has {called} {name!r}{hint(name, sorted(known))}"
            problems.append(Problem("unknown-name", message, value=name, suggestion=nearest(name, known)))
            continue
        kind = "an attainment"
        if name not in steps:
            measure, kind = measures[name], "the measure"
            low = -float("inf") if measure.low is None else measure.low
            high = float("inf") if measure.high is None else measure.high
        for number in to if isinstance(to, PerCell) else (to,):
            if not isinstance(number, Column) and not low <= number <= high:
                message = f"{what}: {name!r} is set to {number:g}; {kind} lies between {low:g} and {high:g}"
                problems.append(Problem("out-of-range", message, value=number))
        if isinstance(to, PerCell):
            problems += _check_cells(f"{what}: {name!r}", model, (key for key, _ in to.values))
    return problems


def _check_cells(what: str, model: OutcomeModel, keys: Iterable[str]) -> list[Problem]:
    problems: list[Problem] = []
    for key in keys:
        segment, _, stage = key.partition("/")
        for kind, name, known in (("segment", segment, model.segment_names), ("stage", stage, model.stage_names)):
            if name not in ("", ANY, *known):
                message = f"{what}: no {kind} {name!r}{hint(name, known)}"
                problems.append(Problem(f"unknown-{kind}", message, value=name, suggestion=nearest(name, known)))
    return problems


def check_segments(what: str, model: OutcomeModel, given: Sequence[str] | None) -> list[Problem]:
    """List the segments that a model does not have."""
    known = model.segment_names
    return [
        Problem(
            "unknown-segment",
            f"{what}: no segment {name!r}{hint(name, known)}",
            value=name,
            suggestion=nearest(name, known),
        )
        for name in given or ()
        if name not in known
    ]


def checked(what: str, model: OutcomeModel, given: object, kind: type[Any]) -> tuple[Any, ...]:
    """Return actions or alternatives that fit a model, each name once.

    Raises
    ------
    DataError
        With every problem.
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence) or not given:
        raise DataError(f"{what} is a list of og.invest.{kind.__name__}, one or more (got {shown(given)})")
    problems: list[Problem] = []
    seen: set[str] = set()
    for one in given:
        if not isinstance(one, kind):
            problems.append(Problem("kind", f"{what} holds og.invest.{kind.__name__} only (got {shown(one)})"))
            continue
        if one.name in seen:
            where = f"{kind.__name__.lower()} {one.name!r}"
            problems.append(Problem("duplicate", f"{where} stands twice; give each a name of its own", value=one.name))
        seen.add(one.name)
        problems += one.problems(model)
    if problems:
        raise DataError.all(what, problems[: SHOWN * 10])
    return tuple(given)
