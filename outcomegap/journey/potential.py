"""Success potential: a yes or no now, given joint accountabilities; what is unknown is never a yes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks, number_of
from outcomegap.churn.columns import as_date, as_text
from outcomegap.errors import DataError, Problem, hint
from outcomegap.frames.arrays import Array, is_null, plain
from outcomegap.journey.events import DAY, EventColumns, moment_of
from outcomegap.listing import Listing, as_column, counted
from outcomegap.model.declaration import FILLED, Choice, Column, Kind, Number, about, declare, settle
from outcomegap.stats import shares

#: What may mean yes or no: a text, a number or a truth value.
Meant = str | bool | int | float
#: What has to fit.
FITS = ("technical", "functional", "resource", "competence", "experience", "cultural")
#: How a customer's potential, or one fit, can stand; the best first.
ANSWERS = ("yes", "unknown", "no")
#: What is said of each thing in the way.
WAYS = ("customer", "fit", "kind", "answer", "who", "what", "by", "days_left", "stands")
#: How an accountability can stand while the fit is no.
OPEN, OVERDUE, DONE, NO_DATE = "open", "overdue", "done, and still no", "nothing agreed"


class DueDay(Kind):
    """A day, or a column with a day of each customer's own."""

    def take(self, checks: Checks, where: str, value: object) -> Column | np.datetime64 | None:
        if isinstance(value, Column):
            return value
        when = as_date(value)
        if when is None or isinstance(when, bool):
            message = f"must be a day, such as '2026-01-31', or og.column(...) (got {value!r:.60})"
            checks.finding("not-a-date", where, message)
        return None if when is None else np.datetime64(when // DAY, "D")


class Meanings(Kind):
    """What means yes, or no: texts, numbers or truth values, each once."""

    def take(self, checks: Checks, where: str, value: Any) -> tuple[Meant, ...]:
        found = tuple(map(plain, value))
        for place, one in enumerate(found):
            if as_text(one) is None or (not isinstance(one, (str, bool)) and number_of(one) is None):
                checks.finding("list", where, f"lists texts, numbers or truth values, not {one!r:.60}")
            elif _forms([one]) & _forms(found[:place]):
                checks.finding("repeated", where, f"names {one!r} twice")
        return found


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

    who: str = attrs.field(metadata=about(FILLED, "Who must do it."))
    what: str = attrs.field(metadata=about(FILLED, "What they must do."))
    by: Any = attrs.field(kw_only=True, metadata=about(DueDay(), "The day by whose end it must be done."))
    done: str | None = declare(FILLED, "The column that says whether it is done.")

    def __attrs_post_init__(self) -> None:
        settle(self, f"accountabilities.{self.what}")

    @property
    def day(self) -> np.datetime64 | None:
        """The day, where it is one for all customers; None where each has its own."""
        return None if isinstance(self.by, Column) else self.by


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

    name: str = attrs.field(metadata=about(FILLED, "What people call it."))
    kind: str = attrs.field(metadata=about(Choice(FITS, "unknown-value"), "What has to fit."))
    column: str = attrs.field(metadata=about(FILLED, "The column it is read off."))
    yes: tuple[Meant, ...] | None = declare(Meanings(), "What means yes.")
    no: tuple[Meant, ...] | None = declare(Meanings(), "What means no.")
    at_least: float | None = declare(Number(), "The least number that fits.")
    at_most: float | None = declare(Number(), "The largest number that fits.")
    accountable: tuple[Accountability, ...] = attrs.field(default=(), kw_only=True, converter=tuple)

    def __attrs_post_init__(self) -> None:
        settle(self, f"fits.{self.name}")

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole: rule, field, message."""
        if (self.yes is None) != (self.no is None):
            yield "yes-and-no", "yes", "say which values are yes and which are no: both yes= and no="
        for value in (value for value in self.no or () if _forms([value]) & _forms(self.yes or ())):
            yield "yes-and-no", "no", f"{value!r} says yes as well"
        low, high = self.at_least, self.at_most
        if (low, high) != (None, None) and (self.yes, self.no) != (None, None):
            yield "yes-and-no", "at_least", "asks for a number, and yes= and no= for certain values; use one of them"
        if low is not None and high is not None and low > high:
            yield "bounds", "at_least", f"{low:g} is above at_most, {high:g}"

    def answer(self, value: object) -> str | None:
        """Return ``"yes"``, ``"no"`` or ``"unknown"``; None for a value that means none of these."""
        value = None if is_null(value) else plain(value)
        if as_text(value) is None:
            return "unknown"
        if self.wanted == "a number":
            number = None if isinstance(value, bool) else _number(value)
            if number is None:
                return None
            low = -math.inf if self.at_least is None else self.at_least
            return "yes" if low <= number <= (math.inf if self.at_most is None else self.at_most) else "no"
        if self.yes is None and isinstance(value, str):
            return None
        meant = {"yes": (True,) if self.yes is None else self.yes, "no": (False,) if self.no is None else self.no}
        return next((answer for answer, values in meant.items() if _forms([value]) & _forms(values)), None)

    @property
    def wanted(self) -> str:
        """What a value must be, in words."""
        if self.yes is not None and self.no is not None:
            return f"one of {', '.join(map(repr, (*self.yes, *self.no)))}"
        return "true or false" if self.at_least is None and self.at_most is None else "a number"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (bool, Decimal)) else number_of(value)


def _forms(values: Iterable[Any]) -> set[str | float]:
    """Return what values are known by: the text of each, and its number where it is one; true is 1."""
    return {form for value in values for form in (as_text(value), _number(value)) if form is not None}


def potential(
    frame: object, gates: Iterable[Fit], *, customer: str = "customer", as_of: object = None, confidence: float = 0.95
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
    today = np.datetime64(0, "D") if as_of is None else moment_of("potential", as_of).astype("M8[D]")
    columns = EventColumns(frame, "potential")
    columns.customers(customer, blank=False, once="keep one row a customer")
    answers = np.stack([_answers(columns, f"gates.{fit.name}", fit) for fit in fits], axis=1)
    due = {one: _due(columns, one, today) for fit in fits for one in fit.accountable}
    columns.done()
    table, customers = columns.table, columns.table.values(customer)
    promised, ways = _in_the_way(fits, answers, due)
    now, given = _together(answers), _together(promised)
    said = {"customer": customers, "potential": now, "given": given}
    for place, fit in enumerate(fits):
        said[f"{fit.name} (fit)" if fit.name in (*said, "not_yes") else fit.name] = answers[:, place]
    lacking = [f"{kind} fit" for kind in FITS if kind not in {fit.kind for fit in fits}]
    ahead: dict[str, Any] = {name: as_column([way[place] for way in ways]) for place, name in enumerate(WAYS)}
    ahead["customer"] = customers[ahead["customer"].astype(np.intp)]
    ahead["by"] = ahead["by"].astype("M8[D]")
    held = counted(int((now != "yes").sum()), "customer")
    each = np.stack([now, given, *answers.T])
    summary: dict[str, Any] = {
        "what": ["potential now", "potential, given what is agreed", *(fit.name for fit in fits)],
        "kind": as_column([None, None, *(fit.kind for fit in fits)]),
        **{answer: (each == answer).sum(axis=1) for answer in ANSWERS},
    }
    ends = ("share_yes", "low", "high")
    summary |= dict(zip(ends, shares(summary["yes"], np.full(len(each), len(customers)), confidence), strict=True))
    title = f"Success potential of {counted(len(customers), 'customer')}"
    said["not_yes"] = (answers != "yes").sum(axis=1)
    notes = [f"Nothing is asked about: {', '.join(lacking)}."] if lacking else []
    parts = {
        "summary": Listing("Who fits", summary, like=table, formats=dict.fromkeys(ends, "percent")),
        "open": Listing(f"{counted(len(ways), 'thing')} in the way of {held}", ahead, like=table),
    }
    return Listing(title, said, like=table, same_rows=True, notes=notes, parts=parts, first=10)


def _answers(columns: EventColumns, argument: str, fit: Fit) -> Array:
    """Return the answer of each customer to one question; "unknown" stands in where a value is noted as wrong."""
    items = columns.items(argument, fit.column) or [None] * len(columns.table)
    found = as_column([fit.answer(item) for item in items])
    wrong = found == None  # noqa: E711 - element by element
    first = items[int(wrong.argmax())] if wrong.any() else None
    near = hint(first, map(str, (*(fit.yes or ()), *(fit.no or ()))))
    if fit.wanted == "true or false":
        near = "; where other values mean them, say which with yes= and no="
    message = f"{argument}: column {fit.column!r} must hold {fit.wanted} (got {first!r:.60}){near}"
    columns.rows("neither-yes-nor-no", message, fit.column, wrong, first)
    found[wrong] = "unknown"
    return found


def _due(columns: EventColumns, one: Accountability, today: np.datetime64) -> tuple[Array, Array, Array]:
    """Return for each customer the day of one accountability, the days left to it, and how it stands."""
    done, days = np.zeros(len(columns.table), dtype=bool), np.full(len(columns.table), one.day, dtype="M8[D]")
    if one.done is not None:
        done = _answers(columns, f"done of {one.what!r}", Fit(one.what, FITS[0], one.done)) == "yes"
    if isinstance(one.by, Column):
        moments = columns.dates(f"by of {one.what!r}", one.by.name)
        days = days if moments is None else moments.astype("M8[D]")
    stands = np.select([done, np.isnat(days), days < today], [DONE, NO_DATE, OVERDUE], OPEN)
    return days, (days - today) / np.timedelta64(1, "D"), stands


def _in_the_way(
    fits: tuple[Fit, ...], answers: Array, due: Mapping[Accountability, tuple[Array, ...]]
) -> tuple[Array, list[tuple[Any, ...]]]:
    """Return the answers if what is agreed gets done, and what is in the way: `WAYS`, with the row of the customer."""
    promised, ways = answers.copy(), []
    for row, place in zip(*(each.tolist() for each in np.nonzero(answers != "yes")), strict=True):
        fit, answer = fits[place], answers[row, place]
        lines: list[tuple[Any, ...]] = [(None, None, None, math.nan, NO_DATE)]
        if answer == "unknown":
            lines = [(None, f"find it out: {fit.column}", None, math.nan, None)]
        elif fit.accountable:
            lines = [(one.who, one.what, *(each[row] for each in due[one])) for one in fit.accountable]
            stands = {line[-1] for line in lines}
            promised[row, place] = "yes" if OPEN in stands and not stands & {OVERDUE, NO_DATE} else answer
        ways += [(row, fit.name, fit.kind, answer, *line) for line in lines]
    return promised, ways


def _together(answers: Array) -> Array:
    unknown = np.where((answers == "unknown").any(axis=1), "unknown", "yes")
    found: Array = np.where((answers == "no").any(axis=1), "no", unknown).astype(object)
    return found
