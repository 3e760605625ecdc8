"""What moved D between two scorings, part by part (docs/meaning, clause 2.9), or between any two points."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypedDict, Unpack

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import choice
from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.errors import SHOWN, DataError, EngineError
from outcomegap.explanation import Explanation, change as moves
from outcomegap.frames.arrays import locked, objects, plain_values
from outcomegap.listing import FORMATS, Listing, Show, beside, counted, named, points
from outcomegap.model import Cell, OutcomeModel, Step
from outcomegap.scoring.columns import override_notes
from outcomegap.scoring.customers import Customers, tell_apart
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.model_scores import Compiling, ModelScores, Score
from outcomegap.scoring.saved import Pairs, pairs_by_id, pairs_in_order

if TYPE_CHECKING:
    from rich.console import Group

Array = NDArray[Any]
#: A part below this is rounding; this many customers are shown who moved most, and who came and went.
NOTHING, BIGGEST, CAME = 1e-12, 10, 5
SIGNED = FORMATS["change"]
#: The name of the point at which everything is fully attained.
ATTAINED = "attained"


class Cause(NamedTuple):
    """One cause that moves a score.

    Parameters
    ----------
    name, heading
        Its name in code, and its name for people.
    leads_to
        The snapshot after it.
    parts
        The arrays of `Change` that hold its parts of the total.
    by_step
        The one of these arrays that has a column for each step, or "".
    """

    name: str
    heading: str
    leads_to: str
    parts: tuple[str, ...]
    by_step: str


#: The causes that can move a score, in the order in which they are applied.
_CAUSES = (
    Cause("model", "our model", "model", ("model",), ""),
    Cause("expectations", "our expectation", "model", ("expectations",), "expectations"),
    Cause("cell", "another cell", "cell", ("cell", "cell_expectations"), "cell_expectations"),
    Cause("coverage", "missing data", "data", ("coverage",), ""),
    Cause("data", "the customer", "data", ("data",), "data"),
)
CAUSES = {cause.name: cause for cause in _CAUSES}
WHAT = Show("what moved it", "cause", lambda cause: CAUSES[cause].heading)
#: The columns about a customer, besides the numbers.
DESCRIBED = ("state_before", "state_after", "cell_before", "cell_after", "cause", "step", "reason")
#: Why the change of a customer cannot be split.
REASONS = (
    *("set aside before", "set aside now", "needed data before, and does now", "needed data before", "needs data now"),
    "floor and target of the old data are one number under the new expectations",
)


class Change(Listing):
    """What moved D of each customer who is in both scorings; made by `Scores.change_since`.

    The parts of a customer add up to `total` within 1e-12; they are computed in double precision. They are NaN where D
    is unknown before or after; then `reason` says why. Changed thresholds move states, never D.

    It is a `Listing` of all these customers, in the order of the later scoring. Printing shows its parts: ``"by
    cause"``, ``"moved most"`` and ``"came and went"``.

    Attributes
    ----------
    id
        The id of each customer, in the order of the later scoring.
    before, after, total
        D then, D now, and the difference.
    model
        The new graph and weights on the old data; also steps that only one of the two models has.
    expectations
        Then new floors, targets, curves and numbers for missing values, on the old data; shape (customers, steps).
    cell, cell_expectations
        Then the same two for customers who moved to another segment, stage or goal.
    coverage
        Then values that became known or went missing.
    data
        Then the customer's own values that are known before and after; shape (customers, steps).
    causes
        Each cause's part of the total, one number for each customer; expectations of the cell are under ``cell``.
    cause, step
        The cause that moved each customer most, and the step with the largest part of it; None if there is none.
    steps
        Names of the steps of the later model.
    state_before, state_after
        States then and now.
    cell_before, cell_after
        Cells then and now, such as ``"startup/adopting"``; None for a row set aside.
    reason
        Why the parts of a customer are NaN; None where they are not.
    ideal
        Whether each customer is now in an ideal segment, or in no known segment.
    came, went
        The ids of customers who are only in the later scoring, and only in the earlier one.
    earlier, later
        The two scorings.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> june = scorer.score({"id": ["Acme"], "calls": [1.0], "reply_hours": [24.0]})
    >>> july = scorer.score({"id": ["Acme"], "calls": [3.0], "reply_hours": [36.0]})
    >>> change = july.change_since(june)
    >>> change.total.tolist(), dict(zip(change.steps, change.data[0].tolist()))
    ([0.125], {'calls made': 0.375, 'support replies': -0.25})
    >>> print(change.biggest(1)[0]["words"])
    the customer: calls made, calls 1 -> 3
    """

    model: Array
    expectations: Array
    cell: Array
    cell_expectations: Array
    coverage: Array
    data: Array

    def __init__(self, earlier: ModelScores, later: ModelScores) -> None:
        pairs = pairs_by_id(earlier, later, ("the earlier scores", "these scores"))
        self.earlier, self.later, self._pairs = earlier, later, pairs
        self.id, self.came, self.went = later.id[pairs.after], later.id[pairs.came], earlier.id[pairs.went]
        self.ideal = ideal_rows(later)[pairs.after]
        self.steps = tuple(step.name for step in later.model.steps)
        sides = ((earlier, pairs.before), (later, pairs.after))
        self.before, self.after = (scores.desired[rows].astype(np.float64) for scores, rows in sides)
        self.state_before, self.state_after = (scores.state[rows] for scores, rows in sides)
        self.cell_before, self.cell_after = (
            objects([*map(str, scores.model.cells), None])[scores.cell[rows]] for scores, rows in sides
        )
        parts = self._split(*(scores.cell[rows] for scores, rows in sides))
        self.total = self.after - self.before
        made = {name: part if part.ndim == 1 else part.sum(axis=1) for name, part in parts.items()}
        self.causes: dict[str, Array] = {
            cause.name: np.sum([made[name] for name in cause.parts], axis=0) for cause in CAUSES.values()
        }
        vars(self).update({name: locked(part) for name, part in parts.items()})
        self.cause, self.step = self._largest()
        columns = {name: getattr(self, name) for name in ("before", "after", "total")} | made
        columns |= {name: getattr(self, name) for name in DESCRIBED}
        if not all(segment.ideal for segment in later.model.segments):
            columns["ideal"] = self.ideal
        for name in ("id", "came", "went", "before", "after", "total", *DESCRIBED):
            setattr(self, name, locked(getattr(self, name)))
        columns = beside({str(later.id_column): self.id}, columns, "change")
        super().__init__(self._title(), columns, like=later.table, show=(), parts=self._told(BIGGEST))

    def _split(self, cells: Array, cells_now: Array) -> dict[str, Array]:
        """Split what moved each customer's D over the causes; give the reason where that is impossible."""
        before, after = np.isnan(self.before), np.isnan(self.after)
        why = [cells == SET_ASIDE, cells_now == SET_ASIDE, before & after, before, after]
        self.reason = objects([*REASONS, None])[np.select(why, range(len(why)), len(why) + 1)]
        good = np.flatnonzero(~np.logical_or.reduce(why))
        path = _snapshots(self.earlier, self.later, self._pairs, good)
        narrow = np.logical_or.reduce([moves.without_span(snapshot) for snapshot in path.values()])
        self.reason[good[narrow]] = REASONS[-1]
        good, path = good[~narrow], {name: snapshot.only(~narrow) for name, snapshot in path.items()}
        self._good, self._path = good, path
        found = moves.change_path(list(path.values()))
        self.before[good], self.after[good] = found.first, found.last
        taken = dict(zip(list(path)[1:], found.parts, strict=True))
        parts: dict[str, Array] = {}
        for cause in CAUSES.values():
            made = taken.get(cause.leads_to)
            for name in cause.parts:
                shape = (len(self.steps),) if name == cause.by_step else ()
                parts[name] = np.full((len(self.id), *shape), np.nan)
                parts[name][good] = 0.0 if made is None else made.steps if shape else made.jump
        return parts

    def _largest(self) -> tuple[Array, Array]:
        """Return the cause that moved each customer most, and the step that made most of it."""
        size = np.nan_to_num(np.abs(np.stack(list(self.causes.values()))))
        place = np.where(size.max(axis=0) > 0, size.argmax(axis=0), len(CAUSES))
        step = np.full(len(self.id), len(self.steps))
        for number, cause in enumerate(CAUSES.values()):
            rows = np.flatnonzero(place == number)
            if cause.by_step and len(rows):
                part = np.abs(getattr(self, cause.by_step)[rows])
                step[rows] = np.where(part.max(axis=1, initial=0.0) > 0, part.argmax(axis=1), len(self.steps))
        return objects([*CAUSES, None])[place], objects([*self.steps, None])[step]

    def to_frame(self, kind: str | None = None, *, steps: bool = False) -> Any:
        """Return one row for each customer, as the same kind of frame that was scored last.

        If the model has segments that are not ideal, the column ``ideal`` marks them.

        Parameters
        ----------
        kind
            Another kind of frame: ``"pandas"``, ``"polars"``, ``"pyarrow"``, ``"dict"``.
        steps
            Whether to add a column for each step's part: ``"data: list built"`` and so on.
        """
        if not steps:
            return super().to_frame(kind)
        wide = dict(self.columns)
        for name in (cause.by_step for cause in CAUSES.values() if cause.by_step):
            wide |= {f"{name}: {step}": getattr(self, name)[:, number] for number, step in enumerate(self.steps)}
        return Listing(self.title, wide, like=self.later.table).to_frame(kind)

    # To read

    def biggest(self, n: int = BIGGEST) -> Listing:
        """List the customers whose D moved most, up or down, and the cause, also in words."""
        return self._moved(self._order()[: max(n, 0)])

    def of(self, customer: Any) -> Listing:
        """List the parts of one customer's change, the largest first; they add up to the total.

        Raises
        ------
        DataError
            If the customer is not in both scorings.
        """
        own = str(self.later.id_column)
        row = plain_values(self.id).index(self.find(customer)[own])
        found: list[tuple[str, str | None, float]] = []
        for cause in CAUSES.values():
            for part in cause.parts:
                names = self.steps if part == cause.by_step else (None,)
                found += zip([cause.name] * len(names), names, np.ravel(getattr(self, part)[row]).tolist(), strict=True)
        found = sorted((each for each in found if abs(each[2]) > NOTHING), key=lambda each: -abs(each[2]))
        columns = {name: [each[at] for each in found] for at, name in enumerate(("cause", "step", "part"))}
        facts = self._moved(np.array([row]))[0] | {"reason": self.reason[row]}
        title = f"{customer}: the change of the score cannot be split: {facts['reason']}"
        if facts["reason"] is None:
            ends = f"{points(facts['before'])} -> {points(facts['after'])} ({SIGNED(facts['total'])})"
            state = _then_now(facts["state_before"], facts["state_after"])
            title = f"{customer}: {ends}, {state}; {'mostly ' if facts['cause'] else ''}{facts['words']}"
        show = [WHAT, Show("step", form=str), Show("points", "part", "change")]
        return Listing(title, columns, like=self.later.table, show=show, facts=facts, first=len(found))

    def _order(self) -> Array:
        return np.argsort(-np.abs(self.total), kind="stable")[: np.count_nonzero(~np.isnan(self.total))]

    def renderable(self, first: int | None = None, *, width: int | None = None) -> Group:
        """Return the rich form, with the given number of customers who moved most."""
        return Listing(self.title, {}, parts=self.parts if first is None else self._told(first)).renderable(width=width)

    def _title(self) -> str:
        counts = [f"{counted(len(self.id), 'customer')} in both scorings"]
        counts += [f"{len(ids)} {verb}" for ids, verb in ((self.came, "came"), (self.went, "went")) if len(ids)]
        known = self.total[~np.isnan(self.total) & self.ideal]
        mean = f"; the score moved by {SIGNED(known.mean())} points on average" if len(known) else ""
        return f"{self.later.model.name}: {', '.join(counts)}{mean}"

    def _told(self, count: int) -> dict[str, Listing]:
        """Return the parts that are printed."""
        rows = self._order()
        moved = self._moved(rows[self.total[rows] != 0][:count])
        return {"by cause": self._by_cause(), "moved most": moved, "came and went": self._came_and_went()}

    def _by_cause(self) -> Listing:
        known = ~np.isnan(self.total) & self.ideal
        made = {name: part[known] for name, part in self.causes.items() if (np.abs(part[known]) > NOTHING).any()}
        columns = {
            "cause": list(made),
            "up": [int((part > NOTHING).sum()) for part in made.values()],
            "down": [int((part < -NOTHING).sum()) for part in made.values()],
            "mean": [float(part.sum() / max(len(part), 1)) for part in made.values()],
        }
        pairs = zip(self.state_before[self.ideal].tolist(), self.state_after[self.ideal].tolist(), strict=True)
        states = Counter(f"{a} -> {b}" for a, b in pairs if a != b and a is not None and b is not None)
        why = Counter(reason for reason in self.reason.tolist() if reason is not None)
        apart = self.total[~self.ideal]
        notes = [] if made else ["Nothing moved."]
        if states:
            notes.append(f"States: {_listed(states)}")
        if len(apart):
            mean = f"; moved by {SIGNED(np.nanmean(apart))} points on average" if not np.isnan(apart).all() else ""
            notes.append(f"Apart: {counted(len(apart), 'customer')} of segments that are not ideal{mean}.")
        if why:
            notes.append(f"Not compared: {_listed(why)}")
        show = [WHAT, Show("up"), Show("down"), Show("points on average", "mean", "change")]
        return Listing("", columns, like=self.later.table, show=show, notes=notes)

    def _moved(self, rows: Array) -> Listing:
        """List some customers, with the cause that moved each most."""
        names = ("id", "before", "after", "total", "state_before", "state_after", "cause", "step")
        columns = {name: getattr(self, name)[rows] for name in names}
        moved = zip(columns["cause"], rows.tolist(), strict=True)
        columns["part"] = np.array([self.causes[cause][row] if cause else 0.0 for cause, row in moved])
        columns |= {"words": objects([self._words(row) for row in rows.tolist()]), "ideal": self.ideal[rows]}
        show = [
            Show("customer", ("id", "ideal"), lambda name, ideal: named(name, ideal=ideal)),
            *(Show("then", "before", "points"), Show("now", "after", "points"), Show("change", "total", "change")),
            *(Show("state", ("state_before", "state_after"), _then_now), Show("mostly", "words")),
        ]
        notes = override_notes(self.later)
        return Listing("", columns, like=self.later.table, show=show, notes=notes, first=len(rows))

    def _came_and_went(self) -> Listing:
        sides = (("came", self.later, self._pairs.came), ("went", self.earlier, self._pairs.went))

        def both(name: str) -> Array:
            return objects([each for _, scores, rows in sides for each in plain_values(getattr(scores, name)[rows])])

        what = objects([what for what, _, rows in sides for _ in rows])
        columns = {"id": both("id"), "what": what, "desired": both("desired"), "state": both("state")}
        show = [Show("customer", "id"), Show("came or went", "what"), Show("score", "desired", "points", right=True)]
        return Listing("", columns, like=self.later.table, show=[*show, Show("state")], first=CAME)

    # What moved a customer, in words

    def _words(self, row: int) -> str:
        name, step = self.cause[row], self.step[row]
        if name is None:
            return "nothing moved it" if self.reason[row] is None else str(self.reason[row])
        said = CAUSES[name].heading
        if name == "model":
            return f"{said}: its graph or weights"
        if name == "cell":
            return f"{said}: {self.cell_before[row]} -> {self.cell_after[row]}{f', {step}' if step else ''}"
        names = list(self._path)
        at, place = names.index(CAUSES[name].leads_to), int(np.searchsorted(self._good, row))
        was, now = (self._path[names[each]] for each in (at - 1, at))
        before, after = _read(was, place), _read(now, place)
        if step is None:
            return f"{said}: {_became_known(before, after)}"
        old, new = ({one.name: one for one in each.engine.compiled.model.steps}[step] for each in (was, now))
        return f"{said}: {step}, {_difference(old, new, before[step], after[step])}"


