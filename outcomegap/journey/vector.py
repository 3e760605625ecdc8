"""The success vector: in which direction customers are going, and what it is worth if they get there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs

from outcomegap.checks import among, number_of
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.frames import MADE, Table, make_frame, text_table
from outcomegap.journey.milestone import Milestones, Shares
from outcomegap.listing import as_column, counted

#: Share -> its two ends.
Ends = Mapping[str, tuple[float, float]]
#: More customers than anybody has.
MOST = 10**15


@attrs.frozen
class VectorStep:
    """The customers who have one milestone before them.

    Parameters
    ----------
    milestone
        The one they go to.
    customers
        How many they are, those who are `past` among them.
    value
        What one of them spends more who reaches it.
    share
        Which share of them reaches it, without those who are `past`; NaN where that is not known, or no one is left.
    size
        (customers - past) x value x share.
    low, high
        The size at the ends of the share's interval; NaN where the share has none.
    past
        How many have waited before it for as long as the window of the share, or longer: nothing is expected of them.
    """

    milestone: str
    customers: int
    value: float
    share: float
    size: float
    low: float
    high: float
    past: int = 0


@attrs.frozen
class SuccessVector:
    """Direction and size of success: made by `success_vector`.

    Parameters
    ----------
    steps
        One for each milestone.
    done
        How many customers have reached the last one.
    per
        The period of the values; None where nobody said it.
    like
        The frame from which the customers were counted, where they were; `to_frame` makes one of its kind.
    """

    steps: tuple[VectorStep, ...]
    done: int
    per: str | None
    like: Table | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def direction(self) -> str | None:
        """The milestone on which most value hangs; None where none does."""
        most = max(self.steps, key=lambda step: 0.0 if math.isnan(step.size) else step.size)
        return most.milestone if most.size > 0 else None

    @property
    def size(self) -> float:
        """What all steps are worth together a period; NaN where a share that matters is not known."""
        return math.fsum(step.size for step in self.steps if step.customers)

    @property
    def low(self) -> float:
        """The sizes at the lower ends of all shares together: no less likely than all of them at once."""
        return math.fsum(step.low for step in self.steps if step.customers)

    @property
    def high(self) -> float:
        """The sizes at the upper ends of all shares together."""
        return math.fsum(step.high for step in self.steps if step.customers)

    def to_frame(self, kind: str | None = None) -> Any:
        """Return a row a milestone, the same kind of frame as the events that came in, a dict where none did.

        Parameters
        ----------
        kind
            ``"dict"``, ``"pandas"``, ``"polars"`` or ``"pyarrow"``, where it is to be of another kind.

        Raises
        ------
        DataError
            If `kind` is none of these.
        EngineError
            If that library is not installed.
        """
        if kind is not None and not isinstance(kind, str):
            raise DataError(f"kind must be one of {', '.join(map(repr, MADE))} (got {kind!r:.60})")
        names = [field.name for field in attrs.fields(VectorStep)]
        columns = {name: as_column([getattr(step, name) for step in self.steps]) for name in names}
        if kind is None and self.like is not None:
            return self.like.build(columns, index_like=False)
        return make_frame(columns, "dict" if kind is None else kind)

    def __str__(self) -> str:
        customers, past = (sum(getattr(step, name) for step in self.steps) for name in ("customers", "past"))
        size = "size" if self.per is None else f"a {self.per}"
        heads = ["next milestone", "customers", "past", "value each", "share", size, "from", "to"]
        rows = [
            [step.milestone, f"{step.customers:,}", f"{step.past:,}", money(step.value), _share(step.share)]
            + [money(part) for part in (step.size, step.low, step.high)]
            for step in self.steps
        ]
        rows.append(["all", f"{customers:,}", f"{past:,}", "", "", *map(money, (self.size, self.low, self.high))])
        if not past:
            heads, *rows = [_without(heads.index("past"), row) for row in (heads, *rows)]
        said = [text_table(heads, rows, align=["l", *["r"] * (len(heads) - 1)]), f"Direction: {self.direction or '-'}"]
        if past:
            said.append(f"Past the window: {counted(past, 'customer')}, of whom nothing is expected.")
        if self.done:
            said.append(f"{counted(self.done, 'customer has', 'customers have')} reached the last milestone.")
        return "\n".join(said)


def success_vector(
    milestones: Milestones,
    customers: int | Mapping[str | None, int],
    share: Shares = 1.0,
    *,
    intervals: Ends | None = None,
) -> SuccessVector:
    """Return where customers are going, and what it is worth: customers x value x share, step by step.

    Parameters
    ----------
    milestones
        The steps, in order, each with its expansion value.
    customers
        How many stand where: the milestone they have reached (None: none yet) -> how many; or one number, all of whom
        have reached none.
    share
        Which share takes the next step: one number in [0, 1] for all, or next milestone -> number. A milestone that is
        left out has a share that is not known.
    intervals
        Next milestone -> lower and upper end of its share.

    Raises
    ------
    DataError
        If a milestone is none of these, a count is no whole number of 0 or more, or a share is not in [0, 1].

    Examples
    --------
    A hundred customers whose next step is worth 1,000 a year each, of whom 90 % take it:

    >>> from outcomegap.journey.milestone import Milestone
    >>> vector = success_vector(Milestones([Milestone("first goal", 1_000)]), 100, share=0.9)
    >>> vector.size, vector.direction
    (90000.0, 'first goal')
    """
    if not isinstance(milestones, Milestones):
        raise DataError(f"success_vector: milestones is an og.journey.Milestones (got {milestones!r:.60})")
    problems: list[Problem] = []
    counts = _counts(milestones, customers, problems)
    shares = _shares(milestones, share, problems)
    ends = _ends(milestones, intervals, problems)
    if problems:
        raise DataError.all("success_vector", problems)
    steps = []
    for place, milestone in enumerate(milestones):
        before = milestones.names[place - 1] if place else None
        there = counts.get(before, 0)
        worth = there * milestone.value
        low, high = ends.get(milestone.name, (math.nan, math.nan))
        part = shares.get(milestone.name, math.nan)
        sizes = (0.0,) * 3 if not worth else (worth * part, worth * low, worth * high)
        steps.append(VectorStep(milestone.name, there, milestone.value, part, *sizes))
    return SuccessVector(tuple(steps), counts.get(milestones.names[-1], 0), milestones.per)


def _counts(milestones: Milestones, given: Any, problems: list[Problem]) -> dict[str | None, int]:
    table = given if isinstance(given, Mapping) else {None: given}
    found: dict[str | None, int] = {}
    for name, count in table.items():
        if name is not None and not among(name, milestones.names):
            problems.append(_unknown("customers", name, milestones))
        elif number_of(count) is None or count != int(count) or not 0 <= count < MOST:
            message = f"customers: {name!r} must be a whole number of 0 or more (got {count!r:.60})"
            problems.append(Problem("count", message, value=str(count)))
        else:
            found[name] = int(count)
    return found


def _shares(milestones: Milestones, given: Any, problems: list[Problem]) -> dict[str, float]:
    table = given if isinstance(given, Mapping) else dict.fromkeys(milestones.names, given)
    found: dict[str, float] = {}
    for name, part in table.items():
        if not among(name, milestones.names):
            problems.append(_unknown("share", name, milestones))
        elif not _in_unit(part):
            message = f"share: {name!r} must be a number in [0, 1] (got {part!r:.60})"
            problems.append(Problem("share", message, value=str(part)))
            if not isinstance(given, Mapping):
                break
        else:
            found[name] = float(part)
    return found


def _ends(milestones: Milestones, given: Any, problems: list[Problem]) -> dict[str, tuple[float, float]]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        problems.append(Problem("intervals", f"intervals says milestone -> (low, high) (got {given!r:.60})"))
        return {}
    found: dict[str, tuple[float, float]] = {}
    for name, pair in given.items():
        fine = isinstance(pair, (tuple, list)) and len(pair) == 2 and all(map(_in_unit, pair)) and pair[0] <= pair[1]
        if not among(name, milestones.names):
            problems.append(_unknown("intervals", name, milestones))
        elif not fine:
            message = f"intervals: {name!r} must be two shares in order (got {pair!r:.60})"
            problems.append(Problem("intervals", message, value=str(pair)))
        else:
            found[name] = (float(pair[0]), float(pair[1]))
    return found


def _in_unit(value: object) -> bool:
    number = number_of(value)
    return number is not None and 0 <= number <= 1


def _unknown(argument: str, name: object, milestones: Milestones) -> Problem:
    message = f"{argument}: no milestone {name!r:.60}{hint(name, milestones.names)}"
    return Problem("unknown-milestone", message, value=str(name), suggestion=nearest(name, milestones.names))


def _without(place: int, row: list[str]) -> list[str]:
    return row[:place] + row[place + 1 :]


def money(value: float) -> str:
    """Return an amount for people.

    Examples
    --------
    >>> money(90000.0), money(float("nan"))
    ('90,000', '-')
    """
    return "-" if math.isnan(value) else f"{value:,.0f}"


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.3g} %"
