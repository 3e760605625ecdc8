"""What a vendor can do for customers: what it raises, what it costs, how many it can reach; also out of a file."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeVar

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.errors import DataError, Problem
from outcomegap.files.formats import format_of, read_text
from outcomegap.model import Column, OutcomeModel, PerCell, per_cell
from outcomegap.model.declaration import FrozenMap
from outcomegap.model.numbers import ANY

#: A number, or one for each cell that it names.
Level = float | PerCell
Levels = FrozenMap[Level]
#: The same as it is handed over: cells may be named by a plain mapping.
GivenLevel = Level | Mapping[str, float]


class _Fits(Protocol):
    @property
    def name(self) -> str: ...

    def fit(self, checks: Checks, model: OutcomeModel) -> None:
        """Note what does not fit a model."""


Fits = TypeVar("Fits", bound=_Fits)
FIELDS = ("raises", "cost", "capacity", "segments")


@attrs.frozen(init=False)
class Action:
    """Something that can be done for customers.

    It is done for those whom it changes: where the customer stands better already, where a value was never observed,
    or where the customer's cell has no such step, it is not done, costs nothing, and takes none of its capacity.

    Parameters
    ----------
    name
        What it is called.
    raises
        What it brings about: the name of a step with the attainment that it is raised to, between 0 and 1; or the
        name of a measure with the value that it is raised to, in its own unit, for every step that it feeds (where
        less is better, it is lowered). A name that is both means the step. Instead of a number, a mapping from
        segments (or cells) to numbers, or `og.per_cell`; where that names nothing, nothing is raised.
    cost
        What it costs for each customer for whom it is done, 0 or more, in the unit of the budget; or
        ``og.column(...)``: each customer's own, from a column of the scored frame.
    capacity
        For how many customers it can be done in all; None for any number.
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
    raises: Levels
    cost: float | Column
    capacity: int | None
    segments: tuple[str, ...] | None

    def __init__(
        self,
        name: str,
        raises: Mapping[str, GivenLevel],
        cost: float | Column,
        capacity: int | None = None,
        segments: Sequence[str] | None = None,
    ) -> None:
        checks = Checks(f"action {show(name)}")
        self.__attrs_init__(checks.text("name", name), **_fields(checks, raises, cost, capacity, segments))
        refuse(checks)

    def fit(self, checks: Checks, model: OutcomeModel) -> None:
        """Note what does not fit a model."""
        fit_levels(checks.at("raises"), model, self.raises, "step", "measure")
        fit_segments(checks, model, self.segments)


def load_actions(path: str | PathLike[str], model: OutcomeModel | None = None) -> list[Action]:
    r"""Load actions from a file; docs/invest shows what stands in it.

    Parameters
    ----------
    path
        A file that ends in ``.toml``, ``.json``, ``.yaml`` or ``.yml``, in UTF-8.
    model
        The model whose steps, measures and segments the actions name; None looks at those only in `plan`.

    Raises
    ------
    DataError
        With every mistake, each with its path, such as ``actions.coach.cost``.
    EngineError
        If YAML is asked for and its extra is not installed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "actions.toml"
    >>> _ = path.write_text('[actions.coach]\nraises = { "calls made" = 1 }\ncost = 100')
    >>> [action.name for action in load_actions(path)]
    ['coach']
    """
    file, checks, found = Path(path), Checks(str(path)), dict[str, dict[str, Any]]()
    data = checks.attempt(lambda: format_of(file).parse(read_text(file)))
    refuse(checks)
    table = data if isinstance(data, dict) else {}
    checks.keys("", table, ("actions",))
    actions = table.get("actions")
    if not isinstance(actions, dict) or not actions:
        checks.finding("type", "actions", f'must hold tables such as [actions."list workshop"] (got {show(actions)})')
        actions = {}
    for name, given in actions.items():
        here = checks.at(join("actions", str(name)))
        here.text("", name)
        if not isinstance(given, dict):
            here.finding("type", "", f"must be a table of keys and values (got {show(given)})")
            continue
        here.keys("", given, FIELDS)
        fields: dict[str, Any] = {field: given.get(field) for field in FIELDS}
        found[name] = _fields(here, **fields)
        if model is not None:
            fit_levels(here.at("raises"), model, found[name]["raises"], "step", "measure")
            fit_segments(here, model, found[name]["segments"])
    refuse(checks)
    return [Action(name, **fields) for name, fields in found.items()]


