"""Actions of a vendor for customers, also from a file, and the scores that the model gives with them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import attrs
import numpy as np

from outcomegap.checks import Checks, join, show
from outcomegap.engines.numpy_blocks import Batch, Work
from outcomegap.errors import DataError, Problem
from outcomegap.explanation.change import in_double
from outcomegap.files.formats import parse_file
from outcomegap.files.kinds import Reader, plain
from outcomegap.frames.arrays import Array, Mask
from outcomegap.model import Column, OutcomeModel, PerCell
from outcomegap.model.declaration import CellNames, FrozenMap, Kind, Number, Text, about, in_cells, read_fields, settle
from outcomegap.program import ends_of
from outcomegap.scoring import Scores
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.model_scores import joined

#: A number, or one for each cell that it names.
Level = float | PerCell | Mapping[str, float]
Levels = Mapping[str, Level]
#: Before the name of a measure that is the name of a step too.
MEASURES = "measures."
#: Attainments that differ by less count as equal.
SAME = 1e-9


@attrs.frozen
class LevelsOf(Kind):
    """Names of steps, of measures or of both, each with a finite number, or with one number for each cell."""

    kinds: tuple[str, ...]
    empty: bool = False

    def take(self, checks: Checks, where: str, value: object, model: OutcomeModel | None = None) -> Any:
        """Take them; with a model, note names, ranges and cells that do not fit it."""
        here, given, found = checks.at(where), value or {}, dict[str, Level]()
        twice = {} if model is None else self._twice(model)
        if not isinstance(given, Mapping) or not (given or self.empty):
            here.finding("type", "", f'must be a table such as {{ "list built" = 0.8 }} (got {show(value)})')
            return FrozenMap()
        ranges = dict.fromkeys(given, (-math.inf, math.inf)) if model is None else self._ranges(model)
        for name, to in given.items():
            if name not in ranges:
                path = join(here.where, str(name))
                message = f"{path}: the model has no {' or '.join(self.kinds)} of this name"
                checks.problem("unknown-name", message, path, name, options=ranges)
                continue
            if name in twice:
                message = (
                    f"is a step and a measure; say {twice[name]!r} for the attainment of the step, between 0 and 1"
                )
                here.finding("two-meanings", str(name), f"{message}, or {MEASURES + name!r} for the measure's value")
                continue
            told, kind = len(checks.findings), Number(*ranges[name], per_cell=True, rule="out-of-range")
            level = _reader(model).take(kind, here, str(name), to)
            if len(checks.findings) == told and isinstance(level, PerCell) and not list(level):
                here.finding("type", str(name), "names no segment; give a number, or one for each segment")
            if len(checks.findings) == told:
                found[str(name)] = level
        return FrozenMap(found)

    def _ranges(self, model: OutcomeModel) -> dict[str, tuple[float, float]]:
        """Return the range of each name that may be given."""
        found, both = dict[str, tuple[float, float]](), len(self.kinds) > 1
        for measure in model.measures if "measure" in self.kinds else ():
            low, high = measure.low, measure.high
            ends = (-math.inf if low is None else low, math.inf if high is None else high)
            found |= dict.fromkeys([measure.name, *([MEASURES + measure.name] if both else [])], ends)
        for step in model.steps if "step" in self.kinds else ():
            found |= dict.fromkeys([step.name, *([step.where] if both else [])], (0.0, 1.0))
        return found

    def _twice(self, model: OutcomeModel) -> dict[str, str]:
        """Return the names that a step and a measure have, with the path of the step."""
        measures = {measure.name for measure in model.measures} if len(self.kinds) > 1 else ()
        return {step.name: step.where for step in model.steps if step.name in measures}


@attrs.frozen
class Offered:
    """Something that can be done for customers, or by them: a name, and fields that are checked on creation."""

    name: str = attrs.field(metadata=about(Text(blank=False), "What it is called."))

    def __attrs_post_init__(self) -> None:
        checks = Checks(f"{type(self).__name__.lower()} {show(self.name)}")
        checks.attempt(lambda: settle(self))
        refuse(checks)


T = TypeVar("T", bound=Offered)
CAPACITY = about(Number(0, whole=True), "For how many customers it can be done in all; None for any number.")
SEGMENTS = about(CellNames("segment"), "The segments for which it can be done; None for all.")


@attrs.frozen
class Action(Offered):
    """Something that can be done for customers.

    It is done only for customers whom it changes. If a customer is better off already, if the value was never
    observed, or if the customer's cell has no such step, it is not done, costs nothing, and uses no capacity.

    Parameters
    ----------
    name
        The name that people use.
    raises
        The effect: the name of a step with the attainment that it is raised to, between 0 and 1; or the name of a
        measure with the value that it is raised to, in its own unit, for every step that uses it (where less is
        better, it is lowered). A name that is both is an error: ``"gaps.trained"`` is the step, and
        ``"measures.trained"`` the measure. Instead of a number, give a mapping from segments
        (or cells) to numbers, or `og.per_cell`; in a cell that it does not name, nothing is raised.
    cost
        The cost for each customer for whom it is done, 0 or more, in the unit of the budget; or ``og.column(...)``:
        each customer's own cost, from a column of the scored frame.
    capacity
        The number of customers for whom it can be done; None for any number.
    segments
        The segments for which it can be done; None for all.

    Raises
    ------
    DataError
        If a value is invalid; the message names it.

    Examples
    --------
    >>> Action("list workshop", {"list built": 0.8}, cost=400, capacity=30).cost
    400.0
    """

    raises: Levels = attrs.field(metadata=about(LevelsOf(("step", "measure")), "What it brings about."))
    cost: float | Column = attrs.field(metadata=about(Number(0, column=True), "What it costs for a customer."))
    capacity: int | None = attrs.field(default=None, metadata=CAPACITY)
    segments: Sequence[str] | None = attrs.field(default=None, metadata=SEGMENTS)


def load_actions(path: str | PathLike[str], model: OutcomeModel | None = None) -> list[Action]:
    r"""Load actions from a file; docs/invest shows its form.

    Parameters
    ----------
    path
        A file that ends in ``.toml``, ``.json``, ``.yaml`` or ``.yml``, in UTF-8.
    model
        The model whose steps, measures and segments the actions name. With None, only `plan` checks these names.

    Raises
    ------
    DataError
        With every mistake and its path, such as ``actions.coach.cost``.
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
    data = checks.attempt(lambda: parse_file(file))
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
        found[name] = read_fields(Action, here, given, ("name",), partial(_take, model)) or {}
    refuse(checks)
    return [Action(name, **fields) for name, fields in found.items()]


