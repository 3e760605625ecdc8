"""Alternatives that customers could choose, how far the best is ahead of what each customer has, and by which steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import attrs
import numpy as np

from outcomegap.checks import in_range
from outcomegap.explanation.change import Point, Snapshot, move
from outcomegap.frames.arrays import Array, Mask
from outcomegap.invest.action import SEGMENTS, Changed, Effects, Levels, LevelsOf, Offered, fitting, of_a_model, within
from outcomegap.listing import Listing, beside, counted
from outcomegap.model.declaration import Choice, FrozenMap, about
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.states import FAILING, TOLERATING

Kind = Literal["product", "competitor", "open source", "in-house", "outsourced", "hired"]
STEPS = about(LevelsOf(("step",), empty=True), "Steps, with the attainments that it gives them.")
MEASURES = about(LevelsOf(("measure",), empty=True), "Measures, with their values under it.")
FORMS = {"ideal": "ideal", "pressure": "change", "moves": "yes", "held": "yes"}
#: Smaller differences of D are rounding.
DUST = 1e-9


@attrs.frozen
class Alternative(Offered):
    """Another way for customers to get to the desired outcome.

    Parameters
    ----------
    name
        The name that people use.
    kind
        ``"product"`` (another of yours), ``"competitor"``, ``"open source"``, ``"in-house"``, ``"outsourced"`` or
        ``"hired"``.
    attainments
        Steps, with the attainment that it gives them, between 0 and 1: better or worse than today's. Instead of a
        number, give a mapping from segments (or cells) to numbers, or `og.per_cell`: a rival that is strong for one
        segment may be weak for another.
    measures
        Measures, with their values under it, in the same forms. Steps and measures that it does not name for a
        customer's cell stay as they are today. A named step takes precedence over the measure that feeds it.
    segments
        The segments that could choose it; None for all.

    Raises
    ------
    DataError
        If a value is invalid; the message names it.

    Examples
    --------
    >>> Alternative("a developer", "hired", measures={"reply_hours": {"startup": 8, "enterprise": 1}}).kind
    'hired'
    """

    kind: Kind = attrs.field(metadata=about(Choice(get_args(Kind)), "What it is."))
    attainments: Levels = attrs.field(default=FrozenMap(), metadata=STEPS)
    measures: Levels = attrs.field(default=FrozenMap(), metadata=MEASURES)
    segments: Sequence[str] | None = attrs.field(default=None, metadata=SEGMENTS)

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole."""
        if not self.attainments and not self.measures:
            yield "empty", "attainments", "nothing is said; give attainments=, measures= or both"


class SwitchPressure(Listing):
    """One row for each customer: how far the best alternative is ahead; made by `switch_pressure`.

    Attributes
    ----------
    pressure
        D under the best alternative - D now, one number for each customer; negative if every alternative is worse; NaN
        if D is unknown, or the customer has no alternative.
    by_step
        Each step's part of it, shape (customers, steps); rows sum to `pressure` within 1e-12.
    best
        Name of the best alternative; None if there is none.
    steps
        Names of the steps, in the order of the second axis of `by_step`.
    moves
        The customers who would move: the best alternative is ahead by more than the switching cost.
    held
        The customers who stay only because nothing better is known: failing or tolerating, and no alternative is
        ahead. Their states are the computed ones, without overrides.
    """

    def __init__(self, scores: Scores, pressure: Array, parts: Array, best: Array, switching_cost: float) -> None:
        self.pressure, self.by_step, self.best, self.switching_cost = pressure, parts, best, switching_cost
        self.steps = tuple(step.name for step in scores.model.steps)
        lead = np.nan_to_num(pressure, nan=-1.0)
        ahead: Mask = lead > DUST
        self.moves: Mask = lead > switching_cost + DUST
        unhappy = np.isin(scores.state_codes, (FAILING, TOLERATING))
        self.held: Mask = unhappy & ~np.isnan(scores.desired) & ~ahead
        top, names = np.nan_to_num(parts), np.array([*self.steps, None], dtype=object)
        ideal, apart = ideal_rows(scores), not all(segment.ideal for segment in scores.model.segments)
        columns = {
            **({"ideal": ideal} if apart else {}),
            "best": best,
            "pressure": pressure,
            "most by": names[np.where(top.max(axis=1, initial=0.0) > DUST, top.argmax(axis=1), len(self.steps))],
            "moves": self.moves,
            "held": self.held,
        }

        def said(some: Mask) -> list[str]:
            """Count for how many of some customers an alternative is ahead, who would move, and who stays."""
            return [f"{int((flags & some).sum()):,}" for flags in (ahead, self.moves, self.held)]

        (better, move, held), stay = said(ideal), "stay only because nothing better is known here."
        notes = ["Pressure is in points of the score."]
        if switching_cost:
            notes.append(f"{move} would move, at a switching cost of {100 * switching_cost:g} points.")
        notes.append(f"{held} {stay}")
        if not ideal.all():
            others, move, held = said(~ideal)
            moving = f"{move} would move, " if switching_cost else ""
            who = f"Apart: {counted(int((~ideal).sum()), 'customer')} of segments that are not ideal"
            notes.append(f"{who}; an alternative is ahead for {others}, {moving}{held} {stay}")
        of = f"{int(ideal.sum()):,} customers{' of ideal segments' if apart else ''}"
        own = {scores.id_column or "row": scores.id}
        super().__init__(
            f"An alternative is ahead for {better} of {of}",
            beside(own, columns, "switch"),
            like=scores.table,
            formats=beside(dict.fromkeys(own), FORMS, "switch"),
            notes=notes,
        )