def _fields(
    checks: Checks,
    raises: Mapping[str, GivenLevel],
    cost: float | Column | Mapping[str, str],
    capacity: int | None,
    segments: Sequence[str] | None,
) -> dict[str, Any]:
    """Take the fields of an action, as they are given or as they stand in a file."""
    column = cost.get("column") if isinstance(cost, Mapping) else None
    if isinstance(column, str) and column == column.strip() != "":
        cost = Column(column)
    return {
        "raises": levels(checks.at("raises"), raises),
        "cost": cost if isinstance(cost, Column) else checks.number("cost", cost, 0),
        "capacity": None if capacity is None else checks.whole("capacity", capacity),
        "segments": segment_list(checks, segments),
    }


# What actions and alternatives share: numbers for names, each number one or one for each cell


def segment_list(checks: Checks, segments: Sequence[str] | None) -> tuple[str, ...] | None:
    """Take names of segments; None for all."""
    return None if segments is None else checks.texts("segments", segments, empty=False)


def levels(checks: Checks, given: Mapping[str, GivenLevel]) -> Levels:
    """Take names with a finite number each, or with one for each cell."""
    if not isinstance(given, Mapping) or not given:
        checks.finding("type", "", f'must be a table such as {{ "list built" = 0.8 }} (got {show(given)})')
        return FrozenMap()
    return FrozenMap({name: _level(checks.at(str(name)), to) for name, to in given.items()})


def _level(checks: Checks, to: object) -> Level:
    if isinstance(to, Mapping):
        cells = {key: number for key, number in to.items() if key != "default"}
        if not to:
            checks.finding("type", "", "names no segment; give a number, or one for each segment")
        made = checks.attempt(lambda: per_cell(to.get("default"), cells), "")
        return math.nan if made is None else _level(checks, made)
    if not isinstance(to, PerCell):
        return checks.number("", to)
    if any(isinstance(number, Column) for number in to):
        checks.finding("number", "", "must be numbers; a column cannot stand here")
    return to


def fit_levels(checks: Checks, model: OutcomeModel, given: Mapping[str, Level], *kinds: str) -> None:
    """Note names that a model does not have, numbers outside their ranges, and cells that the model does not have."""
    measures = {measure.name: (measure.low, measure.high) for measure in model.measures if "measure" in kinds}
    ranges = measures | {step.name: (0.0, 1.0) for step in model.steps if "step" in kinds}
    for name, to in given.items():
        if name not in ranges:
            _note(checks, "unknown-name", name, f"the model has no {' or '.join(kinds)} of this name", name, ranges)
            continue
        low, high = ranges[name]
        for number in to if isinstance(to, PerCell) else (to,):
            if isinstance(number, float) and (
                (low is not None and number < low) or (high is not None and number > high)
            ):
                _note(checks, "out-of-range", name, f"{number:g} lies outside the range from {low} to {high}", number)
        for key, _ in to.values if isinstance(to, PerCell) else ():
            segment, _, stage = key.partition("/")
            _note_place(checks, join(name, key), "segment", segment, model.segment_names)
            _note_place(checks, join(name, key), "stage", stage, model.stage_names)


def fit_segments(checks: Checks, model: OutcomeModel, given: Sequence[str] | None) -> None:
    """Note segments that a model does not have."""
    for name in given or ():
        _note_place(checks, "segments", "segment", name, model.segment_names)


def fitting(what: str, model: OutcomeModel, given: Sequence[Fits]) -> tuple[Fits, ...]:
    """Return actions or alternatives that fit a model, one or more, each name once; raise all that does not."""
    checks, found = Checks(what), tuple(given)
    checks.texts("", [one.name for one in found], empty=False)
    for one in found:
        one.fit(checks.at(one.name), model)
    refuse(checks)
    return found


def refuse(checks: Checks) -> None:
    """Raise one DataError with all that was noted: findings too, since actions are data."""
    said = [Problem(finding.rule, f"{finding.where}: {finding.message}", finding.where) for finding in checks.findings]
    if said or checks.problems:
        raise DataError.all(checks.what, [*said, *checks.problems])


def _note(
    checks: Checks, rule: str, where: str, message: str, value: object, options: Collection[str] | None = None
) -> None:
    path = join(checks.where, where)
    checks.problem(rule, f"{path}: {message}", path, value, options=options)


def _note_place(checks: Checks, where: str, kind: str, name: str, known: Sequence[str]) -> None:
    if name not in ("", ANY, *known):
        _note(checks, f"unknown-{kind}", where, f"the model has no {kind} {name!r}", name, known)