# Shared by actions and alternatives


def fitting(what: str, model: OutcomeModel, given: Sequence[T]) -> tuple[T, ...]:
    """Return actions or alternatives that fit a model, with distinct names; raise an error with every problem."""
    checks, found = Checks(what), tuple(given)
    checks.texts("", [one.name for one in found], empty=False)
    for one in found:
        fields = {name: plain(value) for name, value in attrs.asdict(one, recurse=False).items() if value is not None}
        read_fields(type(one), checks.at(one.name), fields, take=partial(_take, model))
    refuse(checks)
    return found


def _take(model: OutcomeModel | None, kind: Kind, checks: Checks, where: str, raw: object) -> Any:
    """Take a field in the form of files; with a model, note what does not fit it."""
    if isinstance(kind, LevelsOf):
        return kind.take(checks, where, raw, model)
    return _reader(model).take(kind, checks, where, raw)


def _reader(model: OutcomeModel | None) -> Reader:
    return Reader(cells={} if model is None else {"segment": model.segment_names, "stage": model.stage_names})


def refuse(checks: Checks) -> None:
    """Raise one DataError with everything noted; findings become problems, since actions are data."""
    said = [Problem(finding.rule, f"{finding.where}: {finding.message}", finding.where) for finding in checks.findings]
    if said or checks.problems:
        raise DataError.all(checks.what, [*said, *checks.problems])


# Scores with changes


def of_a_model(what: str, scores: CustomerColumns) -> Scores:
    """Return scores made by a model, which can score again, or raise a DataError."""
    if not isinstance(scores, Scores):
        message = f"{what} computes a model's graph again; scores must be of an og.Scorer (got {scores!r:.60})"
        raise DataError.of("scores", message)
    return scores


def segments_of(scores: Scores) -> Array:
    """Return the position of each customer's segment; -1 for rows set aside."""
    names = scores.model.segment_names
    place = np.array([*(names.index(cell.segment) for cell in scores.model.cells), -1], dtype=np.int64)
    return np.asarray(place[scores.cell])


def within(scores: Scores, segments: Collection[str] | None) -> Mask:
    """Return which customers are in some segments, or in any if it is None; rows set aside never are."""
    names = scores.model.segment_names
    return np.array([*(segments is None or name in segments for name in names), False])[segments_of(scores)]


@attrs.frozen(eq=False)
class Changed:
    """Customers with changed data.

    `batch` holds the data with changed measures. `steps` holds, by step, new attainments, one number for each customer
    (NaN if unchanged): customers are raised to them or, with `put`, set to them. `named` marks the changed customers.
    """

    batch: Batch
    steps: Mapping[int, Array]
    put: bool
    named: Mask

    def rows(self, work: Work) -> list[Array]:
        """Return the step rows of a block of `batch`; missing values stay missing."""
        rows = list(work.attained.rows)
        for row, step in enumerate(work.program.steps):
            if step in self.steps:
                to, was, missing = self.steps[step][work.block.rows], rows[row], work.attained.missing[row]
                moves = ~np.isnan(to) if self.put else to > was
                rows[row] = np.where(moves if missing is None else moves & ~missing, to, was)
        return rows


