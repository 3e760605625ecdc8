"""What today's measures would be worth at a later stage: the drop, exactly by step, and what would be missing first."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among
from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.errors import DataError, ModelError, Problem, hint, nearest
from outcomegap.explanation import gradients
from outcomegap.explanation.change import ChangePath, Snapshot, change_path, in_double, without_span
from outcomegap.journey.effective import check_names
from outcomegap.journey.stages import Target, targets
from outcomegap.listing import Listing, as_column, counted
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.explain import scored
from outcomegap.scoring.next_gaps import NONE, NextGaps, next_gaps
from outcomegap.scoring.prepare import Prepared
from outcomegap.scoring.readings import readings
from outcomegap.scoring.step_arrays import take

if TYPE_CHECKING:
    from outcomegap.journey.ahead_text import Moves

Array = NDArray[Any]
NO_SPAN = "floor and target are one number at that stage"


class LookAhead:
    """What customers' measures of today would be worth at a later stage; made by `look_ahead`.

    All arrays hold one value a customer who has a later stage to go to, in the order of the rows; the others are in
    `apart`. The parts of a customer add up: ``structure + parts.sum(axis=1) == drop`` within 1e-12. They are NaN where
    D is unknown now or then.

    Attributes
    ----------
    now, then
        Those customers' `Scores` where they are, and at the later stage.
    positions
        Their positions among all.
    drop
        D now less D then, in double precision whatever the scores' own.
    parts
        What each step's new floor, target or curve takes from D, shape (customers, steps); negative where the later
        stage asks for less.
    structure
        What the later stage's own steps, gates and weights take from D, before any step is asked for more: it is of
        no single step. `by_step` splits all of it.
    """

    def __init__(
        self, everyone: Scores, now: Scores, then: Scores, positions: Array, moved: ChangePath, reasons: Array
    ) -> None:
        self._everyone, self.now, self.then, self.positions = everyone, now, then, positions
        lost, part = np.isnan(now.desired) | np.isnan(then.desired), moved.parts[0]
        self.drop = _sealed(np.where(lost, np.nan, moved.first - moved.last))
        self.parts = _sealed(np.where(lost[:, None], np.nan, 0.0 - part.steps))
        self.structure = _sealed(np.where(lost, np.nan, 0.0 - part.jump))
        self._reasons = reasons

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps, in the order of the second axis of `parts`."""
        return tuple(step.name for step in self.now.model.steps)

    @property
    def id(self) -> Array:
        """What names each customer."""
        return self.now.id if self.now.id_column is not None else self.positions

    @cached_property
    def by_step(self) -> Array:
        """The drop split over the steps wholly, shape (customers, steps): each step's part of the gap then, less now.

        Steps that only the later stage has are in it. The parts of the gap are those of `Scores.attribution`.
        """
        engine = in_double(self.now.scorer.engine)
        then, now = (gradients.attribution(engine, scores.batch) for scores in (self.then, self.now))
        return _sealed(np.where(np.isnan(self.drop)[:, None], np.nan, then - now))

    @cached_property
    def most_raised(self) -> Array:
        """The step that takes most of `by_step` from each customer; None where nothing is taken, or D is unknown."""
        size = np.round(np.nan_to_num(self.by_step), 12)
        names = np.array([*self.steps, None], dtype=object)
        most = size.argmax(axis=1) if len(self.steps) else np.zeros(len(self), dtype=np.int64)
        found: Array = names[np.where(size.max(axis=1, initial=0.0) > 0, most, len(self.steps))]
        return found

    @cached_property
    def _next(self) -> NextGaps:
        return next_gaps(self.then, np.arange(len(self)), top=1)

    @cached_property
    def first_missing(self) -> Array:
        """The step that would be missing first at the later stage, in order of need; None where none would."""
        return self._named(self._next.step[0])

    @cached_property
    def stands(self) -> Array:
        """How far that step is from the later stage's target, in its own units, such as ``"12 of 500 contacts"``."""
        return as_column(readings(self.then, np.arange(len(self)), self._next.step[0]).said())

    @cached_property
    def unknown_first(self) -> Array:
        """Where data are missing then, the step to find out first; None elsewhere."""
        return self._named(self._next.lacking)

    def _named(self, step: Array) -> Array:
        names = np.array([*self.steps, None], dtype=object)
        found: Array = names[np.where(step == NONE, len(self.steps), step)]
        return found

    @cached_property
    def ideal(self) -> NDArray[np.bool_]:
        """Whether each customer's segment is ideal."""
        flags = {segment.name: segment.ideal for segment in self.now.model.segments}
        of_cell = np.array([flags.get(cell.segment, True) for cell in self.now.model.cells], dtype=bool)
        return of_cell[self.now.cell]

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each of these customers, as columns: see `to_frame`."""
        model = self.now.model
        cells = np.array([*map(str, model.cells), None], dtype=object)
        told = {step.name: step for step in model.steps}
        first = [told.get(name) for name in self.first_missing.tolist()]
        return {
            "cell_now": cells[self.now.cell],
            "cell_then": cells[self.then.cell],
            "ideal": self.ideal,
            "desired_now": self.now.desired,
            "desired_then": self.then.desired,
            "drop": self.drop,
            "structure": self.structure,
            "state_now": self.now.state,
            "state_then": self.then.state,
            "first_missing": self.first_missing,
            "stands": self.stands,
            "owner": as_column([step.owner if step else None for step in first]),
            "remedy": as_column([step.remedy if step else None for step in first]),
            "most_raised": self.most_raised,
            "unknown_first": self.unknown_first,
        }

    def to_frame(self, *, steps: bool = False) -> Any:
        """Return a row a customer, the same kind of frame that was scored.

        Its columns: what names the customer; ``cell_now``, ``cell_then``, ``ideal`` (whether the segment is);
        ``desired_now``, ``desired_then``, ``drop``, ``structure``; ``state_now``, ``state_then``; ``first_missing`` and
        where it ``stands``, its ``owner`` and ``remedy``; ``most_raised``; ``unknown_first``.

        Parameters
        ----------
        steps
            Whether to add a column for each step's part of the drop: ``"drop: list built"`` (`parts`).

        Raises
        ------
        DataError
            If `steps` is neither true nor false.
        """
        if not isinstance(steps, bool):
            raise DataError(f"to_frame: steps is True or False (got {steps!r:.60})")
        columns = dict(self.columns)
        if steps:
            columns |= {f"drop: {step}": self.parts[:, number] for number, step in enumerate(self.steps)}
        return self._build(self.id, columns)

    def _build(self, ids: Array, columns: dict[str, Array]) -> Any:
        own = self._everyone.id_column or "row"
        clash = {f"{name} (ahead)" if name == own else name: values for name, values in columns.items()}
        return self._everyone.table.build({own: ids} | clash, index_like=False)

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as a dict of plain Python values a customer."""
        own = self._everyone.id_column or "row"
        return Listing("", {own: self.id} | self.columns, like=self._everyone.table).rows()

    def order(self) -> NDArray[np.int64]:
        """Return positions in order of need at the later stage: state then, then gap then."""
        return self.then.order()

    @cached_property
    def apart(self) -> Listing:
        """The customers who have no later stage to go to, and why."""
        rows = np.flatnonzero(self._reasons != None)  # noqa: E711 - element by element
        cells = np.array([*map(str, self._everyone.model.cells), None], dtype=object)
        columns = {
            self._everyone.id_column or "row": self._everyone.id[rows],
            "cell": cells[self._everyone.cell[rows]],
            "why": self._reasons[rows],
        }
        return Listing(
            f"{counted(len(rows), 'customer stands', 'customers stand')} apart", columns, like=self._everyone.table
        )

    @cached_property
    def moves(self) -> Moves:
        """Customers by segment and stage: mean D now and then, states, what is raised most; ideal segments first."""
        from outcomegap.journey.ahead_text import moves_of

        return moves_of(self)

    def __str__(self) -> str:
        from outcomegap.journey.ahead_text import ahead_text

        return ahead_text(self)

    def _repr_html_(self) -> str:
        return self.moves._repr_html_()

    def __repr__(self) -> str:
        return f"<LookAhead of {len(self)} customers; {len(self.apart)} stand apart>"


