"""Success potential, promises that cannot be kept, and the state of the work on success gaps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Unpack

import attrs
import numpy as np

from outcomegap.checks import Checks, number_of
from outcomegap.churn.catalogue import Checked
from outcomegap.engines.numpy_blocks import Batch
from outcomegap.errors import DataError
from outcomegap.explanation.change import in_double
from outcomegap.explanation.gradients import attainment, side_at
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, Mask, is_null, plain
from outcomegap.intake.named_columns import Columns, as_date, as_text
from outcomegap.journey.events import DAY, day_of
from outcomegap.listing import Format, Listing, as_column, beside, counted, percent
from outcomegap.model import OutcomeModel, SuccessGap
from outcomegap.model.declaration import FILLED, Choice, Column, Number, about, declare, settle
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.change import ColumnNames, scored
from outcomegap.scoring.customers import AXES
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.model_scores import ModelScores
from outcomegap.scoring.states import TOLERANCE
from outcomegap.scoring.worklist import work_status
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
#: What becomes of a promise.
CANNOT, UNKNOWN, KEEPS = "cannot be kept", "not known", "can be kept"
NOT_PROMISED, SET_ASIDE = "not promised", "set aside"
VERDICTS = (CANNOT, UNKNOWN, KEEPS, NOT_PROMISED, SET_ASIDE)
#: Stands where there is no step.
NONE = -1
FORMATS: Mapping[str, Format] = {"best_required": "points", "required": "points"}
HIDDEN = ("outcome", "ideal", "achieved_at")
#: In the order in which they are listed.
STATUSES = ("open", "being closed", "closed", "cannot be bridged")
#: An attainment this near to 1 counts as met.
MET = 1.0 - 1e-9
SHARED: dict[str, Format] = {"share": "percent", "part": "points", "gain": "points"}
COLUMNS = ("customers", "affected", "missing", "share", "part", "gain", "remedy")


# Success potential


def _due_day(checks: Checks, where: str, value: object) -> Column | np.datetime64 | None:
    if isinstance(value, Column):
        return value
    when = as_date(value)
    if when is None or when is False:
        message = f"must be a day, such as '2026-01-31', or og.column(...) (got {value!r:.60})"
        checks.finding("not-a-date", where, message)
    return None if when is None else np.datetime64(when // DAY, "D")


def _meanings(checks: Checks, where: str, value: Any) -> tuple[Meant, ...]:
    found = tuple(map(plain, value))
    for place, one in enumerate(found):
        if as_text(one) is None or (not isinstance(one, (str, bool)) and number_of(one) is None):
            checks.finding("list", where, f"lists texts, numbers or truth values, not {one!r:.60}")
        elif _forms([one]) & _forms(found[:place]):
            checks.finding("repeated", where, f"names {one!r} twice")
    return found


#: What means yes, or no: texts, numbers or truth values, each once.
MEANINGS = Checked(_meanings)


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
    >>> str(Accountability("customer", "names an administrator", by="2026-03-01").by)
    '2026-03-01'
    """

    who: str = attrs.field(metadata=about(FILLED, "Who must do it."))
    what: str = attrs.field(metadata=about(FILLED, "What they must do."))
    by: Any = attrs.field(kw_only=True, metadata=about(Checked(_due_day), "The day by whose end it must be done."))
    done: str | None = declare(FILLED, "The column that says whether it is done.")

    def __attrs_post_init__(self) -> None:
        settle(self, f"accountabilities.{self.what}")


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
    yes: tuple[Meant, ...] | None = declare(MEANINGS, "What means yes.")
    no: tuple[Meant, ...] | None = declare(MEANINGS, "What means no.")
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
        if (self.at_least, self.at_most) != (None, None):
            return "a number"
        if self.yes is None or self.no is None:
            return "true or false, or what yes= and no= list"
        return f"one of {', '.join(map(repr, (*self.yes, *self.no)))}"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (bool, Decimal)) else number_of(value)


def _forms(values: Iterable[Any]) -> set[str | float]:
    """Return what values are known by: the text of each, and its number where it is one; true is 1."""
    return {form for value in values for form in (as_text(value), _number(value)) if form is not None}


