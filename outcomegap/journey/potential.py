"""Success potential: a yes or no now, given joint accountabilities; what is unknown is never a yes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, number_of
from outcomegap.churn.columns import as_date, as_text
from outcomegap.errors import DataError, Problem, hint
from outcomegap.frames import Table
from outcomegap.frames.arrays import is_null, plain, plain_values
from outcomegap.journey.events import DAY, EventColumns, moment_of
from outcomegap.listing import Listing, as_column, counted
from outcomegap.model.numbers import Column
from outcomegap.stats import shares

Array = NDArray[Any]
#: What may mean yes or no: a text, a number or a truth value.
Meant = str | bool | int | float
#: What has to fit.
FITS = ("technical", "functional", "resource", "competence", "experience", "cultural")
#: How a customer's potential, or one fit, can stand; the best first.
ANSWERS = ("yes", "unknown", "no")
#: How an accountability can stand while the fit is no.
OPEN, OVERDUE, DONE, NO_DATE = "open", "overdue", "done, and still no", "nothing agreed"


@attrs.frozen
class Accountability:
    """Who must do what by when, so that something fits.

    Parameters
    ----------
    who
        ``"vendor"``, ``"customer"``, ``"joint"``, or any name.
    what
        What they must do.
    by
        The day by whose end it must be done: a date, ISO 8601 text, or `outcomegap.column` for a day of each customer's
        own; where that is empty nothing has been agreed.
    done
        The column that says whether it is done (truth values; empty is not done); None where nobody keeps track.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> str(Accountability("customer", "names an administrator", by="2026-03-01").day)
    '2026-03-01'
    """

    who: str
    what: str
    by: Any = attrs.field(kw_only=True)
    done: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        checks = Checks("this accountability cannot be used", f"accountabilities.{self.what}")
        checks.text("who", self.who)
        checks.text("what", self.what)
        if self.done is not None:
            checks.text("done", self.done)
        if not isinstance(self.by, Column):
            when = as_date(self.by)
            if when is None or isinstance(when, bool):
                message = f"must be a day, such as '2026-01-31', or og.column(...) (got {self.by!r:.60})"
                checks.finding("not-a-date", "by", message)
            else:
                object.__setattr__(self, "by", when // DAY)
        checks.done()

    @property
    def day(self) -> np.datetime64 | None:
        """The day, where it is one for all customers; None where each has its own."""
        return None if isinstance(self.by, Column) else np.datetime64(self.by, "D")


def _meanings(values: Iterable[Meant] | None) -> tuple[Meant, ...] | None:
    return None if values is None else tuple(map(plain, values))


@attrs.frozen
class Fit:
    """One thing that must fit: a yes or no read off a column, and what was agreed where it is no.

    Parameters
    ----------
    name
        What people call it.
    kind
        What has to fit: ``"technical"``, ``"functional"``, ``"resource"``, ``"competence"``, ``"experience"`` or
        ``"cultural"``.
    column
        The column it is read off. Empty is unknown, always.
    yes, no
        What means yes, and what means no: texts, numbers or truth values; both or neither. Any other value is an error.
        ``yes=[False], no=[True]`` is for a column that must be false; 1 and 0 are true and false.
    at_least, at_most
        Bounds of a number that fits; equality fits. Without `yes`, `no` and bounds the column holds truth values.
    accountable
        `Accountability` objects: what was agreed that would turn a no into a yes.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> Fit("single sign-on", "technical", "sso", yes=["SAML", "OIDC"], no=["none"]).answer("OIDC")
    'yes'
    >>> Fit("is no trial", "resource", "is_trial", yes=[False], no=[True]).answer(False)
    'yes'
    >>> Fit("has the people", "resource", "admins", at_least=1).answer(None)
    'unknown'
    """

    name: str
    kind: str
    column: str
    yes: tuple[Meant, ...] | None = attrs.field(default=None, kw_only=True, converter=_meanings)
    no: tuple[Meant, ...] | None = attrs.field(default=None, kw_only=True, converter=_meanings)
    at_least: float | None = attrs.field(default=None, kw_only=True)
    at_most: float | None = attrs.field(default=None, kw_only=True)
    accountable: tuple[Accountability, ...] = attrs.field(default=(), kw_only=True, converter=tuple)

    def __attrs_post_init__(self) -> None:
        checks = Checks("this fit cannot be used", f"fits.{self.name}")
        checks.text("name", self.name)
        checks.one_of("kind", self.kind, FITS)
        checks.text("column", self.column)
        for field, values in (("yes", self.yes), ("no", self.no)):
            for place, one in enumerate(values or ()):
                if as_text(one) is None or (not isinstance(one, (str, bool)) and number_of(one) is None):
                    checks.finding("list", field, f"lists texts, numbers or truth values, not {one!r:.60}")
                elif _forms(one) & _meant((values or ())[:place]):
                    checks.finding("repeated", field, f"names {one!r} twice")
        if (self.yes is None) != (self.no is None):
            checks.finding("yes-and-no", "yes", "say which values are yes and which are no: both yes= and no=")
        for value in self.no or ():
            if _forms(value) & _meant(self.yes or ()):
                checks.finding("yes-and-no", "no", f"{value!r} says yes as well")
        low, high = (
            bound if bound is None else checks.number(field, bound)
            for field, bound in (("at_least", self.at_least), ("at_most", self.at_most))
        )
        if self._bounded and (self.yes is not None or self.no is not None):
            message = "asks for a number, and yes= and no= for certain values; use one of them"
            checks.finding("yes-and-no", "at_least", message)
        if low is not None and high is not None and low > high:
            checks.finding("bounds", "at_least", f"{low:g} is above at_most, {high:g}")
        checks.done()

    @property
    def _bounded(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    def answer(self, value: Any) -> str | None:
        """Return ``"yes"``, ``"no"`` or ``"unknown"``; None for a value that means none of these."""
        value = None if is_null(value) else plain(value)
        if as_text(value) is None:
            return "unknown"
        if self.yes is not None and self.no is not None:
            forms = _forms(value)
            return "yes" if forms & _meant(self.yes) else "no" if forms & _meant(self.no) else None
        if not self._bounded:
            known = isinstance(value, (bool, int, float)) and value in (0, 1)
            return ("yes" if value else "no") if known else None
        number = _number(value)
        if number is None or isinstance(value, bool):
            return None
        low = -math.inf if self.at_least is None else self.at_least
        return "yes" if low <= number <= (math.inf if self.at_most is None else self.at_most) else "no"

    @property
    def wanted(self) -> str:
        """What a value must be, in words."""
        if self.yes is not None and self.no is not None:
            return f"one of {', '.join(map(repr, (*self.yes, *self.no)))}"
        return "a number" if self._bounded else "true or false"


def _forms(value: Any) -> set[str | float]:
    """Return what a value is known by: its text, and its number where it is one; true is 1."""
    return {form for form in (as_text(value), _number(value)) if form is not None}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (bool, Decimal)) else number_of(value)


def _meant(values: Iterable[Any]) -> set[str | float]:
    return set().union(*map(_forms, values))


def potential(
    frame: Any,
    gates: Iterable[Fit],
    *,
    customer: str = "customer",
    as_of: Any = None,
    confidence: float = 0.95,
) -> Listing:
    """Say for each customer whether success is possible at all: yes, no or unknown.

    All gates must say yes. One no is a no; without a no, one unknown is unknown: what is not known never counts as a
    yes. The column ``given`` says the same if what both sides agreed to do gets done in time: a fit that is no counts
    as yes where it has accountabilities that are open, and none of them is overdue or without a date.

    Parameters
    ----------
    frame
        Any data frame, a row a customer.
    gates
        `Fit` objects, one or more, each with its own name.
    customer
        The column that names the customer.
    as_of
        The day to look at; needed where something is agreed. An accountability is overdue after the end of its day.
    confidence
        Of every interval.

    Returns
    -------
    Listing
        A row a customer, in the order of the rows: ``customer``, ``potential``, ``given``, one column for each fit with
        its answer, and ``not_yes``: how many are not yes.

        Parts: ``"summary"``, how many have potential now, and given what was agreed, then each fit; shares with
        Wilson's interval. ``"open"``, what is in the way, customer by customer: each fit that is not yes, and who must
        do what by when (``who``, ``what``, ``by``, ``days_left``, ``stands``). A fit that is unknown has to be found
        out; one that is no may have nothing agreed.

    Raises
    ------
    DataError
        With everything that is wrong: columns, values that mean neither yes nor no, a missing `as_of`.
    ModelError
        If there is no gate, or a name stands twice.

    Examples
    --------
    >>> gates = [Fit("runs our browser", "technical", "browser"),
    ...          Fit("has an administrator", "resource", "admins", at_least=1,
    ...              accountable=[Accountability("customer", "hires one", by="2026-03-01")])]
    >>> found = potential({"customer": ["A", "B", "C"], "browser": [True, True, None], "admins": [1, 0, 2]}, gates,
    ...                   as_of="2026-02-01")
    >>> [(row["customer"], row["potential"], row["given"]) for row in found]
    [('A', 'yes', 'yes'), ('B', 'no', 'yes'), ('C', 'unknown', 'unknown')]
    >>> [(row["customer"], row["who"], row["what"], row["days_left"]) for row in found.parts["open"]]
    [('B', 'customer', 'hires one', 28.0), ('C', None, 'find it out: browser', None)]
    """
    fits = tuple(gates)
    checks = Checks("these gates cannot be used", "potential")
    checks.texts("gates", [fit.name for fit in fits], empty=False)
    checks.done()
    if as_of is None and any(fit.accountable for fit in fits):
        message = "as_of: say on which day to look, such as '2026-01-31': something is agreed, and may be overdue"
        raise DataError.all("potential", [Problem("as-of", message)])
    today = np.datetime64(0 if as_of is None else moment_of("potential", as_of) // DAY, "D")
    columns = EventColumns(frame, "potential")
    columns.coded("customer", customer, "every customer")
    columns.customers(customer, once="keep one row a customer")
    answers = np.stack([_answers(columns, fit) for fit in fits], axis=1)
    due = {one: _due(columns, one, today) for fit in fits for one in fit.accountable}
    columns.done()
    table, customers = columns.table, columns.table.values(customer)
    promised, ways = _in_the_way(fits, answers, due)
    now, given = _together(answers), _together(promised)
    said = {"customer": customers, "potential": now, "given": given}
    for place, fit in enumerate(fits):
        said[f"{fit.name} (fit)" if fit.name in (*said, "not_yes") else fit.name] = answers[:, place]
    lacking = [f"{kind} fit" for kind in FITS if kind not in {fit.kind for fit in fits}]
    return Listing(
        f"Success potential of {counted(len(customers), 'customer')}",
        said | {"not_yes": (answers != "yes").sum(axis=1)},
        like=table,
        same_rows=True,
        notes=[f"Nothing is asked about: {', '.join(lacking)}."] if lacking else [],
        parts={
            "summary": _summary(table, fits, [now, given, *answers.T], confidence),
            "open": _open(said, table, ways, today),
        },
        first=10,
    )


def _answers(columns: EventColumns, fit: Fit) -> Array:
    """Return the answer of each customer to one gate; "unknown" stands in where a value is noted as wrong."""
    items = columns.items(f"gates.{fit.name}", fit.column) or [None] * len(columns.table)
    found = as_column([fit.answer(item) for item in items])
    wrong = found == None  # noqa: E711 - element by element
    if wrong.any():
        first = items[int(wrong.argmax())]
        near = hint(first, map(str, (*(fit.yes or ()), *(fit.no or ()))))
        if fit.wanted == "true or false":
            near = "; where other values mean them, say which with yes= and no="
        message = f"gates.{fit.name}: column {fit.column!r} must hold {fit.wanted} (got {first!r:.60}){near}"
        columns.rows("neither-yes-nor-no", message, fit.column, wrong, first)
        found[wrong] = "unknown"
    return found


def _due(columns: EventColumns, one: Accountability, today: np.datetime64) -> tuple[Array, Array]:
    """Return for each customer the day of one accountability, and how it stands."""
    items = None if one.done is None else columns.items(f"done of {one.what!r}", one.done)
    wrong = np.array([item is not None and item not in (0, 1) for item in items or ()], dtype=bool)
    if items and wrong.any():
        first = items[int(wrong.argmax())]
        message = f"done of {one.what!r}: column {one.done!r} must hold true or false (got {first!r:.60})"
        columns.rows("not-a-truth-value", message, one.done, wrong, first)
    days = np.full(len(columns.table), np.datetime64("NaT") if one.day is None else one.day, dtype="M8[D]")
    moments = columns.dates(f"by of {one.what!r}", one.by.name) if isinstance(one.by, Column) else None
    if moments is not None:
        days = moments.astype("M8[D]")
    done = np.array([bool(item) for item in items or [False] * len(days)], dtype=bool)
    return days, np.select([done, np.isnat(days), days < today], [DONE, NO_DATE, OVERDUE], OPEN)


def _in_the_way(
    fits: tuple[Fit, ...], answers: Array, due: dict[Accountability, tuple[Array, Array]]
) -> tuple[Array, list[tuple[Any, ...]]]:
    """Return the answers if what is agreed gets done, and what is in the way, customer by customer."""
    promised, ways = answers.copy(), []
    for row, place in zip(*(each.tolist() for each in np.nonzero(answers != "yes")), strict=True):
        fit, answer = fits[place], answers[row, place]
        lines: list[tuple[Any, ...]] = [(None, None, None, NO_DATE)]
        if answer == "unknown":
            lines = [(None, f"find it out: {fit.column}", None, None)]
        elif fit.accountable:
            lines = [(one.who, one.what, *(each[row] for each in due[one])) for one in fit.accountable]
            stands = {line[-1] for line in lines}
            promised[row, place] = "yes" if OPEN in stands and not stands & {OVERDUE, NO_DATE} else answer
        ways += [(row, fit.name, fit.kind, answer, *line) for line in lines]
    return promised, ways


def _open(said: dict[str, Array], table: Table, ways: list[tuple[Any, ...]], today: np.datetime64) -> Listing:
    names = ("customer", "fit", "kind", "answer", "who", "what", "by", "stands")
    columns: dict[str, Any] = {name: as_column([way[place] for way in ways]) for place, name in enumerate(names)}
    customers, stands = plain_values(said["customer"]), columns.pop("stands")
    columns["customer"] = as_column([customers[way[0]] for way in ways])
    columns["by"] = np.array(columns["by"].tolist(), dtype="M8[D]")
    columns |= {"days_left": (columns["by"] - today) / np.timedelta64(1, "D"), "stands": stands}
    held = counted(int((said["potential"] != "yes").sum()), "customer")
    return Listing(f"{counted(len(ways), 'thing')} in the way of {held}", columns, like=table)


def _summary(table: Table, fits: tuple[Fit, ...], said: list[Array], confidence: float) -> Listing:
    columns: dict[str, Any] = {
        "what": as_column(["potential now", "potential, given what is agreed", *(fit.name for fit in fits)]),
        "kind": as_column([None, None, *(fit.kind for fit in fits)]),
    }
    columns |= {answer: np.array([int((each == answer).sum()) for each in said]) for answer in ANSWERS}
    found = shares(columns["yes"], np.full(len(said), len(table)), confidence)
    ends = ("share_yes", "low", "high")
    columns |= dict(zip(ends, found, strict=True))
    return Listing("Who fits", columns, like=table, formats=dict.fromkeys(ends, "percent"))


def _together(answers: Array) -> Array:
    unknown = np.where((answers == "unknown").any(axis=1), "unknown", "yes")
    found: Array = np.where((answers == "no").any(axis=1), "no", unknown).astype(object)
    return found