def look_ahead(
    scorer: Scorer,
    customers: Any,
    to: str = "next",
    *,
    segment: str = "segment",
    stage: str = "stage",
    goal: str = "goal",
    id: str | None = None,  # noqa: A002 - as in Scorer.score
) -> LookAhead:
    """Say what would be missing at a later stage with today's measures.

    Customers evolve, and so does what they call appropriate. Each is scored again with the same data in the cell of
    the same segment (and goal) and the later stage. The drop splits in two steps, as a move to another cell does in
    `Scores.change_since` (docs/meaning, clause 2.9): first the later stage's own steps, gates and weights with the
    measures where they stand (`structure`), then its expectations, step by step: the gradient integrated along the
    straight line between the two attainments, exactly (Owen, Management Science 18, 1972; docs/meaning, clause 2.7).

    Parameters
    ----------
    scorer
        The model; it declares two stages or more.
    customers
        A frame, or the `Scores` of this scorer's model.
    to
        ``"next"``: each customer's next stage; or the name of a stage, for all who are before it.
    segment, stage, goal, id
        What those columns are called, as in `Scorer.score`.

    Returns
    -------
    LookAhead
        Those who have nowhere to go (at the last stage, past the one named, or where the model has no desired outcome
        for that segment and stage) are in `apart`, with the reason.

    Raises
    ------
    ModelError
        If the model has no stages to go through, or no such stage.
    DataError
        If the customers cannot be scored.
    EngineError
        If a gate or a join of the model is not linear in each step: then no line splits exactly.

    Examples
    --------
    >>> import outcomegap as og
    >>> built = og.SuccessGap("list built", og.Measure("list_size", unit="contacts", low=0), floor=0,
    ...                       target=og.per_cell(500, {"*/scaling": 2_000}))
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", unit="h", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=built), og.AppropriateExperience("how", expects=reply)
    >>> model = og.OutcomeModel("mail", stages=["adopting", "scaling"],
    ...                         desired_outcomes=[og.DesiredOutcome(sales, suits)])
    >>> rows = {"id": ["Acme", "Zeta"], "stage": ["adopting", "scaling"], "list_size": [600, 600],
    ...         "reply_hours": [24, 24]}
    >>> ahead = look_ahead(og.Scorer(model), rows)
    >>> ahead.id.tolist(), ahead.drop.tolist(), ahead.parts.tolist(), ahead.stands.tolist()
    (['Acme'], [0.7], [[0.7, 0.0]], ['600 of 2,000 contacts'])
    >>> ahead.apart[0]
    {'id': 'Zeta', 'cell': 'all/scaling', 'why': 'at the last stage'}
    """
    if not isinstance(scorer, Scorer):
        raise DataError(f"look_ahead: scorer is an og.Scorer (got {scorer!r:.60})")
    _check_stage(scorer, to)
    check_names("look_ahead", segment=segment, stage=stage, goal=goal, id=id)
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    everyone = scored(scorer, customers, "customers", called)
    found = targets(scorer.model, to)
    cells, reasons = _places(everyone, found)
    rows = np.flatnonzero(cells != SET_ASIDE)
    engine, batch = in_double(scorer.engine), everyone.batch
    narrow = without_span(Snapshot(engine, batch, rows, cells[rows]))
    reasons[rows[narrow]] = NO_SPAN
    rows = rows[~narrow]
    there, here = cells[rows], everyone.cell[rows]
    moved = change_path([Snapshot(engine, batch, rows, here), Snapshot(engine, batch, rows, there)])
    now, then = (_some(everyone, rows, cells) for cells in (here, there))
    return LookAhead(everyone, now, then, rows, moved, reasons)