def potential(
    frame: object, gates: Iterable[Fit], *, customer: str = "customer", as_of: object = None, confidence: float = 0.95
) -> Listing:
    """Decide for each customer whether success is possible at all: yes, no or unknown.

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
    agreed = any(fit.accountable for fit in fits)  # something is, and may be overdue
    today = day_of("potential: as_of", as_of) if agreed or as_of is not None else np.datetime64(0, "D")
    columns = Columns(frame, "potential")
    columns.customers(customer, blank=False, once="keep one row a customer")
    answers = np.stack([_answers(columns, f"gates.{fit.name}", fit) for fit in fits], axis=1)
    due = {one: _due(columns, one, today) for fit in fits for one in fit.accountable}
    columns.done()
    table, customers = columns.table, columns.table.values(customer)
    promised, ways = _in_the_way(fits, answers, due)
    now, given, names = _together(answers), _together(promised), [fit.name for fit in fits]
    said = {"customer": customers, "potential": now, "given": given, "not_yes": (answers != "yes").sum(axis=1)}
    said = beside(said, dict(zip(names, answers.T, strict=True)), "fit")
    lacking = [f"{kind} fit" for kind in FITS if kind not in {fit.kind for fit in fits}]
    ahead: dict[str, Any] = {name: as_column([way[place] for way in ways]) for place, name in enumerate(WAYS)}
    ahead["customer"] = customers[ahead["customer"].astype(np.intp)]
    ahead["by"] = ahead["by"].astype("M8[D]")
    held = counted(int((now != "yes").sum()), "customer")
    each = np.stack([now, given, *answers.T])
    summary: dict[str, Any] = {
        "what": ["potential now", "potential, given what is agreed", *names],
        "kind": as_column([None, None, *(fit.kind for fit in fits)]),
        **{answer: (each == answer).sum(axis=1) for answer in ANSWERS},
    }
    ends = ("share_yes", "low", "high")
    summary |= dict(zip(ends, shares(summary["yes"], np.full(len(each), len(customers)), confidence), strict=True))
    title = f"Success potential of {counted(len(customers), 'customer')}"
    notes = [f"Nothing is asked about: {', '.join(lacking)}."] if lacking else []
    parts = {
        "summary": Listing("Who fits", summary, like=table, formats=dict.fromkeys(ends, "percent")),
        "open": Listing(f"{counted(len(ways), 'thing')} in the way of {held}", ahead, like=table),
    }
    return Listing(title, said, like=table, same_rows=True, notes=notes, parts=parts, first=10)


def _answers(columns: Columns, argument: str, fit: Fit) -> Array:
    """Return each customer's answer to one question; it is "unknown" if the value is invalid."""
    items = columns.items(argument, fit.column) or [None] * len(columns.table)
    found = as_column([fit.answer(item) for item in items])
    wrong = found == None  # noqa: E711 - element by element
    first = items[int(wrong.argmax())] if wrong.any() else None
    meant = [*map(str, fit.yes or ()), *map(str, fit.no or ())]
    message = f"{argument}: column {fit.column!r} must hold {fit.wanted} (got {first!r:.60})"
    columns.problem("neither-yes-nor-no", message, fit.column, first, rows=wrong, options=meant)
    found[wrong] = "unknown"
    return found


def _due(columns: Columns, one: Accountability, today: np.datetime64) -> tuple[Array, Array, Array]:
    """Return for each customer the day of one accountability, the days left, and its state."""
    done: Mask | bool = False
    if one.done is not None:
        done = _answers(columns, f"done of {one.what!r}", Fit(one.what, FITS[0], one.done)) == "yes"
    own = columns.dates(f"by of {one.what!r}", one.by.name) if isinstance(one.by, Column) else one.by
    days = np.full(len(columns.table), "NaT" if own is None else own, dtype="M8[D]")
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


# Promises


