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
from outcomegap.model.values import Column
from outcomegap.stats import wilson

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
        ends = [
            bound if bound is None else checks.number(field, bound)
            for field, bound in (("at_least", self.at_least), ("at_most", self.at_most))
        ]
        if self._bounded and (self.yes is not None or self.no is not None):
            message = "asks for a number, and yes= and no= for certain values; use one of them"
            checks.finding("yes-and-no", "at_least", message)
        if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
            checks.finding("bounds", "at_least", f"{ends[0]:g} is above at_most, {ends[1]:g}")
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
        if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
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
    text = as_text(value)
    forms: set[str | float] = set() if text is None else {text}
    number = float(value) if isinstance(value, (bool, Decimal)) else number_of(value)
    return forms if number is None else forms | {number}


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
    today = 0 if as_of is None else moment_of("potential", as_of) // DAY
    columns = EventColumns(frame, "potential")
    _once(columns, customer)
    answers = np.stack([_answers(columns, fit) for fit in fits], axis=1)
    due = {one: _due(columns, one, today) for fit in fits for one in fit.accountable}
    columns.done()
    return _listed(columns.table, columns.table.values(customer), fits, answers, due, today, confidence)


def _once(columns: EventColumns, name: str) -> None:
    """Note customers that are named twice, or not at all."""
    codes, names = columns.coded("customer", name, "every customer")
    if not len(codes):
        return
    again = codes >= 0
    again[np.unique(codes, return_index=True)[1]] = False
    twice = names[codes[again][0]] if again.any() else None
    message = f"customer: column {name!r} holds {twice!r:.60} again; give one row a customer"
    columns.rows("repeated-customer", message, name, again, twice)


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


def _due(columns: EventColumns, one: Accountability, today: int) -> list[tuple[int | None, str]]:
    """Return for each customer the day of one accountability, and how it stands."""
    count = len(columns.table)
    done: list[Any] = [None] * count
    if one.done is not None:
        done = columns.items(f"done of {one.what!r}", one.done) or done
        wrong = np.array([item is not None and item not in (0, 1) for item in done], dtype=bool)
        first = done[int(wrong.argmax())] if wrong.any() else None
        message = f"done of {one.what!r}: column {one.done!r} must hold true or false (got {first!r:.60})"
        columns.rows("not-a-truth-value", message, one.done, wrong, first)
    days: list[int | None] = [one.by] * count
    if isinstance(one.by, Column):
        moments = columns.dates(f"by of {one.what!r}", one.by.name)
        days = [None] * count if moments is None else [
            None if np.isnat(when) else int(when.astype(np.int64)) // DAY for when in moments
        ]  # fmt: skip
    return [(day, _stands(day, today, done=bool(yes))) for day, yes in zip(days, done, strict=True)]


def _stands(day: int | None, today: int, *, done: bool) -> str:
    if done or day is None:
        return DONE if done else NO_DATE
    return OVERDUE if day < today else OPEN


def _listed(
    table: Table,
    customers: Array,
    fits: tuple[Fit, ...],
    answers: Array,
    due: dict[Accountability, list[tuple[int | None, str]]],
    today: int,
    confidence: float,
) -> Listing:
    """Put together what is said of each customer, of all, and of what is in the way."""
    ways: list[dict[str, Any]] = []
    promised = answers.copy()
    for (row, place), answer in np.ndenumerate(answers):
        fit, duties = fits[place], {one: due[one][row] for one in fits[place].accountable}
        stands = {stand for _, stand in duties.values()}
        if answer == "no" and OPEN in stands and not stands & {OVERDUE, NO_DATE}:
            promised[row, place] = "yes"
        if answer != "yes":
            said = {"customer": row, "fit": fit.name, "kind": fit.kind, "answer": answer}
            ways += [said | way for way in _ways(fit, answer, duties, today)]
    now, given = _together(answers), _together(promised)
    columns = {"customer": customers, "potential": now, "given": given}
    for place, fit in enumerate(fits):
        columns[f"{fit.name} (fit)" if fit.name in (*columns, "not_yes") else fit.name] = answers[:, place]
    columns["not_yes"] = (answers != "yes").sum(axis=1)
    names = ("customer", "fit", "kind", "answer", "who", "what", "by", "days_left", "stands")
    in_the_way: dict[str, Any] = {name: as_column([way[name] for way in ways]) for name in names}
    named = plain_values(customers)
    in_the_way["customer"] = as_column([named[row] for row in in_the_way["customer"].tolist()])
    in_the_way["by"] = np.array(in_the_way["by"].tolist(), dtype="M8[D]")
    in_the_way["days_left"] = in_the_way["days_left"].astype(np.float64)
    held = f"{counted(len(ways), 'thing')} in the way of {counted(int((now != 'yes').sum()), 'customer')}"
    rows: list[tuple[str, str | None, Array]] = [
        ("potential now", None, now),
        ("potential, given what is agreed", None, given),
    ]
    rows += [(fit.name, fit.kind, answers[:, place]) for place, fit in enumerate(fits)]
    counts = {answer: np.array([int((said == answer).sum()) for _, _, said in rows]) for answer in ANSWERS}
    low, high = wilson(counts["yes"], np.full(len(rows), len(customers)), confidence)
    summary: dict[str, Any] = {"what": as_column([row[0] for row in rows]), "kind": as_column([row[1] for row in rows])}
    share = counts["yes"] / len(customers) if len(customers) else np.full(len(rows), np.nan)
    summary |= counts | {"share_yes": share, "low": low, "high": high}
    lacking = [f"{kind} fit" for kind in FITS if kind not in {fit.kind for fit in fits}]
    formats = dict.fromkeys(("share_yes", "low", "high"), "percent")
    return Listing(
        f"Success potential of {counted(len(customers), 'customer')}",
        columns,
        like=table,
        same_rows=True,
        notes=[f"Nothing is asked about: {', '.join(lacking)}."] if lacking else [],
        parts={
            "summary": Listing("Who fits", summary, like=table, formats=formats),
            "open": Listing(held, in_the_way, like=table),
        },
        first=10,
    )


def _ways(
    fit: Fit, answer: str, duties: dict[Accountability, tuple[int | None, str]], today: int
) -> list[dict[str, Any]]:
    """Return who must do what where a fit is not yes."""
    none = {"who": None, "what": None, "by": None, "days_left": math.nan, "stands": NO_DATE}
    if answer == "unknown":
        return [none | {"what": f"find it out: {fit.column}", "stands": None}]
    return [
        {
            "who": one.who,
            "what": one.what,
            "by": None if day is None else np.datetime64(day, "D"),
            "days_left": math.nan if day is None else float(day - today),
            "stands": stands,
        }
        for one, (day, stands) in duties.items()
    ] or [none]


def _together(answers: Array) -> Array:
    unknown = np.where((answers == "unknown").any(axis=1), "unknown", "yes")
    found: Array = np.where((answers == "no").any(axis=1), "no", unknown).astype(object)
    return found