def switch_pressure(
    scores: Scores, alternatives: Sequence[Alternative], *, switching_cost: float = 0.0
) -> SwitchPressure:
    """Compute how far the best alternative is ahead of what each customer has, and by which steps.

    Each alternative is scored on the customer's own graph, with the customer's own expectations. What it does not
    name, and what is missing, stays as it is. The difference is split over the steps exactly, by the gradient along
    the straight line (docs/meaning, clauses 2.7 and 2.9). Of alternatives that are equally good, the first is the
    best.

    Parameters
    ----------
    scores
        The customers.
    alternatives
        The alternatives of the customers.
    switching_cost
        How far an alternative must be ahead of today, in D, before a customer moves; between 0 and 1. It decides who
        ``moves``; the pressure itself is the plain difference.

    Raises
    ------
    DataError
        If an argument is invalid; the message names it.
    EngineError
        If the model does not join R and E by the product, or has gates that are not multilinear.

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
    >>> found.pressure.tolist(), found.by_step.tolist(), found.held.tolist()
    ([0.0, 0.0], [[-0.1875, 0.1875], [0.0, 0.0]], [False, True])
    """
    scores = of_a_model("switch_pressure", scores)
    todo = fitting("switch_pressure", scores.model, alternatives)
    margin = in_range("switching_cost", switching_cost, 0, 1)
    effects = Effects(scores)
    changed = [effects.changed(one.attainments.items(), one.measures.items(), put=True) for one in todo]
    lead = np.array([effects.desired(other) - effects.now for other in changed])
    may = np.array([other.named & within(scores, one.segments) for one, other in zip(todo, changed, strict=True)])
    lead = np.where(may & ~np.isnan(lead), lead, -np.inf)
    first, top = lead.argmax(axis=0), lead.max(axis=0)
    known = np.isfinite(top)
    parts = np.full((len(scores), len(scores.model.steps)), np.nan)
    for number, other in enumerate(changed):
        rows = np.flatnonzero(known & (first == number))
        if len(rows):
            parts[rows] = _parts(effects, other, rows)
    best = np.array([*(one.name for one in todo), None], dtype=object)[np.where(known, first, len(todo))]
    return SwitchPressure(scores, np.where(known, top, np.nan), parts, best, margin)


def _parts(effects: Effects, changed: Changed, rows: Array) -> Array:
    """Split the effect of an alternative over the steps."""
    cells = effects.batch.cells[rows]
    now, then = (Snapshot(effects.engine, batch, rows, cells) for batch in (effects.batch, changed.batch))
    found, programs = np.zeros((len(rows), len(effects.model.steps))), now.programs(np.arange(len(rows)))
    for program in np.unique(programs).tolist():
        some = np.flatnonzero(programs == program)
        start, work = Point.of(now.work(some, {})), then.work(some, {})
        end = Point(work, changed.rows(work), work.attained.missing)
        for row, part in move(start, end, range(len(end.rows))).parts.items():
            found[some, work.program.steps[row]] = part
    return found