def promises(
    model: OutcomeModel | Scorer,
    customers: object = None,
    *,
    value: str | Any | None = None,
    **called: Unpack[ColumnNames],
) -> Listing:
    """List promises that cannot be kept, and the customers who have them.

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
    **called
        ``segment``, ``stage``, ``goal``, ``id``: what those columns are called, as in `Scorer.score`.

    Returns
    -------
    Listing
        A row a customer, in the order of the rows: ``row`` or what names the customer; ``cell``, ``outcome``,
        ``ideal``; ``promise``: ``"can be kept"`` where R with every step fully attained, but the gaps that cannot be
        bridged as they are for this customer, is high enough, ``"cannot be kept"``, ``"not known"`` where it hangs on
        data that are missing, ``"not promised"``, or null for a row set aside; ``best_required`` (that R) and
        ``achieved_at``; ``required`` (R now); ``blocking`` (the gap that keeps it back most) and where it ``stands``;
        ``value`` if one was named.

        Parts: ``"cells"``, those of ideal segments first: what is ``promised`` there, the ``best`` R with gaps that
        cannot be bridged not bridged at all (a step whose target lies beyond its measure's hard limits is attained as
        far as these allow), whether that is ``reachable``, and the gaps that are ``blocking``. ``"broken"``: who was
        promised what cannot be reached, ideal segments first, then the most valuable.
        Facts: ``counts``, how many customers of ideal segments have each verdict; ``apart``, the same of the others.
        Without customers it is the cells alone.

    Raises
    ------
    DataError
        If the customers cannot be scored, or the value is none.

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
    >>> [(row["id"], row["promise"], row["blocking"]) for row in kept]
    [('A', 'can be kept', None), ('B', 'cannot be kept', 'allowed by law')]
    >>> kept.parts["cells"][0]["reachable"]
    False
    """
    scorer = model if isinstance(model, Scorer) else Scorer(model)
    given = scored(scorer, {} if customers is None else {"customers": customers}, **called)
    if customers is None:
        if value is not None:
            raise DataError("promises: value names what customers are worth, and no customers are given")
        return _cells_listed(_cells(scorer), None)
    scores = given["customers"]
    worth, own, ideal = scores.numbers(value), scores.id_column or "row", ideal_rows(scores)
    cells = _cells(scorer)
    found = _customers(scorer, scores, cells) | ({} if worth is None else {"value": worth})
    columns = beside({own: scores.id}, found, "promise")
    rows = np.flatnonzero(found["promise"] == CANNOT)
    most = np.zeros(len(rows)) if worth is None else np.nan_to_num(worth[rows], nan=-np.inf)
    rows = rows[np.lexsort((found["best_required"][rows], -most, ~ideal[rows]))]
    said = as_column([name or SET_ASIDE for name in found["promise"].tolist()])
    counts, apart = ({name: each[name] for name in VERDICTS} for each in (Counter(said[ideal]), Counter(said[~ideal])))
    notes = [
        f"{who}: {', '.join(f'{count:,} {name}' for name, count in each.items() if count)}."
        for who, each in (("Ideal segments", counts), ("Not ideal", apart))
        if any(each.values())
    ]
    table, rest = scores.table, {name: values[rows] for name, values in columns.items() if name != "promise"}
    title = f"{counted(len(rows), 'customer was', 'customers were')} promised what they cannot reach"
    broken = Listing(title, rest, like=table, formats=FORMATS, hide=HIDDEN)
    title = f"{scorer.model.name}: what becomes of promises to {counted(len(said), 'customer')}"
    facts, parts = {"counts": counts, "apart": apart}, {"cells": _cells_listed(cells, table), "broken": broken}
    more: dict[str, Any] = {"notes": notes, "parts": parts, "facts": facts, "first": 10}
    return Listing(title, columns, like=table, same_rows=True, formats=FORMATS, hide=HIDDEN, **more)


def _cells(scorer: Scorer) -> dict[str, Array]:
    """Return the columns of each cell, with every gap that cannot be bridged at 0."""
    model, needed, stuck = scorer.model, scorer.compiled.achieved_at, _stuck(scorer.model)
    # What a row holds does not matter, for every attainment is put in its place: only that nothing is missing, which
    # floor and target of a customer's own would make it if they were one number.
    here = np.arange(len(model.cells), dtype=np.int32)
    own = tuple(np.full(len(here), 1e9 + number) for number in range(len(model.columns)))
    columns = tuple(np.zeros(len(here)) for _ in model.measures)
    batch = Batch(columns, own, (True,) * len(columns), here)
    best = side_at(in_double(scorer.engine), batch, 0, np.where(stuck, 0.0, _most(scorer)))
    reachable, here_stuck = best >= needed - TOLERANCE, scorer.compiled.applies & stuck
    required, names = [model.outcome(cell).required for cell in model.cells], np.array([s.name for s in model.steps])
    ideal = {segment.name: segment.ideal for segment in model.segments}
    return {
        "cell": as_column(list(map(str, model.cells))),
        **{axis: as_column([getattr(cell, axis) for cell in model.cells]) for axis in AXES},
        "ideal": np.array([ideal.get(cell.segment, True) for cell in model.cells], dtype=bool),
        "outcome": as_column([one.name for one in required]),
        "promised": np.array([one.promised for one in required]),
        "best": best,
        "achieved_at": needed,
        "reachable": reachable,
        "blocking": as_column([", ".join(names[each]) or None for each in here_stuck & ~reachable[:, None]]),
    }


