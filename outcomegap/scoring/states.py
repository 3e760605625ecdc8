"""States of success, the order of need (docs/meaning, clause 2.6), and overrides by people, with a last day."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, among, number_of
from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.frames.arrays import is_null, plain_values
from outcomegap.model.declaration import FrozenMap

Array = NDArray[Any]
Codes = NDArray[np.int8]

#: In order of need. A row that was set aside has no state.
STATES = ("failing", "tolerating", "uncertain", "successful")
FAILING, TOLERATING, UNCERTAIN, SUCCESSFUL = range(4)
#: Tolerance in comparing R and E with their thresholds.
TOLERANCE = 1e-9
#: An attainment this close to 1 counts as met.
MET = 1.0 - TOLERANCE
Day = dt.date | str
#: The fields of an override that frames show, and the value where there is no override.
BLANK = {"state": None, "score": np.nan, "reason": None, "author": None, "until": np.datetime64("NaT", "D")}
#: Columns of a frame of overrides; state or score may be left out.
FIELDS = ("customer", *BLANK)
#: The nearest name is looked for among this many customers, the first ones.
NEAR = 10_000


def state_codes(required: Array, experience: Array, achieved_at: Array, appropriate_at: Array) -> Codes:
    """Return the state at (R, E): failing without R, tolerating with R alone, successful with both.

    NaN in either is uncertain.

    Examples
    --------
    >>> r, e = np.array([1.0, 0.5, 1.0]), np.array([0.4, 1.0, 0.9])
    >>> [STATES[c] for c in state_codes(r, e, np.full(3, 0.8), np.full(3, 0.8))]
    ['tolerating', 'failing', 'successful']
    """
    achieved = required >= achieved_at - TOLERANCE
    both = experience >= appropriate_at - TOLERANCE
    both &= achieved
    # failing 0, tolerating 1, successful 3
    codes: Codes = achieved.view(np.int8) + both.view(np.int8)
    codes += both.view(np.int8)
    unknown = np.isnan(required) | np.isnan(experience)
    if unknown.any():
        codes[unknown] = UNCERTAIN
    return codes


def names_of(codes: Any) -> Any:
    """Return the name of a state, or of many; None for a row that was set aside, whose code is below 0."""
    if isinstance(codes, int):
        return STATES[codes]
    if (codes < 0).any():
        return np.array([*STATES, None], dtype=object)[codes]
    return np.array(STATES).take(codes)


def place_of(names: Array) -> NDArray[np.int64]:
    """Return the codes of named states; -1 for None.

    Examples
    --------
    >>> place_of(np.array(["successful", None, "failing"], dtype=object)).tolist()
    [3, -1, 0]
    """
    place = {name: code for code, name in enumerate(STATES)} | {None: -1}
    return np.array([place[name] for name in names.tolist()], dtype=np.int64)


def order_of_need(states: Array, gap: Array, value: Array | None = None) -> NDArray[np.int64]:
    """Return positions in order of need: by state, then the larger gap, then the larger value.

    Customers without a gap (too little data) come last, in their own order. Customers without a state (below 0) are
    placed with the uncertain ones. `value` may hold NaN, which counts as the smallest.

    Examples
    --------
    >>> order_of_need(np.array([TOLERATING, FAILING]), np.array([0.6, 0.5])).tolist()
    [1, 0]
    """
    return np.lexsort(keys_of_need(states, gap, value)[::-1])


def keys_of_need(states: Array, gap: Array, value: Array | None = None) -> tuple[Array, ...]:
    """Return the keys of `order_of_need`, the first first, smaller before larger."""
    worth = np.zeros(len(gap)) if value is None else np.nan_to_num(np.asarray(value, dtype=np.float64), nan=-np.inf)
    place = np.where(states < 0, UNCERTAIN, states)  # the row was set aside, and only its score is overridden
    return np.isnan(gap), place, -np.nan_to_num(gap), -worth


# Overrides: a person replaces a state or score, with a reason, a name and a last day; the computed value stays too


def _day(value: object) -> Any:
    """Turn a time, or ISO 8601 text, into its day; an invalid value is left for the checks."""
    if is_null(value):
        return None
    if isinstance(value, np.datetime64):
        value = value.astype("M8[D]").item()
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = dt.datetime.fromisoformat(value.strip())
    return value.date() if isinstance(value, dt.datetime) else value


@attrs.frozen
class Override:
    """A state or score that a person gives one customer instead of the computed one, for a while.

    Parameters
    ----------
    customer
        The customer's id in the scores.
    state
        One of ``"failing"``, ``"tolerating"``, ``"uncertain"``, ``"successful"``.
    score
        D, in [0, 1]. Give a state, a score, or both.
    reason, author
        The reason, and the person who overrides.
    until
        The last day on which it applies: a date, or ISO 8601 text.

    Raises
    ------
    DataError
        With every problem.

    Examples
    --------
    >>> said = Override("Acme", state="failing", reason="their sponsor left", author="Sara", until="2026-03-31")
    >>> said.until
    datetime.date(2026, 3, 31)
    >>> print(said)
    failing: their sponsor left (Sara, until 2026-03-31)
    """

    customer: Any
    state: str | None = attrs.field(default=None, kw_only=True)
    score: float | None = attrs.field(default=None, kw_only=True)
    reason: str = attrs.field(kw_only=True)
    author: str = attrs.field(kw_only=True)
    until: dt.date = attrs.field(kw_only=True, converter=_day)

    def __attrs_post_init__(self) -> None:
        checks, score = Checks(f"override of {self.customer!r:.60}"), number_of(self.score)

        def need(field: str, message: str, options: Sequence[str] | None = None, *, holds: bool) -> None:
            value = getattr(self, field)
            if not holds:
                checks.problem("override", f"{message} (got {value!r:.60})", field, value, options=options)

        named = not is_null(self.customer) and bool(str(self.customer).strip())
        need("customer", "name the customer", holds=named)
        need("state", "give a state, a score, or both", holds=self.state is not None or score is not None)
        if self.state is not None:
            need("state", "there is no such state", STATES, holds=among(self.state, STATES))
        if self.score is not None:
            points = f"; {score:g} of 100 is {score / 100:g}" if score is not None and 1 < score <= 100 else ""
            need("score", f"score must be a number in [0, 1]{points}", holds=score is not None and 0 <= score <= 1)
        for field in ("reason", "author"):
            said = getattr(self, field)
            need(field, f"{field} must be text and not blank", holds=isinstance(said, str) and bool(said.strip()))
        until = "until must be the last day on which it applies, such as '2026-03-31'"
        need("until", until, holds=isinstance(self.until, dt.date))
        checks.done()

    def __str__(self) -> str:
        score = None if self.score is None else f"score {100 * self.score:g}"
        said = ", ".join(filter(None, (self.state, score)))
        return f"{said}: {self.reason} ({self.author}, until {self.until.isoformat()})"

    def to_dict(self) -> dict[str, Any]:
        """Return its fields as plain data, without the customer."""
        said = {name: getattr(self, name) for name in BLANK}
        score = None if self.score is None else float(self.score)
        return said | {"score": score, "until": self.until.isoformat()}


Overrides = Mapping[int, Override]


def effective(computed: Array, overrides: Overrides, field: str) -> Array:
    """Return the values in effect: the computed ones, replaced in rows with an override."""
    values = computed.copy()
    for row, override in overrides.items():
        said = getattr(override, field)
        if said is not None:
            values[row] = said
    return values


def rows_named(names: Sequence[Any], wanted: Collection[Any]) -> dict[Any, list[int]]:
    """Return the rows of each name, for the wanted names that occur."""
    rows: dict[Any, list[int]] = {}
    for row, name in enumerate(names):
        if isinstance(name, Hashable) and name in wanted:
            rows.setdefault(name, []).append(row)
    return rows


def resolved(
    overrides: object, names: Sequence[Any], as_of: Day, what: str
) -> tuple[Overrides, tuple[Override, ...], dt.date]:
    """Return the override that applies in each row, the expired overrides, and the day.

    An expired override is ignored, even if its customer is gone.

    Raises
    ------
    DataError
        If an override in effect names an unknown customer, two apply to one customer, or `as_of` is not a day.
    """
    day = _day(as_of)
    if not isinstance(day, dt.date):
        raise DataError(f"{what}: as_of must be a day, such as '2026-01-31' (got {as_of!r:.60})")
    listed = overrides_of(overrides, what)
    holding = [override for override in listed if override.until >= day]
    rows = rows_named(names, {override.customer for override in holding})
    found: dict[int, Override] = {}
    checks = Checks(what)
    for override in holding:
        who, here = override.customer, rows.get(override.customer, [])
        if not here:
            alike = [name for name in names if type(name) is not type(who) and str(name) == str(who)][:1]
            kinds = (
                f": there ids have type {type(alike[0]).__name__}, this one has type {type(who).__name__}"
                if alike
                else ""
            )
            near, message = map(str, alike or names[:NEAR]), f"there is no customer {who!r:.60}{kinds}"
            checks.problem("unknown-customer", message, value=str(who), options=near)
        elif len(here) > 1:
            checks.problem("repeated-id", f"customer {who!r:.60} occurs in several rows", value=str(who), rows=here)
        elif (known := found.setdefault(here[0], override)) is not override:
            message = f"{who!r:.60} is overridden by {known.author} and by {override.author}; end one of them"
            checks.problem("two-overrides", message, value=str(who))
    checks.done()
    kept: Any = FrozenMap(found)  # type: ignore[arg-type]
    return kept, tuple(override for override in listed if override.until < day), day


def overrides_of(given: object, what: str) -> tuple[Override, ...]:
    """Take overrides: a list of them, or any data frame with the columns in `FIELDS`.

    Raises
    ------
    DataError
        With every problem; a problem of a frame names its row.
    """
    if isinstance(given, (list, tuple)) and all(isinstance(item, Override) for item in given):
        return tuple(given)
    table = wrap(given)
    checks = Checks(f"{what}: the frame of overrides")
    checks.problems += table.require(name for name in FIELDS if name not in ("state", "score"))
    checks.done()
    columns = {name: plain_values(table.values(name)) for name in FIELDS if name in table.names}
    made: list[Override] = []
    for row, values in enumerate(zip(*columns.values(), strict=True)):
        try:
            made.append(Override(**dict(zip(columns, values, strict=True))))
        except DataError as error:
            for wrong in error.problems:
                checks.problems.append(attrs.evolve(wrong, message=f"row {row}: {wrong.message}", rows=(row,), count=1))
    checks.done()
    return tuple(made)


def override_columns(overrides: Overrides, size: int, holds: Mapping[str, Array]) -> dict[str, Array]:
    """Return columns of overrides, by row, with the values in effect."""
    said = {f"override_{name}": effective(np.full(size, blank), overrides, name) for name, blank in BLANK.items()}
    return {"override": np.isin(np.arange(size), list(overrides)), **holds, **said}
