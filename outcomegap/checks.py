"""The one collector of problems: check values, note what is wrong with each, and raise all problems at once."""

from __future__ import annotations

import math
import reprlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeGuard, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import SHOWN, DataError, Finding, ModelError, Problem, Severity, hint, nearest, nearest_first

T = TypeVar("T")
Mask = NDArray[np.bool_]
#: Once so many names were compared, messages give no nearest name: comparing is slow.
PATIENCE = 10_000
#: The types of numbers, of Python and of NumPy.
NUMBERS = (int, float, Decimal, Fraction, np.integer, np.floating)


@attrs.define(eq=False)
class Checks:
    """Collects the problems of a model (`Finding`) or of data (`Problem`).

    Parameters
    ----------
    what
        The name of the check; the error begins with it.
    where
        The path of the object in the model; it is put before the place of each finding.
    findings, problems
        The problems so far; a `Checks` made by `at` shares them.
    bad
        The rows with a problem, where rows were given by a mask or `bad` was given.
    names
        A function that returns the ids of the rows; messages name rows by id instead of by position.
    places
        The position of each row in the source, where rows of the source are not looked at.

    Examples
    --------
    >>> checks = Checks("catalogue", "entries.budget")
    >>> checks.one_of("owner", "vender", ("vendor", "customer"))
    'vender'
    >>> print(checks.findings[0])
    error: entries.budget.owner: cannot be 'vender' (did you mean 'vendor'?) [unknown-value]
    """

    what: str = ""
    where: str = ""
    findings: list[Finding] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)
    bad: Mask | None = None
    names: Callable[[], Any] | None = None
    places: NDArray[np.int64] | None = None
    _patience: list[int] = attrs.field(factory=lambda: [PATIENCE])
    _said: list[tuple[str, str, Any]] = attrs.field(factory=list)

    def at(self, where: str) -> Checks:
        """Return a collector that shares the lists and puts its findings below `where`."""
        return Checks(self.what, join(self.where, where), self.findings, self.problems, patience=self._patience)

    # Problems

    def finding(self, rule: str, where: str, message: str, severity: Severity = "error", count: int = 0) -> None:
        """Note one problem of a model, or of so many rows."""
        self.findings.append(Finding(rule, join(self.where, where) or "file", message, severity, count))

    def problem(
        self,
        rule: str,
        message: str,
        column: str | None = None,
        value: Any = None,
        *,
        rows: Any = None,
        concerns: Any = None,
        options: Iterable[str] | None = None,
        called: Callable[[], Any] | None = None,
    ) -> None:
        """Note one problem of data; without rows it concerns all rows.

        `rows` is a mask over all rows, or the positions of some. The message counts and names them, and they are
        added to `bad`. If they are rows of another table, `concerns` gives the positions to add, and `called` what
        they are called. `options` are the valid names; the message suggests the nearest.
        """
        positions: Any = ()
        plain = message
        if rows is not None:
            positions = np.asarray(rows)
            if positions.dtype == np.bool_:
                if not positions.any():
                    return
                self.bad = np.zeros(len(positions), dtype=bool) if self.bad is None else self.bad
                positions = np.flatnonzero(positions)
            message += in_rows(positions, self.names if called is None and concerns is None else called)
            concerned = positions if concerns is None else concerns
            if self.bad is not None:
                self.bad[concerned] = True
                self._said.append((plain, _named(rule, column), concerned))
            if concerns is None and self.places is not None:
                positions = self.places[positions]
        shown, (said, near) = tuple(int(row) for row in positions[:SHOWN]), self.suggestion(value, options or ())
        self.problems.append(Problem(rule, message + said, column, value, shown, len(positions), near))

    def within(
        self,
        said: str,
        column: str,
        values: NDArray[np.floating[Any]],
        low: float | None,
        high: float | None,
        unit: str | None = None,
    ) -> int:
        """Note finite numbers of a column that are outside its limits; return how many there are."""
        outside = 0
        for limit, sign, how, end in ((low, 1, "below", "least"), (high, -1, "above", "most")):
            if limit is None or not np.fmin.reduce(sign * values, initial=np.inf) < sign * limit:
                continue
            if (wrong := (sign * values < sign * limit) & np.isfinite(values)).any():
                first = float(values[wrong][0])
                worst = f"{first:g} {unit}" if unit else f"{first:g}"
                message = f"{said} holds {worst}, {how} {limit:g}, the {end} that {column!r} can be"
                self.problem("out-of-range", message, column, first, rows=wrong)
                outside += int(wrong.sum())
        return outside

    def known_problem(self, problem: Problem, rows: Any, size: int) -> None:
        """Note a problem of some rows, by position, of so many; its message is said as it is."""
        self.bad = np.zeros(size, dtype=bool) if self.bad is None else self.bad
        self.bad[rows] = True
        self._said.append((problem.message, _named(problem.rule, problem.column), rows))
        self.problems.append(problem)

    def reasons(self) -> list[str]:
        """Return the problem of each row in `bad`, in their order."""
        return list(self._by_row((message, rows) for message, _, rows in self._said).values())

    def rules(self) -> dict[int, str]:
        """Return the rules, each with its column, that the rows in `bad` break: row -> text."""
        return self._by_row((name, rows) for _, name, rows in self._said)

    def _by_row(self, said: Iterable[tuple[str, Any]]) -> dict[int, str]:
        bad = () if self.bad is None else np.flatnonzero(self.bad).tolist()
        texts: dict[int, list[str]] = {row: [] for row in bad}
        for text, rows in said:
            for row in dict.fromkeys(np.asarray(rows).tolist()):
                texts[row].append(text)
        return {row: "; ".join(dict.fromkeys(listed)) for row, listed in texts.items()}

    def attempt(self, make: Callable[[], T], where: str | None = None) -> T | None:
        """Return the result of `make`, or None if it raises; its findings and problems are noted.

        With `where`, findings are noted at that place instead of their own.
        """
        try:
            return make()
        except ModelError as error:
            said = error.findings or (Finding("model", where or self.what, str(error)),)
            for finding in said:
                if where is None:
                    self.findings.append(finding)
                else:
                    self.finding(finding.rule, where, finding.message, finding.severity)
        except DataError as error:
            self.problems.extend(error.problems or (Problem("data", str(error)),))
        return None

    def hint(self, name: object, options: Iterable[str]) -> str:
        """Return a hint at the nearest valid name, unless too many names were compared already."""
        return self.suggestion(name, options)[0]

    def suggestion(self, name: object, options: Iterable[str]) -> tuple[str, str | None]:
        """Return a hint at the nearest valid name, and that name."""
        if self._patience[0] <= 0:
            return "", None
        known = list(options)
        self._patience[0] -= len(known)
        return hint(name, known), nearest(name, known)

    def done(self, *, set_aside: bool = False) -> None:
        """Raise one ModelError with every finding that is an error, or one DataError with every problem.

        With `set_aside`, problems of single rows do not raise by themselves, since those rows can be set aside.
        """
        if any(finding.severity == "error" for finding in self.findings):
            raise ModelError.all(self.what or self.where, self.findings)
        if any(not (set_aside and problem.count) for problem in self.problems):
            raise DataError.all(self.what, self.problems)

    # Values of described objects: each method returns the final form and notes invalid values

    def text(self, where: str, value: object, *, blank: bool = False, rule: str = "text") -> str:
        """Take text; with `blank` it may be empty."""
        if not isinstance(value, str):
            self.finding(rule, where, f"must be text (got {show(value)})")
        elif not blank and not value.strip():
            self.finding(rule, where, "must not be blank")
        return str(value)

    def number(
        self, where: str, value: object, low: float = -math.inf, high: float = math.inf, *, above: bool = False
    ) -> float:
        """Take a finite number between two limits, with `above` without the lower one; return NaN if it is invalid."""
        number = within(value, low, high, above=above)
        if number is None:
            self.finding("number", where, f"must be {limits(low, high, above=above)} (got {show(value)})")
        return math.nan if number is None else number

    def one_of(self, where: str, value: object, options: Collection[str], rule: str = "unknown-value") -> str:
        """Take one of some names."""
        if not among(value, options):
            self.finding(rule, where, f"cannot be {show(value)}{self.hint(value, options)}")
        return str(value)

    def texts(
        self, where: str, value: object, options: Collection[str] | None = None, *, empty: bool = True
    ) -> tuple[str, ...]:
        """Take a list of texts: none blank, none twice, and each one of `options` if they are given."""
        if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
            self.finding("list", where, f"must be a list of texts (got {show(value)})")
            return ()
        found = tuple(value)
        for item in found:
            if not isinstance(item, str) or not item.strip():
                self.finding("list", where, f"lists texts that are not blank, not {show(item)}")
            elif options is not None:
                self.one_of(where, item, options)
        kept = tuple(map(str, found))
        for item, times in Counter(kept).items():
            if times > 1:
                self.finding("repeated", where, f"names {item!r:.100} twice")
        if not found and not empty:
            self.finding("list", where, "must name at least one" + (f" of {', '.join(options)}" if options else ""))
        return kept

    def keys(
        self, where: str, table: Mapping[str, Any], known: Collection[str], required: Collection[str] = ()
    ) -> None:
        """Note unknown keys and missing keys."""
        for key in table:
            if key not in known:
                ordered = nearest_first(key, known) if self._patience[0] > 0 else known
                self.finding("unknown-key", join(where, key), f"unknown key{self.hint(key, ordered)}")
        for key in required:
            if key not in table:
                self.finding("missing-key", join(where, key), "is missing")