def _cells_listed(found: dict[str, Array], like: Table | None) -> Listing:
    """Return a row a cell, those of ideal segments first."""
    order, broken = np.argsort(~found["ideal"], kind="stable"), int((found["promised"] & ~found["reachable"]).sum())
    title = f"{counted(int(found['promised'].sum()), 'cell')} of {len(order):,} promised"
    title += f", {broken:,} of them out of reach" if broken else ""
    formats = {"best": "points", "achieved_at": "points", **dict.fromkeys(("ideal", "promised", "reachable"), "yes")}
    return Listing(title, {name: each[order] for name, each in found.items()}, like=like, formats=formats, hide=AXES)


def _customers(scorer: Scorer, scores: ModelScores, cells: dict[str, Array]) -> dict[str, Array]:
    """Return the columns of each customer, in the order of the rows.

    Every step is as far attained as it can be, but the gaps that cannot be bridged; these stay as they are, and where
    they are missing, anything is possible.
    """
    model, cell, batch, engine = scorer.model, scores.cell, scores.batch, in_double(scorer.engine)
    stuck, now = _stuck(model), attainment(engine, batch, stand_in=True)
    best = np.where(stuck, now, np.maximum(now, _most(scorer)[cell]))
    hidden = stuck & np.isnan(attainment(engine, batch))
    ends = np.where(hidden, 0.0, best), np.where(hidden, 1.0, best)
    point, low, high = (side_at(engine, batch, 0, each) for each in (best, *ends))
    known = {name: as_column([*cells[name].tolist(), None])[cell] for name in ("cell", "outcome", "ideal")}
    needed, promised = np.append(cells["achieved_at"], np.nan)[cell], np.append(cells["promised"], False)[cell]
    verdict = np.full(len(scores), UNKNOWN, dtype=object)
    verdict[low >= needed - TOLERANCE] = KEEPS
    verdict[high < needed - TOLERANCE] = CANNOT
    verdict[~promised] = NOT_PROMISED
    verdict[cell < 0] = None
    # The gap that would raise R most if it were bridged alone; where none alone would, the least attained.
    lack = np.where(stuck, np.nan_to_num(1.0 - best), 0.0)
    gain = np.where(lack > 0, 1e-6 * lack, -1.0)
    for step in np.flatnonzero(stuck).tolist():
        raised = side_at(engine, batch, 0, np.where(np.arange(len(stuck)) == step, 1.0, best))
        gain[:, step] += np.where(lack[:, step] > 0, np.round(raised - point, 12), 0.0)
    held = (lack.max(axis=1) > 0) & np.isin(verdict, (CANNOT, UNKNOWN))
    blocking = np.where(held, gain.argmax(axis=1), NONE)
    return {
        **known,
        "achieved_at": needed,
        "promise": verdict,
        "best_required": point,
        "required": scores.required,
        "blocking": as_column([*(step.name for step in model.steps), None])[blocking],
        "stands": as_column(scores.readings(np.arange(len(scores)), blocking).said()),
    }


def _most(scorer: Scorer) -> Array:
    """Return how far each step can be attained in each cell, shape (cells, steps): 1, or what hard limits allow."""
    floors, targets = scorer.compiled.floor.numbers, scorer.compiled.target.numbers
    found = np.ones(floors.shape)
    for number, step in enumerate(scorer.model.steps):
        floor, target = floors[number], targets[number]
        low, high = (np.nan if end is None else float(end) for end in (step.measure.low, step.measure.high))
        limit = np.where(target > floor, high, low)
        beyond = (limit - target) * (target - floor) < 0  # never where there is no limit, or a bound is the customer's
        reach = np.clip((limit[beyond] - floor[beyond]) / (target[beyond] - floor[beyond]), 0.0, 1.0)
        found[number, beyond] = step.curve.value(reach)
    return found.T


def _stuck(model: OutcomeModel) -> Mask:
    """Return which steps are success gaps that cannot be bridged."""
    return np.array([isinstance(step, SuccessGap) and not step.bridgeable for step in model.steps], dtype=bool)


# Success gaps