class Effects:
    """Scores the same customers again with steps or measures raised, or set.

    Missing values stay missing: a value that was never observed cannot rise.
    """

    def __init__(self, scores: Scores) -> None:
        self.model = scores.model
        self.engine, self.batch = in_double(scores.scorer.engine), scores.batch
        steps, measures = list(enumerate(self.model.steps)), list(enumerate(self.model.measures))
        self._step = {name: number for number, step in steps for name in (step.name, step.where)}
        self._measure = {name: number for number, one in measures for name in (one.name, MEASURES + one.name)}
        self._better = cache(self._direction)
        self.unknown = np.isnan(scores.desired)
        self.now = self.desired(self.raised([]))

    def raised(self, raises: Sequence[Levels]) -> Changed:
        """Return the customers with steps raised to attainments and measures to values; better values stay."""
        named = [pair for given in raises for pair in given.items()]
        steps = [pair for pair in named if pair[0] in self._step]
        return self.changed(steps, [pair for pair in named if pair[0] not in self._step])

    def desired(self, changed: Changed) -> Array:
        """Return D of each customer, NaN where it is unknown."""
        point = np.full((2, len(self.batch)), np.nan)

        def task(work: Work) -> None:
            rows = changed.rows(work)
            for side in range(2):
                point[side, work.block.rows] = work.value(side, rows)

        self.engine.each(changed.batch, self.engine.live, task)
        compiled, cells = self.engine.compiled, self.batch.cells
        found = joined(compiled, cells, lambda rule, r, e: rule.desired(r, e), point[0], point[1])
        found[self.unknown] = np.nan
        return found

    def reaches(self, changed: Changed) -> Mask:
        """Return the customers with a score for whom the attainment of some step rises."""
        found = np.zeros(len(self.batch), dtype=bool)

        def task(work: Work) -> None:
            was = Work(self.engine, self.batch, work.block, {}).attained.rows
            rises = [now > before + SAME for now, before in zip(changed.rows(work), was, strict=True)]
            found[work.block.rows] = np.any(rises, axis=0)

        self.engine.each(changed.batch, self.engine.live, task)
        return found & ~self.unknown

    def changed(
        self, steps: Iterable[tuple[str, Level]], measures: Iterable[tuple[str, Level]], *, put: bool = False
    ) -> Changed:
        """Return the customers with steps and measures raised or, with `put`, set, better or worse."""
        columns, attained = list(self.batch.columns), dict[int, Array]()
        named = np.zeros(len(self.batch), dtype=bool)
        for name, to in steps:
            step, level = self._step[name], self._for_each(to)
            named |= ~np.isnan(level)
            attained[step] = np.fmax(attained[step], level) if step in attained else level
        for name, to in measures:
            number, level = self._measure[name], self._for_each(to)
            named |= ~np.isnan(level)
            was = columns[number]
            moves = (
                ~np.isnan(was) & ~np.isnan(level)
                if put
                else self._better(self.model.measures[number].name) * (level - was) > 0
            )
            columns[number] = np.where(moves, level, was)
        batch = Batch(tuple(columns), self.batch.own, self.batch.complete, self.batch.cells)
        return Changed(batch, attained, put, named)

    def _for_each(self, to: Level) -> Array:
        """Return a number for each customer; NaN where the customer's cell has none."""
        if not isinstance(to, PerCell):
            return np.full(len(self.batch), to, dtype=np.float64)
        numbers = np.array([*in_cells(to, self.model.cells), None], dtype=np.float64)
        return np.asarray(numbers[self.batch.cells])

    def _direction(self, name: str) -> Array:
        """Return for each customer whether more (1) or less (-1) of a measure is better; 0 if no step decides it."""
        compiled, batch = self.engine.compiled, self.batch
        signs = [np.zeros(len(batch))]
        for number, step in enumerate(self.model.steps):
            if step.measure.name == name:
                here = np.flatnonzero(np.append(compiled.applies[:, number], False)[batch.cells])
                ends = (compiled.floor, compiled.target)
                floor, target = ends_of(*ends, number, step.way, batch.cells[here], batch.own, here)
                signs.append(np.zeros(len(batch)))
                signs[-1][here] = np.nan_to_num(np.sign(target - floor))
        high, low = np.max(signs, axis=0), np.min(signs, axis=0)
        if (high * low < 0).any():
            message = f"measure {name!r} feeds steps that want more of it and steps that want less"
            message += "; name the steps and the attainments to which they are raised"
            raise DataError.of("direction", message, name)
        return np.asarray(high + low)