def _read(snapshot: moves.Snapshot, place: int) -> dict[str, list[float]]:
    """Return value, floor and target of each step of a customer's cell, NaN where missing."""
    compiled, batch, cell = snapshot.engine.compiled, snapshot.batch, snapshot.cells[place]
    cells, of = np.broadcast_to(cell, len(batch)), (compiled.model, compiled.floor, compiled.target)
    customers = Customers(batch.columns, batch.own, batch.complete, cells, *of)
    return {
        compiled.model.steps[step].name: [float(values[0]) for values in customers.read(step, snapshot.rows[[place]])]
        for step in np.flatnonzero(compiled.applies[cell]).tolist()
    }


def _became_known(before: dict[str, list[float]], after: dict[str, list[float]]) -> str:
    said: dict[str, list[str]] = {"became known": [], "went missing": []}
    for name, values in after.items():
        lacked, lacks = np.isnan(before[name]).any(), np.isnan(values).any()
        if lacked != lacks:
            said["went missing" if lacks else "became known"].append(name)
    return "; ".join(f"{', '.join(names)} {what}" for what, names in said.items() if names)


def _difference(old: Step, new: Step, before: list[float], after: list[float]) -> str:
    """Return what differs in a step: its value, its floor or target, or its measure."""
    if np.isnan(after).any():
        return "what it counts as while it is missing"
    own = "own " if old == new else ""
    called, unit = (new.measure.name if own else "", f"{own}floor", f"{own}target"), new.measure.unit
    said = [
        f"{what} {' -> '.join(tell_apart(was, now))}{f' {unit}' if unit else ''}"
        for what, was, now in zip(called, before, after, strict=True)
        if what and was != now and not math.isnan(was)
    ]
    if old.measure.name != new.measure.name:
        said.append(f"measured by {new.measure.name}, no longer by {old.measure.name}")
    return ", ".join([*said, *([] if old.curve == new.curve else ["another curve"])])