def gap_status(scores: Scores, *, weight: str | Any | None = None) -> Listing:
    """List each success gap with the state of its work, its owner, and its share of the whole gap.

    Good vendors know their success gaps; the best work to close them. The status is the model's
    (`outcomegap.SuccessGap`); the share of the gap is the customers' (docs/meaning, clause 2.11). Where the two
    disagree it is said: a gap that is said to be closed while customers lack it, or open while nobody does.

    Parameters
    ----------
    scores
        What `Scorer.score` returned.
    weight
        A column, or one number a customer: what each weighs in shares and means.

    Returns
    -------
    Listing
        A row a success gap, the largest share of the whole gap first: ``gap``, ``owner``, ``status`` (``"open"``,
        ``"being closed"``, ``"closed"``, ``"cannot be bridged"``), ``customers`` whose cell has it, ``affected``
        (observed and not fully bridged), ``missing`` (no data), ``share`` of the whole gap, mean ``part`` of it, mean
        ``gain`` if it alone were bridged, ``remedy``; ``disagrees``: what the data say against the status, or null.

        Part ``"owners"``, a row an owner and status: how many ``gaps``, how many customers are ``affected`` by one or
        more of them, the sums of their ``share`` and ``part``; ``owner`` is null where none is named.
        Facts: ``counts``, how many gaps have each status; ``apart``, how many customers are of segments that are not
        ideal, who count nowhere.

    Raises
    ------
    DataError
        If a weight is not a number of 0 or more.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> status = gap_status(og.Scorer(model).score(og.simulate(model, 200, seed=1)))
    >>> sum(status.facts["counts"].values()) == sum(isinstance(step, og.SuccessGap) for step in model.steps)
    True
    """
    by = scores.by(weight=weight)
    said = {step.name: work_status(step) for step in scores.model.steps}
    gaps = [gap for gap in by.total.gaps if gap.kind == SuccessGap.kind]
    columns = {"gap": as_column([gap.name for gap in gaps]), "owner": as_column([gap.owner for gap in gaps])}
    columns["status"] = as_column([said[gap.name] for gap in gaps])
    columns |= {name: as_column([getattr(gap, name) for gap in gaps]) for name in COLUMNS}
    differs = [_disagrees(said[gap.name], gap.customers, gap.affected, gap.missing) for gap in gaps]
    columns["disagrees"] = as_column(differs)
    apart = sum(group.customers for group in by.apart)
    notes = [f"{gap.name!r}: {why}." for gap, why in zip(gaps, differs, strict=True) if why is not None]
    rest = sum(gap.share for gap in by.total.gaps if gap.kind != SuccessGap.kind)
    if rest > 0:
        notes.append(f"{percent(rest)} of the whole gap are functions and expectations, which have no status.")
    if apart:
        notes.append(f"{counted(apart, 'customer')} of segments that are not ideal: in nothing here.")
    who = f"{counted(by.total.scored, 'customer')} of ideal segments with a score"
    facts = {"counts": {status: columns["status"].tolist().count(status) for status in STATUSES}, "apart": apart}
    title, parts = f"{counted(len(gaps), 'success gap')}, {who}", {"owners": _owners(scores, columns)}
    table, hide = scores.table, ("remedy",)
    return Listing(title, columns, like=table, formats=SHARED, hide=hide, notes=notes, parts=parts, facts=facts)


def _owners(scores: Scores, gaps: dict[str, Any]) -> Listing:
    attained = scores.attainment()
    lacks, counts = attained.values < MET, ideal_rows(scores) & (scores.cell >= 0)
    keys = list(zip(gaps["owner"].tolist(), gaps["status"].tolist(), strict=True))
    rows = []
    for key in sorted(set(keys), key=lambda key: (key[0] is None, key[0] or "", STATUSES.index(key[1]))):
        here = np.array([other == key for other in keys])
        steps = np.isin(attained.steps, gaps["gap"][here].tolist())
        affected = int((lacks[:, steps].any(axis=1) & counts).sum())
        rows.append((*key, int(here.sum()), affected, *(float(sum(gaps[name][here])) for name in ("share", "part"))))
    names = ("owner", "status", "gaps", "affected", "share", "part")
    columns = {name: as_column([row[place] for row in rows]) for place, name in enumerate(names)}
    return Listing("Success gaps by owner and status", columns, like=scores.table, formats=SHARED)


def _disagrees(status: str, customers: int, affected: int, missing: int) -> str | None:
    if status == "closed" and affected:
        return f"said to be closed, and {counted(affected, 'customer lacks', 'customers lack')} it"
    if status in ("open", "being closed") and customers and not affected and not missing:
        return f"said to be {status}, and nobody lacks it"
    return None
