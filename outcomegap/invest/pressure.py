"""How far the best alternative is ahead of what each customer has, and by which steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Block, Work
from outcomegap.explanation.line import Point, move
from outcomegap.invest.alternative import Alternative
from outcomegap.invest.checks import check_number, checked
from outcomegap.invest.effect import Changed, Effects, check_scores, segments_of
from outcomegap.invest.listed import beside, shown_beside
from outcomegap.listing import Listing, counted
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.states import FAILING, TOLERATING

Array = NDArray[Any]
#: Smaller differences of D are rounding.
DUST = 1e-9


class SwitchPressure:
    """How far the best alternative is ahead of what each customer has; made by `switch_pressure`.

    Attributes
    ----------
    pressure
        D under the best alternative - D now, one number a customer; negative where every alternative is worse; NaN
        where D is unknown, or nothing can be chosen.
    parts
        How much of that each step makes, shape (customers, steps); rows sum to `pressure` within 1e-12.
    best
        Name of the best alternative; None where there is none.
    moves
        Who would move: the best alternative is ahead by more than the switching cost.
    held
        Who stays only because nothing better is known: failing or tolerating, and no alternative is ahead at all. The
        states are those that were computed, whatever an override says.
    """

    def __init__(self, scores: Scores, pressure: Array, parts: Array, best: Array, switching_cost: float) -> None:
        self._scores, self.pressure, self.parts, self.best = scores, pressure, parts, best
        self.switching_cost = switching_cost
        unhappy = (scores.state_codes == FAILING) | (scores.state_codes == TOLERATING)
        ahead = np.nan_to_num(pressure, nan=-1.0)
        self.moves: Array = ahead > switching_cost + DUST
        self.held: Array = unhappy & ~np.isnan(scores.desired) & ~(ahead > DUST)

    def __len__(self) -> int:
        return len(self.pressure)

    def __repr__(self) -> str:
        return f"<SwitchPressure on {len(self)} customers: {int(self.moves.sum())} would move>"

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps, in the order of the second axis of `parts`."""
        return tuple(step.name for step in self._scores.model.steps)

    def _counts(self, some: Array) -> tuple[int, int, int]:
        """Return for how many of some customers an alternative is ahead, who of them move, and who are held."""
        ahead = np.nan_to_num(self.pressure, nan=-1.0) > DUST
        return int((ahead & some).sum()), int((self.moves & some).sum()), int((self.held & some).sum())

    @cached_property
    def _listing(self) -> Listing:
        top = np.nan_to_num(self.parts)
        names = np.array([*self.steps, None], dtype=object)
        lead = names[np.where(top.max(axis=1, initial=0.0) > DUST, top.argmax(axis=1), len(self.steps))]
        ideal, apart = ideal_rows(self._scores), not all(one.ideal for one in self._scores.model.segments)
        columns = {
            **({"ideal": ideal} if apart else {}),
            "best": self.best,
            "pressure": self.pressure,
            "most by": lead,
            "moves": self.moves,
            "held": self.held,
        }
        of = f"{int(ideal.sum()):,} customers{' of ideal segments' if apart else ''}"
        ahead, moves, held = self._counts(ideal)
        title = f"An alternative is ahead for {ahead:,} of {of}"
        cost = self.switching_cost
        notes = [
            *([f"{moves:,} would move, at a switching cost of {cost:g} of D."] if cost else []),
            f"{held:,} stay only because nothing better is known here.",
        ]
        if not ideal.all():
            ahead, moves, held = self._counts(~ideal)
            those = f"Apart: {counted(int((~ideal).sum()), 'customer')} of segments that are not ideal"
            moving = f"{moves:,} would move, " if cost else ""
            staying = f"{held:,} stay only because nothing better is known here"
            notes.append(f"{those}; an alternative is ahead for {ahead:,}, {moving}{staying}.")
        own = {self._scores.id_column or "row": self._scores.id}
        show = shown_beside(own, {"ideal": "ideal", "pressure": lambda number: f"{number:+.3f}"}, "switch")
        return Listing(title, beside(own, columns, "switch"), like=self._scores.table, notes=notes, formats=show)

    def to_frame(self) -> Any:
        """Return a row a customer, the same kind of frame that was scored; ``ideal`` only where the model tells."""
        return self._listing.to_frame()

    def __str__(self) -> str:
        return str(self._listing)

    def _repr_html_(self) -> str:
        return self._listing._repr_html_()