def _then_now(before: object, after: object) -> str:
    return str(after) if before == after else f"{before} -> {after}"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common(SHOWN))


# The way from one scoring to the other


def _snapshots(earlier: ModelScores, scores: ModelScores, pairs: Pairs, good: Array) -> dict[str, moves.Snapshot]:
    """Return the snapshots in order, each by the cause before it; causes that change nothing are left out."""
    rows, rows_now = pairs.before[good], pairs.after[good]
    old, new = earlier.scorer.compiled, scores.scorer.compiled
    cells, cells_now = earlier.cell[rows], scores.cell[rows_now]
    engine = moves.in_double(scores.scorer.engine)
    batch: Batch = earlier.batch
    path: dict[str, moves.Snapshot] = {}
    if earlier.model != scores.model:
        path["before"] = moves.Snapshot(moves.in_double(earlier.scorer.engine), batch, rows, cells)
        batch = moves.read_again(new, old, batch)
        cells = _carried(old.model, new.model, cells, cells_now)
    path["model" if path else "before"] = moves.Snapshot(engine, batch, rows, cells)
    if (cells != cells_now).any():
        path["cell"] = moves.Snapshot(engine, batch, rows, cells_now)
    return path | {"data": moves.Snapshot(engine, scores.batch, rows_now, cells_now)}


