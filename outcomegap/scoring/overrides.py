"""Overrides: somebody who knows better says so, with a reason, a name and an end; what is computed stays beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import SHOWN, DataError, Problem, hint, nearest
from outcomegap.frames import wrap
from outcomegap.frames.arrays import is_null, plain_values
from outcomegap.model.frozenmap import FrozenMap
from outcomegap.scoring.states import STATES
from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]
Day = dt.date | str
#: Columns of a frame of overrides; state or score may be left out.
FIELDS = ("customer", "state", "score", "reason", "author", "until")
#: Among how many customers, the first, the nearest name is looked for.
NEAR = 10_000


def _day(value: Day) -> dt.date:
    """Turn a time, or ISO 8601 text, into its day; what cannot be is left for the checks."""
    if is_null(value):
        return None  # type: ignore[return-value]
    if isinstance(value, np.datetime64):
        value = value.astype("M8[D]").item()
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value.strip()).date()
        except ValueError:
            pass
    return value  # type: ignore[return-value]


@attrs.frozen
class Override:
    """What somebody says of one customer instead of the computed score, for a while.

    Parameters
    ----------
    customer
        What names the customer in the scores.
    state
        One of ``"failing"``, ``"tolerating"``, ``"uncertain"``, ``"successful"``.
    score
        D, in [0, 1]. State, score, or both.
    reason, author
        Why, and who says so.
    until
        The last day on which it holds: a date, or ISO 8601 text.

    Raises
    ------
    DataError
        With everything that is wrong.

    Examples
    --------
    >>> Override("Acme", state="failing", reason="their sponsor left", author="Sara", until="2026-03-31").until
    datetime.date(2026, 3, 31)
    """

    customer: Any
    state: str | None = attrs.field(default=None, kw_only=True)
    score: float | None = attrs.field(default=None, kw_only=True)
    reason: str = attrs.field(kw_only=True)
    author: str = attrs.field(kw_only=True)
    until: dt.date = attrs.field(kw_only=True, converter=_day)

    def __attrs_post_init__(self) -> None:
        problems = [Problem("override", message) for message in self._faults()]
        if problems:
            raise DataError.all(f"override of {self.customer!r:.60}", problems)

    def _faults(self) -> Iterable[str]:
        if is_null(self.customer) or (isinstance(self.customer, str) and not self.customer.strip()):
            yield "name the customer"
        elif not _hashable(self.customer):
            yield f"a customer is named by text, a number or a date, not by {self.customer!r:.60}"
        if self.state is None and self.score is None:
            yield "say a state, a score, or both"
        if self.state is not None and not (isinstance(self.state, str) and self.state in STATES):
            yield f"{self.state!r:.60} is no state{hint(self.state, STATES)}"
        number = isinstance(self.score, (int, float, np.integer, np.floating)) and not isinstance(
            self.score, (bool, np.timedelta64)
        )
        if self.score is not None and not (number and 0 <= self.score <= 1):
            more = f"; {self.score:g} of 100 is {self.score / 100:g}" if number and 1 < self.score <= 100 else ""
            yield f"score is D, a number in [0, 1] (got {self.score!r:.60}){more}"
        for field in ("reason", "author"):
            value = getattr(self, field)
            if not isinstance(value, str) or not value.strip():
                yield f"{field} must be text that is not blank (got {value!r:.60})"
        if not isinstance(self.until, dt.date):
            yield f"until is the last day on which it holds, such as '2026-03-31' (got {self.until!r:.60})"


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


Overrides = Mapping[int, Override]


def effective(computed: Array, overrides: Overrides, field: str) -> Array:
    """Return what holds: computed values, and in some rows what an override says."""
    values = computed.copy()
    for row, override in overrides.items():
        said = getattr(override, field)
        if said is not None:
            values[row] = said
    return values


def resolved(
    overrides: Any, names: Sequence[Any], as_of: Day, what: str
) -> tuple[Overrides, tuple[Override, ...], dt.date]:
    """Return which override holds in which row, those that are past, and the day.

    Raises
    ------
    DataError
        If one that holds names nobody, or two hold for one; or `as_of` is no day.
    """
    day = _day(as_of)
    if not isinstance(day, dt.date):
        raise DataError(f"{what}: as_of is a day, such as '2026-01-31' (got {as_of!r:.60})")
    listed = overrides_of(overrides, what)
    # One that is past asks for nobody: the customer may be gone.
    holding = [override for override in listed if override.until >= day]
    rows = _rows_of(names, {override.customer for override in holding}, what)
    found: dict[int, Override] = {}
    problems: list[Problem] = []
    for override in holding:
        here = rows.get(override.customer, [])
        if len(here) != 1:
            problems.append(_nobody(override, here, names if len(problems) < SHOWN else ()))
            continue
        known = found.setdefault(here[0], override)
        if known is not override:
            message = f"{override.customer!r:.60} is overridden by {known.author} and by {override.author}"
            problems.append(Problem("two-overrides", f"{message}; end one of them", value=str(override.customer)))
    if problems:
        raise DataError.all(what, problems)
    return held(found), tuple(override for override in listed if override.until < day), day


def held(overrides: Mapping[int, Override]) -> Overrides:
    """Return overrides by row as a mapping that never changes."""
    frozen: Any = FrozenMap(overrides)  # type: ignore[arg-type]
    return frozen  # type: ignore[no-any-return]


def _rows_of(names: Sequence[Any], wanted: set[Any], what: str) -> dict[Any, list[int]]:
    """Return the rows that some names stand in."""
    rows: dict[Any, list[int]] = {}
    try:
        for row, name in enumerate(names):
            if name in wanted:
                rows.setdefault(name, []).append(row)
    except TypeError as error:
        raise DataError(f"{what}: customers are named by lists or the like; a name is text or a number") from error
    return rows


def _nobody(override: Override, here: list[int], names: Sequence[Any]) -> Problem:
    who = override.customer
    if here:
        return Problem(
            "repeated-id", f"customer {who!r:.60} stands in rows {here[:5]}; which is meant?", value=str(who)
        )
    alike = [name for name in names if type(name) is not type(who) and str(name) == str(who)]
    if alike:
        kinds = f"there names are of type {type(alike[0]).__name__}, this is of type {type(who).__name__}"
        message = f"there is no customer {who!r:.60}: {kinds}"
        return Problem("unknown-customer", message, value=str(who), suggestion=str(alike[0]))
    known = [str(name) for name in names[:NEAR]]
    near = nearest(who, known)
    message = f"there is no customer {who!r:.60}{hint(who, known if near is None else [near])}"
    return Problem("unknown-customer", message, value=str(who), suggestion=near)


def overrides_of(given: Any, what: str) -> tuple[Override, ...]:
    """Take overrides: a list of them, or any data frame with the columns `FIELDS`.

    Raises
    ------
    DataError
        With every problem; those of a frame name its row.
    """
    if isinstance(given, Override):
        raise DataError(f"{what}: give a list of overrides, [{given.customer!r:.60}, ...]")
    if isinstance(given, (list, tuple)) and all(isinstance(item, Override) for item in given):
        return tuple(given)
    table = wrap(given)
    lacking = table.require(name for name in FIELDS if name not in ("state", "score"))
    if lacking:
        raise DataError.all(f"{what}: the frame of overrides", lacking)
    columns = {name: plain_values(table.values(name)) for name in FIELDS if name in table.names}
    made: list[Override] = []
    problems: list[Problem] = []
    for row, values in enumerate(zip(*columns.values(), strict=True)):
        try:
            made.append(Override(**dict(zip(columns, values, strict=True))))
        except DataError as error:
            problems += [Problem(p.rule, f"row {row}: {p.message}", rows=(row,), count=1) for p in error.problems]
    if problems:
        raise DataError.all(f"{what}: the frame of overrides", problems)
    return tuple(made)


def told(overrides: Mapping[int, Override], size: int, holds: Mapping[str, Array]) -> dict[str, Array]:
    """Return columns of overrides, by place, around those of what holds."""
    columns: dict[str, Array] = {"override": np.zeros(size, dtype=bool), **holds}
    columns["override_state"] = np.full(size, None, dtype=object)
    columns["override_score"] = np.full(size, np.nan)
    columns |= {f"override_{name}": np.full(size, None, dtype=object) for name in ("reason", "author")}
    columns["override_until"] = np.full(size, np.datetime64("NaT", "D"))
    for place, override in overrides.items():
        columns["override"][place] = True
        for name in ("state", "score", "reason", "author", "until"):
            if getattr(override, name) is not None:
                columns[f"override_{name}"][place] = getattr(override, name)
    return columns


def header_of(scores: ScoreViews) -> dict[str, Any] | None:
    """Return the overrides of scores as plain data to save, None where there are none."""
    if scores.as_of is None:
        return None
    rows = [(row, override) for row, override in scores.overrides.items()]
    if scores.expired:
        place = {name: row for row, name in enumerate(plain_values(scores.id))}
        rows += [(place[override.customer], override) for override in scores.expired if override.customer in place]
    return {"as_of": scores.as_of.isoformat(), "said": [{"row": row, **_plain(override)} for row, override in rows]}


def restored(scores: Any, header: Mapping[str, Any] | None) -> Any:
    """Return scores with the overrides that `header_of` made of them.

    Raises
    ------
    DataError, KeyError, TypeError, ValueError, IndexError
        If that is not what the header holds.
    """
    if header is None:
        return scores
    ids = plain_values(scores.id)
    said = []
    for each in header["said"]:
        if type(each["row"]) is not int or not 0 <= each["row"] < len(ids):
            raise ValueError(f"there is no row {each['row']!r:.60}")
        said.append(Override(ids[each["row"]], **{name: each[name] for name in FIELDS if name != "customer"}))
    return scores.with_overrides(said, as_of=header["as_of"])


def _plain(override: Override) -> dict[str, Any]:
    score = None if override.score is None else float(override.score)
    said = {"state": override.state, "score": score, "reason": override.reason, "author": override.author}
    return said | {"until": override.until.isoformat()}