def switch_pressure(
    scores: Scores, alternatives: Sequence[Alternative], *, switching_cost: float = 0.0
) -> SwitchPressure:
    """Say how far the best alternative is ahead of what each customer has, and by which steps.

    Each alternative is scored on the customer's own graph, with the customer's own expectations; what it does not
    name, and what is missing, stays as it is. The difference is split over the steps by the gradient along the
    straight line (docs/meaning, clauses 2.7 and 2.9), exactly. Of alternatives that are equally good the first is
    the best.

    Parameters
    ----------
    scores
        The customers.
    alternatives
        What they could do instead.
    switching_cost
        How far ahead of today, in D, an alternative must be before anybody moves; between 0 and 1. It says who
        ``moves``; the pressure itself is the plain difference.

    Raises
    ------
    DataError
        If an argument is not as said here.
    EngineError
        If the model joins R and E otherwise than by the product, or has gates that are not multilinear.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> scores = scorer.score({"calls": [2, 1], "reply_hours": [36, 24]})
    >>> rival = Alternative("a rival", "competitor", measures={"calls": 1, "reply_hours": 24})
    >>> found = switch_pressure(scores, [rival])
    >>> found.pressure.tolist(), found.parts.tolist(), found.held.tolist()
    ([0.0, 0.0], [[-0.1875, 0.1875], [0.0, 0.0]], [False, True])
    """
    scores = check_scores("switch_pressure", scores)
    todo = checked("switch_pressure: alternatives", scores.model, alternatives, Alternative)
    margin = check_number("switch_pressure: switching_cost", switching_cost, 0.0, 1.0)
    effects, segment = Effects(scores), segments_of(scores)
    changed = [effects.put(one.attainments, one.measures) for one in todo]
    names = np.array([*scores.model.segment_names, ""], dtype=object)[segment]
    table = np.full((len(todo), len(scores)), -np.inf)
    for number, one in enumerate(todo):
        may = changed[number].named & (segment >= 0 if one.segments is None else np.isin(names, one.segments))
        moved = effects.desired(changed[number]) - effects.now
        table[number] = np.where(may & ~np.isnan(moved), moved, -np.inf)
    first, top = table.argmax(axis=0), table.max(axis=0)
    known = np.isfinite(top)
    parts = np.full((len(scores), len(scores.model.steps)), np.nan)
    for number, other in enumerate(changed):
        rows = np.flatnonzero(known & (first == number))
        if len(rows):
            parts[rows] = _parts(effects, other, rows)
    called = np.array([*(one.name for one in todo), None], dtype=object)
    best = called[np.where(known, first, len(todo))]
    return SwitchPressure(scores, np.where(known, top, np.nan), parts, best, margin)


def _parts(effects: Effects, changed: Changed, rows: Array) -> Array:
    """Split what an alternative makes over the steps."""
    from outcomegap.explanation.change import Stand

    batch, cells, engine = changed.batch, effects.batch.cells[rows], effects.engine
    Stand(engine, batch, rows, cells)  # says so where a line cannot be split exactly
    found = np.zeros((len(rows), len(effects.model.steps)))
    program_of = engine.compiled.program_of[cells]
    for program in np.unique(program_of).tolist():
        some = np.flatnonzero(program_of == program)
        block = Block(program, rows[some], len(some), cells[some].astype(np.intp))
        here, there = (Work(engine, data, block, {}) for data in (effects.batch, batch))
        end = Point(there, changed.rows(there), there.attained.missing)
        moved = move(Point.of(here), end, range(len(end.rows)))
        for row, part in moved.parts.items():
            found[some, there.program.steps[row]] = part
    return found