def _carried(old: OutcomeModel, new: OutcomeModel, cells: Array, cells_now: Array) -> NDArray[np.int32]:
    """Return the cell of the new model in which each customer was.

    Where the new model lacks that cell, or the old model did not know it, the customer's cell now is used: then the
    model changed, not the customer.
    """
    number = {cell: position for position, cell in enumerate(new.cells)}
    known = {"segment": new.segment_names, "stage": new.stage_names, "goal": new.goals}
    both, where = np.unique(np.stack([cells, cells_now]), axis=1, return_inverse=True)
    found: list[int] = []
    for was, now in both.T.tolist():
        before, after = old.cells[was], new.cells[now]
        kept = [getattr(before if getattr(before, axis) in names else after, axis) for axis, names in known.items()]
        found.append(number.get(Cell(*kept), now))
    return np.array(found, dtype=np.int32)[where.reshape(-1)]


# Between any two points


@attrs.frozen(eq=False, repr=False)
class LineExplanation(Explanation):
    """What moved D from one point to another, by step; made by `outcomegap.explain`.

    `values`, summed over the steps, and `coverage` add up to `end` - `start` within 1e-12; they are computed in double
    precision. Both are NaN where the score at a point is unknown.

    Parameters
    ----------
    name, values, steps
        As in `Explanation`; a step counts as observed if it is observed at both points.
    start, end
        D at the two points.
    coverage
        The part of values that became known or went missing. It comes first and belongs to no step.
    order
        ``"joint"`` or ``"required_first"``.
    """

    start: Array
    end: Array
    coverage: Array
    order: moves.Order

    @property
    def total(self) -> Array:
        """How much D moved."""
        moved: Array = self.end - self.start
        return moved

    def to_frame(self) -> Any:
        """Return the same kind of frame as `end`: ids, ``start``, ``end``, ``coverage``, a column for each step."""
        points = {"start": self.start, "end": self.end, "coverage": self.coverage}
        return self._frame(beside(points, dict(zip(self.steps, self.values.T, strict=True)), "step"))


