"""What a vendor can do for customers: what it raises, what it costs, and how many customers it can reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from outcomegap.errors import SHOWN, DataError, Problem, hint, nearest
from outcomegap.model import OutcomeModel
from outcomegap.model.frozenmap import FrozenMap

__all__ = ["Action", "check_names", "check_number", "check_segments"]


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
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        found = float(value)
        if low <= found <= high and abs(found) != float("inf"):
            return found
    limits = f"{low:g} or more" if high == float("inf") else f"between {low:g} and {high:g}"
    raise DataError(f"{what} is a finite number, {limits} (got {value!r:.60})")


def check_text(what: str, value: object) -> str:
    """Return text that is not blank, or raise a DataError."""
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{what} is a text that is not empty (got {value!r:.60})")
    return value


def levels(what: str, given: object) -> FrozenMap[float]:
    """Return names with a finite number each, or raise a DataError."""
    if not isinstance(given, Mapping):
        raise DataError(f"{what} is a mapping from names to numbers (got {given!r:.60})")
    low = -float("inf")
    return FrozenMap(
        {check_text(f"a name in {what}", k): check_number(f"{what}: {k!r}", v, low) for k, v in given.items()}
    )


def segment_names(what: str, given: object) -> tuple[str, ...] | None:
    """Return names of segments, None for all, or raise a DataError."""
    if given is None:
        return None
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence) or not given:
        raise DataError(f"{what}: segments is a list of names, or None for all (got {given!r:.60})")
    return tuple(check_text(f"{what}: a segment", name) for name in given)


@attrs.frozen(init=False)
class Action:
    """Something that can be done for customers.

    Parameters
    ----------
    name
        What it is called.
    raises
        What it brings about: the name of a leaf with the attainment that it is raised to, between 0 and 1; or the
        name of a measure with the value that it is raised to, in its own unit, for every leaf that it feeds. A name
        that is both means the leaf. Where the customer stands better already, nothing changes.
    cost
        What it costs for each customer, 0 or more, in the unit of the budget.
    capacity
        How many customers it can reach in all; None for any number.
    segments
        The segments for which it can be done; None for all.

    Raises
    ------
    DataError
        If something is not as said here.

    Examples
    --------
    >>> Action("list workshop", {"list built": 0.8}, cost=400, capacity=30).cost
    400.0
    """

    name: str
    raises: FrozenMap[float]
    cost: float
    capacity: int | None
    segments: tuple[str, ...] | None

    def __init__(
        self,
        name: str,
        raises: Mapping[str, float],
        cost: float,
        capacity: int | None = None,
        segments: Sequence[str] | None = None,
    ) -> None:
        what = f"action {check_text('the name of an action', name)!r}"
        found = levels(f"{what}: raises", raises)
        if not found:
            raise DataError(f"{what} raises nothing; name a leaf or a measure and what it is raised to")
        good = isinstance(capacity, int) and not isinstance(capacity, bool) and capacity >= 0
        if capacity is not None and not good:
            raise DataError(f"{what}: capacity is a whole number of customers, or None (got {capacity!r:.60})")
        paid = check_number(f"{what}: cost", cost)
        self.__attrs_init__(name, found, paid, capacity, segment_names(what, segments))


def check_names(what: str, model: OutcomeModel, given: Mapping[str, float]) -> list[Problem]:
    """List what names no leaf and no measure of a model, or lies outside its range."""
    leaves = {leaf.name for leaf in model.leaves}
    measures = {measure.name: measure for measure in model.measures}
    problems: list[Problem] = []
    for name, to in given.items():
        low, high = 0.0, 1.0
        if name not in leaves and name not in measures:
            known = [*leaves, *measures]
            message = f"{what}: the model has no leaf and no measure {name!r}{hint(name, sorted(known))}"
            problems.append(Problem("unknown-name", message, value=name, suggestion=nearest(name, known)))
            continue
        kind = "an attainment"
        if name not in leaves:
            measure, kind = measures[name], "the measure"
            low = -float("inf") if measure.low is None else measure.low
            high = float("inf") if measure.high is None else measure.high
        if not low <= to <= high:
            message = f"{what}: {name!r} is raised to {to:g}; {kind} lies between {low:g} and {high:g}"
            problems.append(Problem("out-of-range", message, value=to))
    return problems


def check_segments(what: str, model: OutcomeModel, given: Sequence[str] | None) -> list[Problem]:
    """List the segments that a model does not have."""
    return [
        Problem("unknown-segment", f"{what}: no segment {name!r}{hint(name, model.segment_names)}", value=name)
        for name in given or ()
        if name not in model.segment_names
    ]


def checked(what: str, model: OutcomeModel, given: object, kind: type[Any]) -> tuple[Any, ...]:
    """Return actions or alternatives that fit a model, each name once.

    Raises
    ------
    DataError
        With every problem.
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence) or not given:
        raise DataError(f"{what} is a list of og.invest.{kind.__name__}, one or more (got {given!r:.60})")
    problems: list[Problem] = []
    seen: set[str] = set()
    for one in given:
        if not isinstance(one, kind):
            problems.append(Problem("kind", f"{what} holds og.invest.{kind.__name__} only (got {one!r:.60})"))
            continue
        where = f"{kind.__name__.lower()} {one.name!r}"
        if one.name in seen:
            problems.append(Problem("duplicate", f"{where} stands twice; give each a name of its own", value=one.name))
        seen.add(one.name)
        problems += [*one.problems(model)] if hasattr(one, "problems") else check_names(where, model, one.raises)
        problems += check_segments(where, model, one.segments)
    if problems:
        raise DataError.all(what, problems[: SHOWN * 10])
    return tuple(given)