# Arguments of functions: each is checked alone, and an error is raised at once


def in_range(name: str, value: object, low: float = -math.inf, high: float = math.inf, *, above: bool = False) -> float:
    """Return an argument as a float, or raise a DataError if it is outside its limits.

    Examples
    --------
    >>> in_range("confidence", 0.95, 0, 1)
    0.95
    >>> in_range("days", -3, 0)
    Traceback (most recent call last):
    ...
    outcomegap.errors.DataError: days must be a finite number of 0 or more (got -3) [out-of-range]
    """
    number = within(value, low, high, above=above)
    if number is None:
        message = f"{name} must be {limits(low, high, above=above)} (got {show(value)})"
        raise DataError.of("out-of-range", message, name, value)
    return number


def whole(name: str, value: Any, low: int = 0) -> int:
    """Return an argument as an integer, or raise a DataError if it is not an integer of `low` or more.

    Examples
    --------
    >>> whole("top", 3, 1)
    3
    """
    number = within(value, low)
    if number is None or not number.is_integer():
        message = f"{name} must be a whole number of {low} or more (got {show(value)})"
        raise DataError.of("out-of-range", message, name, value)
    return int(value)


def choice(name: str, value: object, options: Collection[str]) -> str:
    """Return an argument that is one of some names, or raise a DataError that suggests the nearest.

    Examples
    --------
    >>> choice("how", "mean", ("mean", "worst"))
    'mean'
    """
    if not among(value, options):
        raise DataError.of("unknown-value", f"{name} cannot be {show(value)}", name, value, options=options)
    return value


