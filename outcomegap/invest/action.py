"""What a vendor can do for customers: what it raises, what it costs, how many it can reach; also out of a file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeVar

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.errors import DataError, Problem
from outcomegap.files.formats import format_of, read_text
from outcomegap.files.kinds import Reader
from outcomegap.model import Column, OutcomeModel, PerCell
from outcomegap.model.declaration import ANY, CellNames, FrozenMap, Kind, Number, Text, about, read_fields, settle

#: A number, or one for each cell that it names.
Level = float | PerCell | Mapping[str, float]
Levels = Mapping[str, Level]


@attrs.frozen
class LevelsOf(Kind):
    """Names of steps, of measures or of both, with a finite number each, or with one for each cell."""

    kinds: tuple[str, ...]
    empty: bool = False

    def take(self, checks: Checks, where: str, value: object) -> Any:
        here, given, found = checks.at(where), value or {}, dict[str, Level]()
        if not isinstance(given, Mapping) or not (given or self.empty):
            here.finding("type", "", f'must be a table such as {{ "list built" = 0.8 }} (got {show(value)})')
            return FrozenMap()
        for name, to in given.items():
            told, level = len(checks.findings), Reader().take(Number(per_cell=True), here, str(name), to)
            if isinstance(level, PerCell) and not list(level):
                here.finding("type", str(name), "names no segment; give a number, or one for each segment")
            if len(checks.findings) == told:
                found[str(name)] = level
        return FrozenMap(found)

    def fit(self, checks: Checks, model: OutcomeModel, given: Levels) -> None:
        """Note names that a model does not have, numbers outside their ranges, and cells that it does not have."""
        ranges = {
            each.name: (-math.inf if each.low is None else each.low, math.inf if each.high is None else each.high)
            for each in (model.measures if "measure" in self.kinds else ())
        }
        ranges |= {step.name: (0.0, 1.0) for step in model.steps if "step" in self.kinds}
        for name, to in given.items():
            if name not in ranges:
                message = f"the model has no {' or '.join(self.kinds)} of this name"
                _unknown(checks, "unknown-name", name, message, name, ranges)
                continue
            Number(*ranges[name], per_cell=True, rule="out-of-range").take(checks, name, to)
            for key, _ in to.values if isinstance(to, PerCell) else ():
                segment, _, stage = key.partition("/")
                known_place(checks, join(name, key), "segment", segment, model.segment_names)
                known_place(checks, join(name, key), "stage", stage, model.stage_names)


CAPACITY = about(Number(0, whole=True), "For how many customers it can be done in all; None for any number.")
SEGMENTS = about(CellNames("segments"), "The segments for which it can be done; None for all.")


@attrs.frozen
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

    name: str = attrs.field(metadata=about(Text(blank=False), "What it is called."))
    raises: Levels = attrs.field(metadata=about(LevelsOf(("step", "measure")), "What it brings about."))
    cost: float | Column = attrs.field(metadata=about(Number(0, column=True), "What it costs for a customer."))
    capacity: int | None = attrs.field(default=None, metadata=CAPACITY)
    segments: Sequence[str] | None = attrs.field(default=None, metadata=SEGMENTS)

    def __attrs_post_init__(self) -> None:
        settled(self, f"action {show(self.name)}")


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
    file, checks = Path(path), Checks(str(path))
    data = checks.attempt(lambda: format_of(file).parse(read_text(file)))
    refuse(checks)
    table = data if isinstance(data, dict) else {}
    checks.keys("", table, ("actions",))
    actions = table.get("actions")
    if not isinstance(actions, dict) or not actions:
        checks.finding("type", "actions", f'must hold tables such as [actions."list workshop"] (got {show(actions)})')
        actions = {}
    found = {}
    for name, given in actions.items():
        here = checks.at(join("actions", str(name)))
        here.text("", name)
        found[name] = read_fields(Action, here, given, ("name",), Fit(model).take) or {}
    refuse(checks)
    return [Action(name, **fields) for name, fields in found.items()]


# What actions and alternatives share


class _Offered(attrs.AttrsInstance, Protocol):
    @property
    def name(self) -> str: ...


Offered = TypeVar("Offered", bound=_Offered)


@attrs.frozen
class Fit:
    """Takes fields as they stand in files, and notes what does not fit a model, where there is one."""

    model: OutcomeModel | None

    def take(self, kind: Kind, checks: Checks, where: str, raw: object) -> Any:
        found = kind.take(checks, where, raw) if isinstance(kind, LevelsOf) else Reader().take(kind, checks, where, raw)
        if self.model is not None and isinstance(kind, LevelsOf):
            kind.fit(checks.at(where), self.model, found)
        if self.model is not None and isinstance(kind, CellNames) and isinstance(found, tuple):
            for name in found:
                known_place(checks, where, "segment", str(name), self.model.segment_names)
        return found


def settled(thing: object, what: str) -> None:
    """Bring the declared fields of a new object into their final form, or raise a DataError with all that is wrong."""
    checks = Checks(what)
    checks.attempt(lambda: settle(thing))
    refuse(checks)


def fitting(what: str, model: OutcomeModel, given: Sequence[Offered]) -> tuple[Offered, ...]:
    """Return actions or alternatives that fit a model, one or more, each name once; raise all that does not."""
    checks, found = Checks(what), tuple(given)
    checks.texts("", [one.name for one in found], empty=False)
    for one in found:
        fields = {name: value for name, value in attrs.asdict(one, recurse=False).items() if value is not None}
        read_fields(type(one), checks.at(one.name), fields, take=Fit(model).take)
    refuse(checks)
    return found


def refuse(checks: Checks) -> None:
    """Raise one DataError with all that was noted: findings too, since actions are data."""
    said = [Problem(finding.rule, f"{finding.where}: {finding.message}", finding.where) for finding in checks.findings]
    if said or checks.problems:
        raise DataError.all(checks.what, [*said, *checks.problems])


def known_place(checks: Checks, where: str, kind: str, name: str, known: Sequence[str]) -> None:
    """Note a segment or stage that a model does not have."""
    if name not in ("", ANY, *known):
        _unknown(checks, f"unknown-{kind}", where, f"the model has no {kind} {name!r}", name, known)


def _unknown(checks: Checks, rule: str, where: str, message: str, name: str, options: Iterable[str]) -> None:
    path = join(checks.where, where)
    checks.problem(rule, f"{path}: {message}", path, name, options=options)