def _check_stage(scorer: Scorer, to: object) -> None:
    model = scorer.model
    if len(model.stages) < 2:
        message = "has no stages to go through; declare two or more: stages=[...]"
        raise ModelError.of("no-stages", f"model {model.name!r}", message)
    known = ("next", *model.stage_names)
    if not among(to, known):
        message = f"look_ahead: to is 'next' or a stage (got {to!r:.60}){hint(to, known)}"
        problem = Problem("unknown-stage", message, value=str(to), suggestion=nearest(to, known))
        raise DataError(message, [problem])


def _places(everyone: Scores, found: tuple[Target, ...]) -> tuple[NDArray[np.int32], Array]:
    """Return each customer's later cell (`SET_ASIDE` where there is none), and why there is none."""
    cell = np.array([*(target.cell for target in found), SET_ASIDE], dtype=np.int32)
    why = np.empty(len(found) + 1, dtype=object)
    why[:] = [*(target.why for target in found), "set aside"]
    return cell[everyone.cell], why[everyone.cell]


def _some(everyone: Scores, rows: Array, cells: NDArray[np.int32]) -> Scores:
    """Return the scores of some customers, looked at in cells of our choice."""
    mask = np.zeros(len(everyone), dtype=bool)
    mask[rows] = True
    part = take(everyone.batch, rows)
    batch = Batch(part.columns, part.own, part.complete, cells.astype(np.int32))
    result = everyone.scorer.engine.score(batch)
    return Scores(everyone.scorer, everyone.table.filter(mask), Prepared(batch, ()), result, everyone.id_column)


def _sealed(values: Array) -> Array:
    values.setflags(write=False)
    return values