#: Names of the columns of a frame, as in `Scorer.score`.
class ColumnNames(TypedDict, total=False):
    segment: str
    stage: str
    goal: str
    id: str | None


class Scoring(Compiling, Protocol):
    """A scorer of a model."""

    def score(self, customers: Any, *args: Any, **called: Any) -> ModelScores: ...


def explain(
    scorer: Scoring, start: object, end: object, order: moves.Order = "joint", **called: Unpack[ColumnNames]
) -> LineExplanation:
    """Split the change of D between two points over the steps.

    The gradient is integrated exactly, by Gauss-Legendre, along the straight line between the two attainments (Owen,
    Management Science 18, 1972; Aumann & Shapley, Values of Non-Atomic Games, 1974; docs/meaning, clause 2.7).

    Parameters
    ----------
    scorer
        A scorer of a model.
    start, end
        The same customers at two points: two frames, two `Scores` by this scorer's model, two `Score` objects, or two
        mappings from column to value (one customer). Rows are matched by id if both have one, else in order. Each
        customer must be in the same cell at both points. One point may be ``"attained"``: everything fully attained,
        except that values missing at the other point are missing here too.
    order
        ``"joint"``: along the line on D = R x E. Swapping start and end changes all signs if the same values are
        missing. ``"required_first"``: R along the line with E at `start`, then E with R at `end`. From ``"attained"``
        it is the attribution with the opposite sign.
    **called
        ``segment``, ``stage``, ``goal``, ``id``: the names of those columns in frames and mappings, as in
        `Scorer.score`.

    Returns
    -------
    LineExplanation
        In the order of `end` (or of `start` if `end` is ``"attained"``).

    Raises
    ------
    DataError
        If a point cannot be scored, the customers differ, or a customer is in another cell (use
        `Scores.change_since` for that); ``.problems`` say where.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> moved = explain(scorer, {"calls": 1, "reply_hours": 24}, {"calls": 3, "reply_hours": 36})
    >>> moved.total.tolist(), moved.steps, moved.values.tolist()
    ([0.125], ('calls made', 'support replies'), [[0.375, -0.25]])
    >>> explain(scorer, "attained", {"calls": 3, "reply_hours": 36}, "required_first").values.tolist()
    [[-0.25, -0.375]]
    """
    choice("order", order, moves.ORDERS)
    given = {"start": start, "end": end}
    attained = [name for name, point in given.items() if isinstance(point, str) and choice(name, point, (ATTAINED,))]
    known = scored(scorer, {name: point for name, point in given.items() if name not in attained}, **called)
    if not known:
        raise DataError("start and end cannot both be 'attained'; give customers for one of them")
    *_, scores = known.values()
    rows = dict.fromkeys(known, np.arange(len(scores)))
    if not attained:
        pairs = pairs_in_order(known["start"], scores, ("start", "end"))
        rows["start"] = pairs.before
    good = np.flatnonzero(np.all([each.cell[rows[name]] != SET_ASIDE for name, each in known.items()], axis=0))
    engine = moves.in_double(scores.scorer.engine)
    places = [(each, rows[name][good]) for name, each in known.items()]
    snapshots = [moves.Snapshot(engine, each.batch, at, each.cell[at]) for each, at in places]
    found = moves.change_path(snapshots, order, attained[0] if attained else None)
    nan = np.zeros((2, 2, len(scores)), dtype=bool)  # where R and E are unknown, at start and end
    for name, each in known.items():
        nan[list(given).index(name)] = np.isnan([each.required[rows[name]], each.experience[rows[name]]])
    observed = np.all([each.observed_steps()[rows[name]] for name, each in known.items()], axis=0)
    applies = np.vstack([scores.applies, np.zeros((1, len(scores.model.steps)), dtype=bool)])[scores.cell]
    values, part = np.zeros(applies.T.shape).T, found.parts[0]
    values[good] = part.steps
    (r, e), (r_end, e_end) = nan
    unknown = {"required": r | r_end | e, "experience": e | e_end | r_end}  # R moves with E as it was, then E
    anywhere = nan.any(axis=(0, 1))
    for number, step in enumerate(scores.model.steps):
        values[(anywhere if order == "joint" else unknown[step.side]) & applies[:, number], number] = np.nan
    ends = np.full((3, len(scores)), np.nan)  # D at both points and the coverage's part; NaN for rows set aside
    ends[:, good] = found.first, found.last, part.jump
    ends[np.vstack([nan.any(axis=1), anywhere])] = np.nan
    own = {scores.id_column if scores.id_column is not None else "row": scores.id}
    shown = (tuple(step.name for step in scores.model.steps), lambda: locked(observed), lambda: locked(applies))

    def frame(columns: Mapping[str, Any]) -> Any:
        return scores.table.build(beside(own, columns, "step"))

    first, last, coverage = map(locked, ends)
    return LineExplanation("explanation", locked(values), *shown, frame, first, last, coverage, order)


