"""The worklist: customers in order of need, with the gaps to close first and the data to find out first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import whole
from outcomegap.frames.arrays import objects
from outcomegap.listing import Listing, Show, as_text, counted, named
from outcomegap.model import Step, SuccessGap
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.customers import AXES, NONE, axes_of
from outcomegap.scoring.groups import CHUNK, INEXACT, About, checked_notes
from outcomegap.scoring.states import MET, Override, names_of

Array = NDArray[Any]
#: Parts of a gap are compared after rounding to this many decimals; a part of 0 then counts as none.
DECIMALS = 12
#: The parts of the list, in order.
SECTIONS = WORK, NEED_DATA, SET_ASIDE = "in order of need", "need data", "set aside"
#: D counts from 0 to 1; people read points of 100.
POINTS = 100.0
#: Fewer points than these are shown as 0.0; what is said where the gain is so small.
LEAST = 0.05
ALONE = (
    "+0.0: closing that gap alone gains nothing, or next to nothing, as long as another step that the outcome needs "
    "stands at 0, or near it."
)
#: The columns about the first gap; those about the next ones have ``_2`` and so on after the name.
NEXT = ("next_gap", "stands_at", "owner", "remedy", "status", "gain", "share")


@attrs.frozen(eq=False)
class NextGaps:
    """For some customers, the gaps to close first and the data to find out first.

    Parameters
    ----------
    step
        Positions of steps, shape (top, customers); `NONE` where there are fewer gaps.
    share, gain
        For each of these steps: its share of the customer's gap, and what D gains if it alone is fully attained.
    lacking
        For each customer the missing step that matters most for D, or `NONE`.
    at_stake
        How much it matters: D with it fully attained minus D with it not attained.
    missing, met
        The number of steps in the cell that are missing, and that are fully attained.
    """

    step: NDArray[np.int64]
    share: Array
    gain: Array
    lacking: NDArray[np.int64]
    at_stake: Array
    missing: NDArray[np.int64]
    met: NDArray[np.int64]


def next_gaps(scores: CustomerColumns, rows: Array, top: int = 1) -> NextGaps:
    """Choose the gaps that come first.

    Only steps that are observed, not fully attained and part of the gap are considered. Their order is:

    1. the side that matters for the state in effect: the required outcome for a failing customer, the experience for a
       tolerating one, both for a successful one. If the state is uncertain, the state of R and E themselves decides. If
       R is unknown, as for some scorers from outside, no side goes first;
    2. gaps to work on, before gaps that cannot be bridged or whose status is "being closed" or "closed";
    3. the larger part of the gap (if parts are unknown, the larger gain if closed); if equal, the model's order.

    Customers without a score have no first gap: they need data.

    Parameters
    ----------
    scores
        All scores.
    rows
        Positions of the customers to consider.
    top
        The number of gaps for each customer.
    """
    pieces = [_some(scores, rows[start : start + CHUNK], top) for start in range(0, max(len(rows), 1), CHUNK)]
    each = zip(*(attrs.astuple(piece, recurse=False) for piece in pieces), strict=True)
    return NextGaps(*(np.concatenate(parts, axis=-1) for parts in each))


def _some(scores: CustomerColumns, rows: Array, top: int) -> NextGaps:
    found, share, gain = np.full((top, len(rows)), NONE), *np.full((2, top, len(rows)), np.nan)
    if not scores.model.steps:
        zero = np.zeros(len(rows), dtype=np.int64)
        return NextGaps(found, share, gain, np.full(len(rows), NONE), np.full(len(rows), np.nan), zero, zero)
    values = scores.step_values(rows, "attainment", "attribution", "gain", "unknown")
    reached, parts, gains, stake = (value.T for value in values)
    ranked = np.round(parts if scores.explains else gains, DECIMALS)
    scored, customers = ~np.isnan(scores.desired[rows]), np.arange(len(rows))
    order = np.where((reached < MET) & (ranked > 0) & scored, _tier(scores, rows) - ranked, np.inf)
    for place in range(top):
        step = order.argmin(axis=0)
        there = np.isfinite(order[step, customers])
        found[place] = np.where(there, step, NONE)
        np.divide(parts[step, customers], scores.gap[rows], out=share[place], where=there)
        gain[place] = np.where(there, gains[step, customers], np.nan)
        order[step, customers] = np.inf
    here = np.vstack([scores.applies, np.zeros((1, len(scores.model.steps)), dtype=bool)]).T[:, scores.cell[rows]]
    missing = here & np.isnan(reached)
    step = np.where(missing, np.round(np.nan_to_num(stake), DECIMALS), -1.0).argmax(axis=0)
    there = missing[step, customers]
    lacking = np.where(there, step, NONE)
    at_stake = np.where(there, np.maximum(stake[step, customers], 0.0), np.nan)
    return NextGaps(found, share, gain, lacking, at_stake, missing.sum(axis=0), (reached >= MET).sum(axis=0))


def _tier(scores: CustomerColumns, rows: Array) -> Array:
    """Return for each step and customer a rank, from 0 to 3, that counts before the part of the gap."""
    steps = scores.model.steps
    required = np.array([step.side == "required" for step in steps])[:, None]
    idle = np.array([work_status(step) != "open" for step in steps])[:, None]
    state, known = names_of(scores.point_codes[rows]).astype(object), ~np.isnan(scores.required[rows])
    for place in np.flatnonzero(np.isin(rows, list(scores.overrides))).tolist():
        state[place] = scores.overrides[int(rows[place])].state or state[place]
    other = ((state == "failing") & known & ~required) | ((state == "tolerating") & known & required)
    tier: Array = 2.0 * other + idle
    return tier


def work_status(step: Step) -> str:
    """Return the status of work on a step: ``open``, ``being closed``, ``closed``, ``cannot be bridged``."""
    if not isinstance(step, SuccessGap):
        return "open"
    return step.status if step.bridgeable else "cannot be bridged"


def worklist_of(
    scores: CustomerColumns, value: object, keep: Sequence[str] | None, limit: int | None, top: int
) -> Worklist:
    """Put customers in order of need, for `Scores.worklist`.

    Raises
    ------
    DataError
        If there is no such column, `value` holds text, or `limit` or `top` is out of range.
    """
    most = None if limit is None else whole("limit", limit)
    entries = Scored.of(scores, value, keep, top)
    order = scores.order(entries.value)
    rows = order[np.argsort(entries.sections[order], kind="stable")]
    return Worklist(entries, rows, np.bincount(entries.sections, minlength=len(SECTIONS)), limit=most)


@attrs.frozen(eq=False, slots=False)
class Entries(ABC):
    """All that a worklist tells of customers, by their positions.

    Parameters
    ----------
    about
        What is told of the scores.
    value_column
        The name of the column of values, if they are one.
    top
        The number of gaps of each customer.
    sections
        For each customer 0 (has a score, or is overridden), 1 (needs data) or 2 (set aside).
    places
        For each customer the row in the input.
    """

    about: About
    value_column: str | None
    top: int
    sections: NDArray[np.int64]
    places: NDArray[np.int64]

    @abstractmethod
    def own(self, rows: Array) -> dict[str, Array]:
        """Return the ids of some customers, and the columns kept."""

    @abstractmethod
    def told(self, rows: Array) -> dict[str, Array]:
        """Return the computed columns of some customers."""

    def overrides(self, rows: Array) -> list[Override | None]:
        """Return the overrides of some customers."""
        return [None] * len(rows)


@attrs.frozen(eq=False, slots=False)
class Scored(Entries):
    """The entries of scores; what they tell is computed for customers that are asked for.

    Parameters
    ----------
    scores
        The scores.
    value
        One number for each customer.
    keep
        Columns to show.
    """

    scores: CustomerColumns
    value: Array | None
    keep: tuple[str, ...]

    @classmethod
    def of(cls, scores: CustomerColumns, value: object, keep: Sequence[str] | None, top: int) -> Scored:
        """Check the choices of a worklist."""
        shown = max(min(whole("top", top, 1), len(scores.model.steps)), 1)
        column = value if isinstance(value, str) else None
        sections = np.where(scores.cell < 0, 2, np.where(np.isnan(scores.need[1]), 1, 0))
        common = About.of(scores), column, shown, sections, np.arange(len(scores))
        return cls(*common, scores, scores.numbers(value), scores.kept_columns(keep))

    def own(self, rows: Array) -> dict[str, Array]:
        scores = self.scores
        columns = {"row" if scores.id_column is None else scores.id_column: scores.id[rows]}
        return columns | {name: scores.table.values(name)[rows] for name in self.keep}

    def overrides(self, rows: Array) -> list[Override | None]:
        return [self.scores.overrides.get(row) for row in rows.tolist()]

    def told(self, rows: Array) -> dict[str, Array]:
        scores, model = self.scores, self.scores.model
        cells, steps, found = scores.cell[rows], scores.steps[rows], next_gaps(scores, rows, self.top)
        named_in = {axis: [getattr(cell, axis) for cell in model.cells] for axis in axes_of(model)}
        columns: dict[str, Array] = {axis: objects([*names, None])[cells] for axis, names in named_in.items()}
        if model.segments:
            ideal = {segment.name: segment.ideal for segment in model.segments}
            flags = objects([*(ideal[cell.segment] for cell in model.cells), None])[cells]
            columns["ideal"] = flags.astype(bool) if (cells >= 0).all() else flags
        columns |= {
            "section": objects(SECTIONS)[self.sections[rows]],
            "state": names_of(scores.state_codes[rows]).astype(object),
        }
        columns |= {"score": POINTS * scores.desired[rows].astype(np.float64), "gap": POINTS * scores.gap[rows]}
        met = zip(found.met.tolist(), steps.tolist(), strict=True)
        said_of = objects([f"{some} of {count} met" if count else None for some, count in met])
        columns |= {"met": found.met, "steps": steps, "steps_met": said_of}
        said = [(step.name, step.owner, step.remedy, work_status(step)) for step in model.steps]
        about = np.array([*said, (None,) * 4], dtype=object)
        for place, step in enumerate(found.step):
            name, *who = about[step].T
            each = (
                name,
                objects(scores.readings(rows, step).said()),
                *who,
                POINTS * found.gain[place],
                found.share[place],
            )
            columns |= {_of_place(column, place): values for column, values in zip(NEXT, each, strict=True)}
        columns |= {"lacking": about[found.lacking, 0], "at_stake": POINTS * found.at_stake, "missing": found.missing}
        columns["lacking_column"] = scores.readings(rows, found.lacking).absent
        columns |= {} if self.value is None else {"value": self.value[rows]}
        return columns | scores.override_columns(rows)


class Worklist(Listing):
    """Customers in order of need, with what to do next for each; made by `Scores.worklist`.

    It is a `Listing`: a sequence with one dict for each customer, of plain Python values. Columns are computed on first
    use, and only for the listed customers.

    Its columns: ``rank``; the id; the columns kept; ``segment``, ``stage``, ``goal`` if the model has them, and whether
    the segment is ``ideal``; ``section`` (in order of need, need data, set aside); ``state``; ``score`` and ``gap``, in
    points of 100, not rounded; ``met`` and ``steps``, and both as text in ``steps_met``; for the gap to close first,
    its name ``next_gap``, its value in its own unit (``stands_at``), ``owner``, ``remedy``, ``status``, ``gain`` if
    closed in points, and ``share`` of the gap in [0, 1] (``next_gap_2`` and so on for more); the missing step to find
    out first (``lacking``), its empty column (``lacking_column``), how many points it decides (``at_stake``), and the
    number of steps ``missing``; and ``value``, if one was given.

    Attributes
    ----------
    positions
        Positions of the listed customers in the scored frame.
    total
        The number of all customers, also those beyond the limit.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> scores = og.Scorer(model).score(og.simulate(model, 200, seed=1))
    >>> first = next(iter(scores.worklist(limit=5)))
    >>> first["rank"], first["state"], first["score"] <= 100
    (1, 'failing', True)
    """

    def __init__(
        self, entries: Entries, rows: Array, counts: Array, *, limit: int | None = None, start: int = 1
    ) -> None:
        super().__init__(entries.about.model.name, {}, like=entries.about.table)
        del self.columns  # computed on first use
        self._entries, self._all, self._counts, self._start = entries, rows, counts, start
        self._rows = rows[:limit]
        self.positions: NDArray[np.int64] = entries.places[self._rows]
        self.total = int(counts.sum())

    def __len__(self) -> int:
        return len(self.positions)

    def head(self, count: int) -> Worklist:
        """Return the first customers of the list."""
        return Worklist(self._entries, self._all, self._counts, limit=min(count, len(self)), start=self._start)

    @property
    def need_data(self) -> Worklist:
        """All customers who need data before they can be scored, also those beyond the limit."""
        there = self._all[self._entries.sections[self._all] == 1]
        return Worklist(self._entries, there, self._counts * [0, 1, 0], start=self._start + int(self._counts[0]))

    @property
    def set_aside(self) -> int:
        """The number of rows that were set aside for their problems, also those beyond the limit."""
        return int(self._counts[2])

    # Columns

    @cached_property
    def columns(self) -> dict[str, Array]:  # type: ignore[override]
        """The list as columns."""
        return {"rank": np.arange(len(self)) + self._start} | self._own | self._told

    @cached_property
    def _own(self) -> dict[str, Array]:
        """The ids of the customers, and the columns kept."""
        (who, ids), *kept = self._entries.own(self._rows).items()
        told = {"rank": None, **self._told}
        columns = {who: ids} | {name: values for name, values in kept if name not in AXES or name not in told}
        return {f"{name} (column)" if name in told else name: values for name, values in columns.items()}

    @cached_property
    def _told(self) -> dict[str, Array]:
        """The computed columns of each customer."""
        return self._entries.told(self._rows)

    # To read

    def renderable(self, first: int | None = None, *, width: int | None = None) -> Any:
        """Return the rich form: the first customers in order of need, and the first who need data."""
        return self._printed(first).renderable(width=width)

    def html(self, first: int | None = None) -> str:
        """Return the same as HTML; everything is escaped."""
        return self._printed(first).html()

    def _printed(self, first: int | None) -> Listing:
        """Return a listing of two parts, each with its first customers."""
        shown = min(self.first if first is None else first, len(self))
        lacking = self.need_data
        listed = {WORK: (self.total - lacking.total - self.set_aside, self), NEED_DATA: (lacking.total, lacking)}
        parts = {name: some.head(shown).section_listing(name, there) for name, (there, some) in listed.items() if there}
        about = self._entries.about
        notes = [f"{INEXACT}."] if about.explains and not about.exact else []
        notes += [*about.lost, *checked_notes(about.model)]
        for part in list(parts.values())[-1:]:
            part.notes += tuple(notes)  # below the rows, not above them
        title = f"{about.model.name}, worklist: {counted(self.total, 'customer')}"
        return Listing(title, {}, parts=parts, notes=() if parts else notes)

    def section_listing(self, section: str, there: int) -> Listing:
        """Return the customers of one section; a customer with several gaps has a row for each."""
        axes = [axis for axis in AXES if axis in self._told]
        column = self._entries.value_column
        value = column if column in self._own else "value"
        who, *kept = (Show(name, form=as_text, right=False) for name in self._own if name != value)
        cell = (*axes, *(["ideal"] if "ideal" in self._told else []))
        kept = [Show(value, "value", "number"), *kept] if "value" in self._told else kept
        kept = [Show("/".join(axes), cell, _cell, right=False), *kept] if axes else kept
        if section == NEED_DATA:
            columns = self.columns
            doing = [Show("find out first", "lacking"), Show("column", "lacking_column")]
            doing += [
                Show("at stake", "at_stake", "score"),
                Show("data missing", ("missing", "steps"), "{} of {}".format),
                Show("state"),
            ]
        else:
            columns = self._by_gap()
            doing = [Show("next gap", ("next_gap", "status"), _gap), Show("stands at", "stands_at")]
            doing += [Show("gain if closed", "gain", "gain"), Show("owner"), Show("remedy")]
            doing += [Show("state"), Show("score", form="score")]
            said = self._entries.overrides(self._rows)
            told = Show("override", "rank", lambda rank: str(said[rank - self._start] or ""), right=False)
            doing += [told] if any(said) else []
            kept += [Show("met", ("met", "steps"), "{} of {}".format), Show("share of gap", "share", "percent")]
            kept += [Show("find out", ("lacking", "at_stake"), lambda name, at: name if (at or 0.0) >= LEAST else None)]
        show = [Show("#", "rank"), who, *doing, *kept]
        heading = "In order of need" if section == WORK else "Need data before they can be scored"
        left = there - len(self)
        notes = [f"... and {left:,} more {section if section == WORK else f'that {section}'}."] if left > 0 else []
        notes += [ALONE] if section == WORK and (columns["gain"] < LEAST).any() else []
        return Listing(heading, columns, show=show, notes=notes, first=len(columns["rank"]))

    def _by_gap(self) -> dict[str, Array]:
        """Return the customers with a score, one row for each of their gaps."""
        gaps = {name: np.stack([self.columns[_of_place(name, at)] for at in range(self._entries.top)]) for name in NEXT}
        there = (gaps[NEXT[0]] != None) | (np.arange(self._entries.top) == 0)[:, None]  # noqa: E711 - each of them
        row, place = np.nonzero((there & (self.columns["section"] == WORK)).T)
        found = {name: values[row] for name, values in self.columns.items()}
        return found | {name: values[place, row] for name, values in gaps.items()}

    def __repr__(self) -> str:
        return f"<Worklist of {len(self)} of {self.total} customers>"


def _of_place(name: str, place: int) -> str:
    return f"{name}_{place + 1}" if place else name


def _cell(*parts: Any) -> str:
    *names, ideal = parts if isinstance(parts[-1], bool) else (*parts, True)
    return named("/".join(map(str, names)), ideal=ideal)


def _gap(name: str | None, status: str | None) -> str:
    return "-" if name is None else name if status == "open" else f"{name} ({status})"