# Types of values


def among(value: object, options: Collection[str]) -> TypeGuard[str]:
    """Return whether a value is one of some names; the value may have any type."""
    return isinstance(value, str) and value in options


def number_of(value: object) -> float | None:
    """Return a finite number, of Python or NumPy, as a float; None for any other value, also True and False.

    Examples
    --------
    >>> number_of(3), number_of(np.int64(3)), number_of(True), number_of("3"), number_of(10**400)
    (3.0, 3.0, None, None, None)
    """
    if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, NUMBERS):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def within(value: object, low: float = -math.inf, high: float = math.inf, *, above: bool = False) -> float | None:
    """Return a finite number between two limits as a float, else None; `above` excludes the lower limit."""
    number = number_of(value)
    fits = number is not None and low <= number <= high and not (above and number == low)
    return number if fits else None


def join(where: str, key: str) -> str:
    """Return the path of a key below a place.

    Examples
    --------
    >>> join("gaps.list built", "target"), join("", "name"), join("gaps", "")
    ('gaps.list built.target', 'name', 'gaps')
    """
    short = key if len(key) <= 100 else f"{key[:97]}..."
    return f"{where}.{short}" if where and short else where or short


def _named(rule: str, column: str | None) -> str:
    return f"{rule}: {column}" if column is not None else rule


def show(value: object) -> str:
    """Return a value as short text for a message, however large or deep it is.

    Examples
    --------
    >>> show("x" * 1000), show([[[[["deep"]]]]])
    ("'xxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx'", '[[[[...]]]]')
    """
    if isinstance(value, int) and value.bit_length() > 128:  # text of a long one is slow, or refused by Python
        return f"a whole number of {value.bit_length()} bits"
    return _SHORT.repr(value)


def in_rows(positions: Any, names: Callable[[], Any] | None = None) -> str:
    """Return `` (3 rows: 0, 4, 9)`` for the end of a message; `names` returns the ids of all rows.

    Examples
    --------
    >>> in_rows([4]), in_rows(range(7)), in_rows([1], lambda: ["Acme", "Beta"])
    (' (1 row: 4)', ' (7 rows: 0, 1, 2, 3, 4, ...)', ' (1 row: Beta)')
    """
    count, called = len(positions), names() if names is not None and len(positions) else None
    shown = ", ".join(str(int(row)) if called is None else f"{called[row]!s:.40}" for row in positions[:5])
    return f" ({count:,} row{'s' if count != 1 else ''}: {shown}{', ...' if count > 5 else ''})"


def limits(low: float, high: float, *, above: bool) -> str:
    """Return text for the numbers between two limits; `above` excludes the lower one."""
    if math.isinf(low):
        return "a finite number" if math.isinf(high) else f"a finite number of at most {high:g}"
    if math.isinf(high):
        return f"a finite number above {low:g}" if above else f"a finite number of {low:g} or more"
    return f"a number above {low:g}, up to {high:g}" if above else f"a number between {low:g} and {high:g}"


_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother, _SHORT.maxdict, _SHORT.maxlist = 3, 60, 60, 3, 3
