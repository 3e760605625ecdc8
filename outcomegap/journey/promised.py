"""Promises: which customers were promised an outcome that they cannot reach."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.journey.effective import check_names
from outcomegap.journey.reachable import Reach, reach_of_cells, reach_of_customers
from outcomegap.listing import Listing, as_column, counted
from outcomegap.model import OutcomeModel
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.explain import scored
from outcomegap.scoring.next_gaps import NONE
from outcomegap.scoring.readings import readings
from outcomegap.scoring.states import TOLERANCE

Array = NDArray[Any]
#: What becomes of a promise.
KEEPS, CANNOT, UNKNOWN, NOT_PROMISED, SET_ASIDE = (
    "can be kept",
    "cannot be kept",
    "not known",
    "not promised",
    "set aside",
)
VERDICTS = (CANNOT, UNKNOWN, KEEPS, NOT_PROMISED, SET_ASIDE)


@attrs.frozen
class CellPromise:
    """What is promised in one cell of the model, and whether it can be reached there.

    Parameters
    ----------
    cell, segment, stage, goal
        The cell.
    ideal
        Whether its segment is ideal.
    outcome
        The required outcome.
    promised
        Whether it is claimed.
    best
        R with every step fully attained but the gaps that cannot be bridged, which are not at all; a step whose
        target lies beyond its measure's hard limits is attained as far as these allow.
    achieved_at
        From which R on the outcome counts as reached.
    blocking
        The gaps that cannot be bridged, where they keep `best` below it.
    """

    cell: str
    segment: str
    stage: str
    goal: str | None
    ideal: bool
    outcome: str
    promised: bool
    best: float
    achieved_at: float
    blocking: tuple[str, ...]

    @property
    def reachable(self) -> bool:
        """Whether a customer of this cell can reach it over what can be bridged alone."""
        return self.best >= self.achieved_at - TOLERANCE


class Promises:
    """What is promised, and to whom it cannot be kept; made by `promises`.

    Attributes
    ----------
    model
        The model.
    cells
        A `CellPromise` for each cell, those of ideal segments first.
    """

    def __init__(self, model: OutcomeModel, cells: tuple[CellPromise, ...], scores: Scores | None, value: Any) -> None:
        self.model, self.cells, self._scores = model, cells, scores
        self._value = None if scores is None else scores.numbers(value)

    def __len__(self) -> int:
        return len(self._asked)

    @property
    def _asked(self) -> Scores:
        if self._scores is None:
            raise DataError("promises: no customers were given; only the cells of the model are known")
        return self._scores

    @property
    def broken_cells(self) -> tuple[CellPromise, ...]:
        """The cells whose customers were promised what cannot be reached there over what can be bridged."""
        return tuple(cell for cell in self.cells if cell.promised and not cell.reachable)

    def cells_frame(self) -> Any:
        """Return a row a cell, the same kind of frame that came in; a dict of arrays without customers."""
        fields = [field.name for field in attrs.fields(CellPromise)]
        columns: dict[str, Any] = {name: as_column([getattr(cell, name) for cell in self.cells]) for name in fields}
        columns["blocking"] = as_column([", ".join(cell.blocking) or None for cell in self.cells])
        columns["reachable"] = np.array([cell.reachable for cell in self.cells], dtype=bool)
        table = wrap({"none": []}) if self._scores is None else self._scores.table
        return table.build(columns, index_like=False)

    @cached_property
    def _reach(self) -> Reach:
        return reach_of_customers(self._asked)

    @cached_property
    def verdict(self) -> Array:
        """What becomes of the promise to each customer, one of `VERDICTS`; None for a row set aside.

        A promise can be kept where R with every step fully attained, but the gaps that cannot be bridged as they are
        for this customer, is high enough. Not known: it hangs on data that are missing.
        """
        scores, reach = self._asked, self._reach
        promised = np.array([*(self.model.outcome(cell).required.promised for cell in self.model.cells), False])
        at = np.array([*scores.scorer.compiled.achieved_at, np.nan])[scores.cell] - TOLERANCE
        found = np.full(len(scores), UNKNOWN, dtype=object)
        found[reach.low >= at] = KEEPS
        found[reach.high < at] = CANNOT
        found[~promised[scores.cell]] = NOT_PROMISED
        found[scores.cell < 0] = None
        return found

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each customer, as columns: see `to_frame`."""
        scores = self._asked
        rows = np.arange(len(scores))
        cells = {name: np.array([*(getattr(c, name) for c in self._by_number), None], dtype=object) for name in
                 ("cell", "outcome", "ideal", "achieved_at")}  # fmt: skip
        blocked = np.where(np.isin(self.verdict, (CANNOT, UNKNOWN)), self._reach.blocking, NONE)
        names = np.array([*(step.name for step in self.model.steps), None], dtype=object)
        columns = {name: values[scores.cell] for name, values in cells.items()}
        columns["achieved_at"] = columns["achieved_at"].astype(np.float64)
        columns |= {"promise": self.verdict, "best_required": self._reach.point, "required": scores.required}
        columns["blocking"] = names[np.where(blocked == NONE, len(self.model.steps), blocked)]
        columns["stands"] = as_column(readings(scores, rows, blocked).said())
        return columns if self._value is None else columns | {"value": self._value}

    @property
    def _by_number(self) -> list[CellPromise]:
        """The cells in the model's own order."""
        named = {cell.cell: cell for cell in self.cells}
        return [named[str(cell)] for cell in self.model.cells]

    def to_frame(self) -> Any:
        """Return a row a customer, in the order of the rows, the same kind of frame that came in.

        Its columns: what names the customer; ``cell``, ``outcome``, ``ideal``; ``promise`` (`verdict`);
        ``best_required`` (R with everything bridged that can be) and ``achieved_at``; ``required`` (R now);
        ``blocking`` (the gap that keeps it back most) and where it ``stands``; ``value`` if one was named.
        """
        return self._asked._frame(self.columns)

    @cached_property
    def broken(self) -> Listing:
        """Who was promised what cannot be reached: ideal segments first, then the most valuable."""
        scores = self._asked
        rows = np.flatnonzero(self.verdict == CANNOT)
        worth = np.zeros(len(rows)) if self._value is None else np.nan_to_num(self._value[rows], nan=-np.inf)
        apart = np.array([not fine for fine in self.columns["ideal"][rows].tolist()], dtype=bool)
        rows = rows[np.lexsort((self._reach.point[rows], -worth, apart))]
        own = scores.id_column or "row"
        columns = {own: scores.id[rows]} | {
            name: values[rows] for name, values in self.columns.items() if name != "promise"
        }
        return Listing(
            (f"{counted(len(rows), 'customer was', 'customers were')} promised what they cannot reach"),
            columns,
            like=scores.table,
        )

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many customers of ideal segments have each verdict; the others are in `apart`."""
        return self._counted(ideal=True)

    @cached_property
    def apart(self) -> dict[str, int]:
        """The same of segments that are not ideal, to whom the experience need not be promised."""
        return self._counted(ideal=False)

    def _counted(self, *, ideal: bool) -> dict[str, int]:
        said = [SET_ASIDE if name is None else name for name in self.verdict.tolist()]
        flags = [fine is None or bool(fine) for fine in self.columns["ideal"].tolist()]
        listed = [name for name, fine in zip(said, flags, strict=True) if fine is ideal]
        return {name: listed.count(name) for name in VERDICTS}

    def __str__(self) -> str:
        lines = [f"{self.model.name}: {sum(cell.promised for cell in self.cells)} of {len(self.cells)} cells promised"]
        for cell in self.broken_cells:
            apart = "" if cell.ideal else " (not ideal)"
            said = f"R reaches {cell.best:.3g} at most, {cell.achieved_at:.3g} is needed"
            gaps = f"; cannot be bridged: {', '.join(cell.blocking)}" if cell.blocking else ""
            lines.append(f"{cell.cell}{apart}: {cell.outcome!r} cannot be reached: {said}{gaps}")
        if self._scores is None:
            return "\n".join(lines)
        for name, counts in (("Ideal segments", self.counts), ("Not ideal", self.apart)):
            if any(counts.values()):
                lines.append(
                    f"{name}: " + ", ".join(f"{count:,} {verdict}" for verdict, count in counts.items() if count)
                )
        return "\n".join(lines) + (f"\n\n{self.broken}" if len(self.broken) else "")

    def __repr__(self) -> str:
        return f"<Promises of {self.model.name!r}: {len(self.broken_cells)} cells cannot reach theirs>"


def promises(
    model: OutcomeModel | Scorer,
    customers: Any = None,
    *,
    value: str | Any | None = None,
    segment: str = "segment",
    stage: str = "stage",
    goal: str = "goal",
    id: str | None = None,  # noqa: A002 - as in Scorer.score
) -> Promises:
    """Say what is promised that cannot be reached, and to whom.

    Not to claim an outcome keeps the wrong customers away, which is good; to claim it and not to deliver loses them
    fast. `outcomegap.check` finds promises for which no path is left without a gap that cannot be bridged
    (``unreachable-promise``); this says how far each cell gets (R against ``achieved_at``), and which customers
    that concerns: a gap that cannot be bridged is in nobody's way who has bridged it already.

    Parameters
    ----------
    model
        The model, or a scorer of it.
    customers
        A frame, or `Scores` of this model; None for the cells alone.
    value
        A column, or one number a customer: what each is worth; orders those to whom a promise cannot be kept.
    segment, stage, goal, id
        What those columns are called, as in `Scorer.score`.

    Raises
    ------
    DataError
        If there is no model, the customers cannot be scored, or the value is none.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> law = og.SuccessGap("allowed by law", og.Measure("licence", low=0, high=1), floor=0, target=1, bridgeable=False)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales = og.RequiredOutcome("sales", needs=og.AllOf(calls, law), promised=True)
    >>> how = og.AppropriateExperience("how", expects=reply)
    >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, how)])
    >>> kept = promises(model, {"id": ["A", "B"], "calls": [0, 4], "licence": [1, 0], "reply_hours": [24, 24]})
    >>> kept.verdict.tolist(), [(row["id"], row["blocking"]) for row in kept.broken]
    (['can be kept', 'cannot be kept'], [('B', 'allowed by law')])
    >>> kept.broken_cells[0].cell
    'all/all'
    """
    if not isinstance(model, (OutcomeModel, Scorer)):
        raise DataError(f"promises: model is an og.OutcomeModel or an og.Scorer (got {model!r:.60})")
    scorer = model if isinstance(model, Scorer) else Scorer(model)
    check_names("promises", segment=segment, stage=stage, goal=goal, id=id)
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    if customers is None:
        if value is not None:
            raise DataError("promises: value names what customers are worth, and no customers are given")
        scores = None
    else:
        scores = scored(scorer, customers, "customers", called)
    return Promises(scorer.model, reach_of_cells(scorer), scores, value)
