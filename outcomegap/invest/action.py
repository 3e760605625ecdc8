"""What a vendor can do for customers, also out of a file, and what customers would score then."""

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
from outcomegap.scoring import Scores
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.model_scores import joined

#: A number, or one for each cell that it names.
Level = float | PerCell | Mapping[str, float]
Levels = Mapping[str, Level]
#: Attainments that differ by less are the same.
SAME = 1e-9


@attrs.frozen
class LevelsOf(Kind):
    """Names of steps, of measures or of both, with a finite number each, or with one for each cell."""

    kinds: tuple[str, ...]
    empty: bool = False

    def take(self, checks: Checks, where: str, value: object, model: OutcomeModel | None = None) -> Any:
        """Take them; what does not fit a model is noted where there is one: names, ranges, cells."""
        here, given, found = checks.at(where), value or {}, dict[str, Level]()
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
            told, kind = len(checks.findings), Number(*ranges[name], per_cell=True, rule="out-of-range")
            level = _reader(model).take(kind, here, str(name), to)
            if len(checks.findings) == told and isinstance(level, PerCell) and not list(level):
                here.finding("type", str(name), "names no segment; give a number, or one for each segment")
            if len(checks.findings) == told:
                found[str(name)] = level
        return FrozenMap(found)

    def _ranges(self, model: OutcomeModel) -> dict[str, tuple[float, float]]:
        """Return what each name that can be given lies between."""
        found = {}
        if "measure" in self.kinds:
            ends = {measure.name: (measure.low, measure.high) for measure in model.measures}
            found = {n: (-math.inf if a is None else a, math.inf if b is None else b) for n, (a, b) in ends.items()}
        if "step" in self.kinds:
            found |= {step.name: (0.0, 1.0) for step in model.steps}
        return found


@attrs.frozen
class Offered:
    """What can be done for customers, or by them: a name, and fields that are checked when it is made."""

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

    raises: Levels = attrs.field(metadata=about(LevelsOf(("step", "measure")), "What it brings about."))
    cost: float | Column = attrs.field(metadata=about(Number(0, column=True), "What it costs for a customer."))
    capacity: int | None = attrs.field(default=None, metadata=CAPACITY)
    segments: Sequence[str] | None = attrs.field(default=None, metadata=SEGMENTS)


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


# What actions and alternatives share


def fitting(what: str, model: OutcomeModel, given: Sequence[T]) -> tuple[T, ...]:
    """Return actions or alternatives that fit a model, one or more, each name once; raise all that does not."""
    checks, found = Checks(what), tuple(given)
    checks.texts("", [one.name for one in found], empty=False)
    for one in found:
        fields = {name: plain(value) for name, value in attrs.asdict(one, recurse=False).items() if value is not None}
        read_fields(type(one), checks.at(one.name), fields, take=partial(_take, model))
    refuse(checks)
    return found


def _take(model: OutcomeModel | None, kind: Kind, checks: Checks, where: str, raw: object) -> Any:
    """Take a field as it stands in files, and note what does not fit a model, where there is one."""
    if isinstance(kind, LevelsOf):
        return kind.take(checks, where, raw, model)
    return _reader(model).take(kind, checks, where, raw)


def _reader(model: OutcomeModel | None) -> Reader:
    return Reader(cells={} if model is None else {"segment": model.segment_names, "stage": model.stage_names})


def refuse(checks: Checks) -> None:
    """Raise one DataError with all that was noted: findings too, since actions are data."""
    said = [Problem(finding.rule, f"{finding.where}: {finding.message}", finding.where) for finding in checks.findings]
    if said or checks.problems:
        raise DataError.all(checks.what, [*said, *checks.problems])


# What customers would score


def of_a_model(what: str, scores: CustomerColumns) -> Scores:
    """Return scores by a model, which can be computed again, or raise a DataError."""
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
    """Tell which customers are of some segments; of any where it is None, and no row set aside."""
    names = scores.model.segment_names
    return np.array([*(segments is None or name in segments for name in names), False])[segments_of(scores)]


@attrs.frozen(eq=False)
class Changed:
    """The customers with something otherwise.

    `batch` holds the data, with measures changed; `steps` by step the attainments to come, one number a customer (NaN
    where it is as it was), to which customers are raised or, where `put`, set; `named` tells who is concerned.
    """

    batch: Batch
    steps: Mapping[int, Array]
    put: bool
    named: Mask

    def rows(self, work: Work) -> list[Array]:
        """Return the step rows of a block of `batch`; what is missing stays as it is."""
        rows = list(work.attained.rows)
        for row, step in enumerate(work.program.steps):
            if step in self.steps:
                to, was, missing = self.steps[step][work.block.rows], rows[row], work.attained.missing[row]
                moves = ~np.isnan(to) if self.put else to > was
                rows[row] = np.where(moves if missing is None else moves & ~missing, to, was)
        return rows


class Effects:
    """Scores the same customers again with steps or measures raised, or set.

    What is missing stays missing: what was never observed cannot be said to rise.
    """

    def __init__(self, scores: Scores) -> None:
        self.model = scores.model
        self.engine, self.batch = in_double(scores.scorer.engine), scores.batch
        self._step = {step.name: number for number, step in enumerate(self.model.steps)}
        self._measure = {measure.name: number for number, measure in enumerate(self.model.measures)}
        self._better = cache(self._direction)
        self.unknown = np.isnan(scores.desired)
        self.now = self.desired(self.raised([]))

    def raised(self, raises: Sequence[Levels]) -> Changed:
        """Return the customers with steps raised to attainments and measures to values; the better one stays.

        A name that is both means the step.
        """
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
        """Tell whose attainment of any step rises; nobody's who has no score."""
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
            moves = ~np.isnan(was) & ~np.isnan(level) if put else self._better(name) * (level - was) > 0
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
        """Tell whether more (1) or less (-1) of a measure is better for each customer; 0 where no step says."""
        compiled, batch = self.engine.compiled, self.batch
        signs = [np.zeros(len(batch))]
        for number, step in enumerate(self.model.steps):
            if step.measure.name == name:
                here = np.flatnonzero(np.append(compiled.applies[:, number], False)[batch.cells])
                ends = (compiled.target, compiled.floor)
                target, floor = (end.at(number, batch.cells[here], batch.own, here) for end in ends)
                signs.append(np.zeros(len(batch)))
                signs[-1][here] = np.nan_to_num(np.sign(target - floor))
        high, low = np.max(signs, axis=0), np.min(signs, axis=0)
        if (high * low < 0).any():
            message = f"measure {name!r} feeds steps that want more of it and steps that want less"
            message += "; name the steps and the attainments to which they are raised"
            raise DataError.of("direction", message, name)
        return np.asarray(high + low)