def scored(scorer: Scoring, points: Mapping[str, object], **called: Unpack[ColumnNames]) -> dict[str, ModelScores]:
    """Return the scores of frames or of single customers; scores by this scorer's model are returned as they are.

    Raises
    ------
    TypeError
        If `called` has an unknown key, or no point is a frame or a mapping.
    DataError
        If another model made the scores, or the point cannot be scored.
    EngineError
        If the scorer is not a scorer of a model.
    """
    if not hasattr(scorer, "compiled"):
        message = f"this needs an og.Scorer, whose model can be computed between two points (got {scorer!r:.60})"
        raise EngineError(message)
    check_called(called, frames=not all(isinstance(point, (ModelScores, Score)) for point in points.values()))
    return {name: _scored(scorer, point, name, called) for name, point in points.items()}


def check_called(called: Mapping[str, object], *, frames: bool) -> None:
    """Raise a TypeError where a keyword is none of `ColumnNames`, or there are no `frames` whose columns it names."""
    for key in called:
        if key not in ColumnNames.__annotations__:
            raise TypeError(f"there is no {key}=; columns are named by {', '.join(ColumnNames.__annotations__)}")
        if not frames:
            raise TypeError(f"{key}= says what a column of a frame is called, and no frame is given")


def _scored(scorer: Scoring, point: Any, name: str, called: ColumnNames) -> ModelScores:
    if isinstance(point, (ModelScores, Score)) and point.model != scorer.model:
        message = f"{name} was scored by another model; score it again, or use scores.change_since(earlier)"
        raise DataError(message)
    if isinstance(point, ModelScores):
        return point
    if isinstance(point, Score):
        point, called = point.row, {}
    if isinstance(point, Mapping) and _is_one(point):
        names = (*(measure.name for measure in scorer.model.measures), *scorer.model.columns)
        # A measure that the mapping lacks is missing, as in `score_one`.
        point = {str(key): [value] for key, value in point.items()} | {name: [point.get(name)] for name in names}
    return scorer.score(point, **called)


def _is_one(point: Mapping[Any, Any]) -> bool:
    """Return whether a mapping holds one customer and not columns of a frame."""
    return bool(point) and all(isinstance(v, (str, bytes)) or not hasattr(v, "__len__") for v in point.values())
