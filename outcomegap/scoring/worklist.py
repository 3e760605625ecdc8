"""The worklist: customers in order of need, and for each what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.frames.arrays import objects
from outcomegap.scoring import sheets
from outcomegap.scoring.groups import AXES, names_of
from outcomegap.scoring.next_gaps import NextGaps, next_gaps
from outcomegap.scoring.wording import work_status

if TYPE_CHECKING:
    from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]

#: The parts of the list, in order.
WORK, NEED_DATA, SET_ASIDE = "in order of need", "need data", "set aside"


@attrs.frozen(eq=False)
class Choice:
    """What a worklist shows of each customer: a value, columns kept, and how many gaps."""

    value: Array | None
    keep: tuple[str, ...]
    top: int


def worklist_of(
    scores: ScoreViews,
    *,
    value: str | Any | None = None,
    keep: Sequence[str] | None = None,
    limit: int | None = None,
    top: int = 1,
) -> Worklist:
    """Put customers in order of need; what `Scores.worklist` does.

    Raises
    ------
    DataError
        If a column is not there, `value` holds text, or `limit` or `top` is no whole number that serves.
    """
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise DataError(f"limit is how many customers to list, or None for all (got {limit!r})")
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise DataError(f"top is how many gaps to show of each customer, 1 or more (got {top!r})")
    choice = Choice(scores.numbers(value), _kept(scores, keep), max(min(top, len(scores.model.steps)), 1))
    order = scores.order(choice.value)
    part = _parts(scores)[order]
    rows = np.concatenate([order[part == number] for number in range(3)])
    return Worklist(scores, rows, choice, limit=limit)


def _parts(scores: ScoreViews) -> Array:
    """Return for each customer 0 (has a score, or is overridden), 1 (needs data) or 2 (set aside)."""
    gap = scores._effective_gap if scores.overrides else scores.gap
    return np.where(scores.cell < 0, 2, np.where(np.isnan(gap), 1, 0))


def _kept(scores: ScoreViews, keep: Sequence[str] | None) -> tuple[str, ...]:
    if keep is None:
        inputs = scores.model.inputs
        return tuple(name for name in (inputs.keep if inputs else ()) if name in scores.table.names)
    names = tuple(dict.fromkeys([keep] if isinstance(keep, str) else keep))
    problems = scores.table.require(names)
    if problems:
        raise DataError.all("the scored frame lacks columns to keep", problems)
    return names


class Worklist:
    """Customers in order of need, and for each what to do next; made by `Scores.worklist`.

    It yields one dict a customer, with plain Python values. Nothing is worked out before it is asked for, and then
    only for the customers listed.

    Attributes
    ----------
    rows
        Positions of the listed customers in the scored frame.
    total
        How many customers there are in all, beyond the limit too.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> scores = og.Scorer(model).score(og.simulate(model, 200, seed=1))
    >>> first = next(iter(scores.worklist(limit=5)))
    >>> first["rank"], first["state"], first["score"] <= 100
    (1, 'failing', True)
    """

    def __init__(self, scores: ScoreViews, rows: Array, choice: Choice, *, limit: int | None, first: int = 1) -> None:
        self._scores, self._all, self._choice, self._first = scores, rows, choice, first
        self.rows: NDArray[np.int64] = rows[:limit]
        self.total = len(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return sheets.records(self.columns)

    def head(self, count: int) -> Worklist:
        """Return the first customers of the list."""
        return Worklist(self._scores, self._all, self._choice, limit=min(count, len(self)), first=self._first)

    @property
    def need_data(self) -> Worklist:
        """All customers who need data before they can be scored, beyond the limit too."""
        part = _parts(self._scores)[self._all]
        there = np.flatnonzero(part == 1)
        first = self._first + int(there[0]) if len(there) else self._first
        return Worklist(self._scores, self._all[there], self._choice, limit=None, first=first)

    @property
    def set_aside(self) -> int:
        """How many rows were set aside because of what they hold, beyond the limit too."""
        return int((self._scores.cell[self._all] < 0).sum())

    # Columns

    @cached_property
    def columns(self) -> dict[str, Array]:
        """The list as columns: see `to_frame`."""
        ids = {"rank": np.arange(len(self)) + self._first, self.id_name: self._scores.id[self.rows]}
        kept = {name: self._scores.table.values(column)[self.rows] for name, column in self.kept.items()}
        return ids | kept | self._told | self._scores._beside(self.rows)

    @cached_property
    def kept(self) -> dict[str, str]:
        """The columns kept: their names in the list -> in the scored frame."""
        told = {**self._told, **self._scores._beside(self.rows[:0])}
        there = [self._scores.id_column, *(axis for axis in AXES if axis in told)]
        keep = [name for name in self._choice.keep if name not in there]
        return {f"{name} (column)" if name in told or name == "rank" else name: name for name in keep}

    @property
    def id_name(self) -> str:
        """What the list calls the column that names a customer."""
        name = self._scores.id_column if self._scores.id_column is not None else "row"
        return f"{name} (column)" if name in self._told or name == "rank" else name

    @property
    def has_value(self) -> bool:
        """Whether it shows the value of each customer."""
        return self._choice.value is not None

    @property
    def top(self) -> int:
        """How many gaps it shows of each customer."""
        return self._choice.top

    @cached_property
    def _told(self) -> dict[str, Array]:
        """Everything but rank, id and columns kept."""
        value = {} if self._choice.value is None else {"value": self._choice.value[self.rows]}
        return self._cells() | self._score() | self._gaps() | self._lacking() | value

    @cached_property
    def _next(self) -> NextGaps:
        return next_gaps(self._scores, self.rows, self._choice.top)

    def _cells(self) -> dict[str, Array]:
        """Return segment, stage and goal, as far as the model has them, and whether the segment is ideal."""
        model, cells = self._scores.model, self._scores.cell[self.rows]
        named = {axis: [getattr(cell, axis) for cell in model.cells] for axis in AXES if names_of(model, axis)}
        if model.segments:
            ideal = {segment.name: segment.ideal for segment in model.segments}
            named["ideal"] = [ideal[cell.segment] for cell in model.cells]
        found = {axis: np.array([*names, None], dtype=object)[cells] for axis, names in named.items()}
        if "ideal" in found and (cells >= 0).all():
            found["ideal"] = found["ideal"].astype(bool)
        return found

    def _score(self) -> dict[str, Array]:
        scores, rows = self._scores, self.rows
        steps = np.append(scores.applies.sum(axis=1), 0)[scores.cell[rows]]
        met = self._next.met
        steps_met = [f"{m} of {n} met" if n else None for m, n in zip(met.tolist(), steps.tolist(), strict=True)]
        return {
            "section": np.array([WORK, NEED_DATA, SET_ASIDE], dtype=object)[_parts(scores)[rows]],
            "state": scores.state[rows].astype(object),
            "score": 100.0 * scores.desired[rows].astype(np.float64),
            "gap": scores.gap[rows],
            "met": met,
            "steps": steps,
            "steps_met": objects(steps_met),
        }

    def _gaps(self) -> dict[str, Array]:
        columns: dict[str, Array] = {}
        about = [(step.name, step.owner, step.remedy, work_status(step)) for step in self._scores.model.steps]
        told = np.array([*about, (None,) * 4], dtype=object)
        for number, step in enumerate(self._next.step):
            after = f"_{number + 1}" if number else ""
            columns[f"next_gap{after}"] = told[step, 0]
            columns[f"stands_at{after}"] = objects(self._scores.readings(self.rows, step).said())
            for column, name in enumerate(("owner", "remedy", "status"), start=1):
                columns[f"{name}{after}"] = told[step, column]
            columns[f"gain{after}"] = self._next.gain[number]
            columns[f"share{after}"] = self._next.share[number]
        return columns

    def _lacking(self) -> dict[str, Array]:
        names = np.array([*(step.name for step in self._scores.model.steps), None], dtype=object)
        return {
            "lacking": names[self._next.lacking],
            "lacking_column": self._scores.readings(self.rows, self._next.lacking).absent,
            "at_stake": self._next.at_stake,
            "missing": self._next.missing,
        }

    # Out

    def to_frame(self) -> Any:
        """Return the list as the same kind of frame that was scored, a row a customer.

        Its columns: ``rank``; the id; the columns kept; ``segment``, ``stage``, ``goal`` as the model has them, and
        whether the segment is ``ideal``; ``section`` (in order of need, need data, set aside); ``state``;
        ``score`` = 100 D, not rounded; ``gap``;
        ``met`` and ``steps``, and both as text in ``steps``; of the gap that comes first its name ``next_gap``,
        where it ``stands_at`` in its own unit, ``owner``, ``remedy``, ``status``, ``gain`` if closed (of D, in
        [0, 1]) and ``share`` of the gap (``next_gap_2`` and so on for more); the step on which most hangs of those
        that are ``lacking``, the column that is empty for it, what is ``at_stake`` (of D), how many are ``missing``;
        and ``value``, where one was given.
        """
        return self._scores.table.build(self.columns, index_like=False)

    def to_csv(self, path: str | Path | None = None, *, encoding: str = "utf-8") -> str | None:
        """Write the list as CSV, or return it as text.

        Text that a spreadsheet may take for a formula (it begins with ``=``, ``+``, ``-``, ``@`` or a control
        character) gets an apostrophe before it. Numbers are written in full.

        Parameters
        ----------
        path
            The file; None returns the text.
        encoding
            ``"utf-8-sig"`` is what Excel needs to tell that a CSV file holds UTF-8.
        """
        return sheets.to_csv(self.columns, path, encoding)

    def to_json(self, path: str | Path | None = None) -> str | None:
        """Write the list as a JSON array with an object a customer, or return it as text; what is missing is null."""
        return sheets.to_json(self.columns, path)

    def to_excel(self, path: str | Path) -> None:
        """Write the list as one sheet of an Excel workbook (extra ``excel``); text is never taken for a formula."""
        sheets.to_excel(self.columns, path, self._scores.model.name)

    def text(self, count: int = 20, *, width: int | None = None) -> str:
        """Return the first customers as a table for a terminal.

        Parameters
        ----------
        count
            How many customers with a score, and how many that need data, at most.
        width
            Columns to fit into; None means no limit.
        """
        from outcomegap.scoring.worklist_text import worklist_text

        return worklist_text(self, self._scores.model.name, count, width)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from outcomegap.scoring.worklist_text import worklist_html

        return worklist_html(self, self._scores.model.name, 20)

    def __repr__(self) -> str:
        return f"<Worklist of {len(self)} of {self.total} customers>"
