"""Losses read from a frame: who left, what was stated and found, which of the two counts; and how many there are."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date as Date  # noqa: N812 - a type beside an argument of that name
from functools import cached_property
from typing import Any, Literal

import attrs
import numpy as np

from outcomegap.checks import choice
from outcomegap.churn.catalogue import OPTIONS, UNKNOWN_WORDS, Catalogue, Entry, catalogue as built_in, plain
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array, objects, plain_values
from outcomegap.intake.named_columns import Columns, as_date, as_text, end_of, number_customers
from outcomegap.listing import SHOWN, Listing, Show, as_column, counted, span
from outcomegap.stats import shares, weighted_wilson, z_of

Names = Mapping[str, str | None]
Told = Literal["entry", "unknown", "unmatched"]
#: Stands apart from the root causes, and from what could have been avoided.
UNKNOWN = "unknown"
PHASES = OPTIONS["phases"]
CAUSES, VERDICTS = ((*OPTIONS[name], UNKNOWN) for name in ("root_causes", "avoidable"))
#: What `told` says of a row set aside.
SET_ASIDE = "set_aside"
NOTHING = objects([None])
#: Nobody left before the first of these, or has left from the second on: such a date is a slip, or stands for "never".
FIRST, NEVER = np.datetime64("1900-01-01"), np.datetime64("2200-01-01")
VALUES = ("value", "value_share", "value_low", "value_high")
#: What losses can be grouped by, and the names whose values have an order of their own.
NAMES = ("segment", "stage", "phase", "month", "root_cause", "entry", "avoidable", "basis")
ORDERED = {"phase": PHASES, "root_cause": CAUSES, "avoidable": VERDICTS, "basis": ("found", "stated")}


@attrs.frozen
class Reading:
    """The meaning of one text: an entry, nothing (``"unknown"``), or no entry that fits (``"unmatched"``)."""

    told: Told
    entry: Entry | None = None


def reading_of(text: str | None, book: Catalogue, mapping: Mapping[str, str | None]) -> Reading:
    """Find the meaning of a text: by a mapping first, then by the catalogue, then by the words for "unknown".

    Examples
    --------
    >>> from outcomegap.churn import catalogue
    >>> texts = ("bugs", "moved ON", "No idea.", None, "well")
    >>> [reading_of(text, catalogue(), {plain("Moved on"): "needs-changed"}).told for text in texts]
    ['entry', 'entry', 'unknown', 'unknown', 'unmatched']
    """
    said = plain(text or "")
    if said in mapping:
        name = mapping[said]
        return Reading("unknown") if name is None else Reading("entry", book[name])
    entry = book.find(said)
    if entry is not None:
        return Reading("entry", entry)
    return Reading("unknown" if not said or said in UNKNOWN_WORDS else "unmatched")


class Losses:
    """Every loss, in the order of the rows; rows set aside are left out. `Ledger` says what it takes, and what it has.

    Attributes
    ----------
    whole, table
        The frame as it came, and without rows set aside.
    row
        In which row of `whole` each loss stands.
    everybody
        The column of customers, rows set aside included; None where no column names them.
    number
        Which customer each loss is of, numbered from 0; where no column names them, each is of another.
    readings
        What each text says that somebody stated or found.
    value
        What each was worth, where a column says so.
    """

    def __init__(
        self,
        frame: object,
        *,
        customer: str | None = None,
        stated: str | None = None,
        found: str | None = None,
        date: str | None = None,
        value: str | None = None,
        mapping: Names | None = None,
        segment: str | None = None,
        stage: str | None = None,
        phase: str | None = None,
        catalogue: Catalogue | None = None,
        confidence: float = 0.95,
        as_of: Date | str | None = None,
        on_bad: Literal["raise", "set_aside"] = "raise",
    ) -> None:
        columns, book = Columns(frame, "Ledger"), built_in() if catalogue is None else catalogue
        choice("on_bad", on_bad, ("raise", "set_aside"))
        z_of(confidence)
        if stated is None and found is None:
            message = "name the column of stated reasons (stated=), of your own findings (found=), or both"
            columns.problem("no-reason", message)
        known = _mapping(mapping or {}, book, columns)
        texts = {side: columns.as_texts(side, name) for side, name in (("stated", stated), ("found", found))}
        days, worth = _dates(columns, date, as_of), columns.numbers("value", value, least=0)
        more: dict[str, Any] = {"value": worth}
        for axis, name in (("segment", segment), ("stage", stage), ("phase", phase)):
            read = columns.as_texts(axis, name)
            more[axis] = None if read is None else objects(read)
        if phase is not None and more["phase"] is not None:
            wrong = ~np.isin(more["phase"].astype(str), (*PHASES, "None"))
            first = next(iter(more["phase"][wrong]), None)
            message = f"phase: column {phase!r} holds {first!r:.60}, which is not a phase"
            columns.problem("unknown-phase", message, phase, first, rows=wrong, options=PHASES)
        apart = "and no date= tells one loss from the other" if days is None else "on the same date, or without one"
        advice = f"{apart}; keep one row a loss"
        self.everybody, number = columns.customers(customer, blank=False, once=advice, days=days)
        columns.done(set_aside=on_bad == "set_aside")
        self.catalogue, self.confidence, self.problems = book, confidence, tuple(columns.problems)
        self.whole, self.row = columns.table, np.flatnonzero(columns.fine)
        self.table = self.whole.filter(columns.fine) if columns.problems else self.whole
        self.number = number_customers(number[self.row])
        kept = {side: [listed[n] for n in self.row.tolist()] for side, listed in texts.items() if listed is not None}
        distinct = {text for listed in kept.values() for text in listed}
        self.readings = {text: reading_of(text, book, known) for text in distinct}
        said = {plain(text) for text in distinct if text is not None}
        self.unused = tuple(str(raw) for raw in mapping or () if plain(str(raw)) not in said)
        if days is not None:
            more |= {"date": days, "month": np.where(np.isnat(days), NOTHING, days.astype("M8[M]").astype(str))}
        more = {name: values[self.row] for name, values in more.items() if values is not None}
        who = {} if self.everybody is None else {"customer": self.everybody[self.row]}
        self.columns: dict[str, Array] = who | _reasons(kept, self.readings) | more
        self.value: Array | None = self.columns.get("value")
        self.lost_value = math.nan if self.value is None else float(np.nansum(self.value))

    def __len__(self) -> int:
        return len(self.row)

    @property
    def set_aside(self) -> int:
        """How many rows are set aside."""
        return len(self.whole) - len(self)

    @property
    def customers(self) -> int:
        """How many customers were lost."""
        return len(np.unique(self.number))

    @property
    def said(self) -> str:
        """How many were lost, in words that keep losses and customers apart."""
        losses = counted(len(self), "loss", "losses")
        if self.everybody is None:
            return losses
        if self.customers == len(self):
            return counted(self.customers, "lost customer")
        return f"{losses} of {counted(self.customers, 'customer')}"

    @property
    def every_row(self) -> dict[str, Array]:
        """The columns with rows set aside where they stood: nulls, but for who it was."""
        if not self.set_aside:
            return self.columns
        place = np.full(len(self.whole), -1)
        place[self.row] = np.arange(len(self))
        nothing = {"f": np.nan, "M": np.datetime64("NaT", "us")}
        whole = {name: np.append(each, [nothing.get(each.dtype.kind)])[place] for name, each in self.columns.items()}
        whole["told"][place < 0] = SET_ASIDE
        return whole if self.everybody is None else whole | {"customer": self.everybody}

    # How many

    @cached_property
    def causes(self) -> Listing:
        """Losses under the three root causes, and unknown apart."""
        names = [(text or UNKNOWN).split(", ") for text in self.columns["root_causes"].tolist()]
        return self._listed("root_cause", "Root causes", CAUSES, Counter(itertools.chain.from_iterable(names)))

    @cached_property
    def entries(self) -> Listing:
        """Losses by entry of the catalogue, the most frequent first."""
        named = Counter(name for name in self.columns["entry"].tolist() if name is not None)
        ids = [name for name, _ in named.most_common()]
        return self._listed("entry", "Entries, the most frequent first", ids, named)

    def _listed(self, name: str, title: str, ids: Sequence[str], named: Mapping[str, int]) -> Listing:
        found = self._shares([self.columns[name] == item for item in ids])
        columns = {name: as_column(ids), "count": found["count"], "named": np.array([named[i] for i in ids], np.int64)}
        show = [Show(name.replace("_", " "), name), Show("losses", "count"), Show("share", form="percent")]
        show.append(Show(self._sure, ("low", "high"), span, right=True))
        if self.value is not None:
            show += [Show("value", form="count"), Show("share of value", "value_share", "percent")]
            show.append(Show(self._sure, ("value_low", "value_high"), span, right=True))
        return Listing(title, columns | found, like=self.table, show=show, first=10)

    def _shares(self, masks: Sequence[Array]) -> dict[str, Array]:
        """Count some losses each: how many, their share of all and its interval, and the same of value, NaN without."""
        count, nothing = np.array([rows.sum() for rows in masks], dtype=np.int64), np.full(len(masks), np.nan)
        share = zip(("share", "low", "high"), shares(count, len(self), self.confidence), strict=True)
        made = {"count": count, **dict(share), **dict.fromkeys(VALUES, nothing)}
        if self.value is not None:
            known = ~np.isnan(self.value)
            weights, held = self.value[known], [rows[known] for rows in masks]
            made["value"] = np.array([weights[rows].sum() for rows in held])
            made["value_share"] = made["value"] / weights.sum() if weights.sum() > 0 else nothing
            ends = [weighted_wilson(rows, weights, self.confidence) for rows in held]
            made["value_low"], made["value_high"] = np.array(ends).reshape(-1, 2).T
        return made

    @property
    def _sure(self) -> str:
        return f"{100 * self.confidence:g} % interval"

    @cached_property
    def avoidable(self) -> Listing:
        """How many losses could have been avoided, a row a verdict, with the range of the share in its facts."""
        said = self.columns["avoidable"]
        counts = {name: int((said == name).sum()) for name in VERDICTS}
        least = [said == "yes", (said == "yes") | (said == "partly"), said != "no"]
        found = {name: values.tolist() for name, values in self._shares(least).items()}

        def reach(row: int) -> dict[str, Any]:
            """Return the range from a share to the last, and the interval around both."""
            made = {"low": found["share"][row], "high": found["share"][-1]}
            made |= {"value_low": found["value_share"][row], "value_high": found["value_share"][-1]}
            pairs = {"interval": ("low", "high"), "value_interval": ("value_low", "value_high")}
            return made | {name: (found[low][row], found[high][-1]) for name, (low, high) in pairs.items()}

        whole, only = reach(0), reach(1)
        sure = [f"{span(one['low'], one['high'])} ({self._sure} {span(*one['interval'])})" for one in (whole, only)]
        notes = [f"Avoidable: {sure[0]}; the range is from none to all of the unknown and of those avoidable in part."]
        if not math.isnan(whole["value_low"]):
            notes[0] += f" Of the value lost: {span(whole['value_low'], whole['value_high'])}."
        if counts["partly"]:
            notes.append(
                f"Counting what is avoidable in part as avoidable: {sure[1]}, from none to all of the unknown."
            )
        columns, facts = (
            {"avoidable": VERDICTS, "losses": list(counts.values())},
            counts | whole | {"only_unknown": only},
        )
        return Listing("Avoidable", columns, like=self.table, notes=notes, facts=facts)

    def by(self, *names: str) -> Listing:
        """Count losses in groups.

        Parameters
        ----------
        *names
            One or more of ``"segment"``, ``"stage"``, ``"phase"``, ``"month"`` (of leaving), ``"root_cause"``,
            ``"entry"``, ``"avoidable"``, ``"basis"``. Months in which nobody left stand between the first and the last
            with nobody in them, beside each group of the other names that there is.

        Returns
        -------
        Listing
            A row a group. After the columns that name it: ``losses``, ``customers``, ``value``; for each root cause
            and ``unknown`` the count, the share of the group, and its interval (``required_outcome``,
            ``required_outcome_share``, ``..._low``, ``..._high``); ``avoidable_low``, ``avoidable_high``,
            ``avoidable_interval_low``, ``avoidable_interval_high``, and ``only_unknown_low``, ``only_unknown_high``,
            the range in which only the unknown vary.

        Raises
        ------
        DataError
            If a name is none of those, or its column was not given.

        Examples
        --------
        >>> from outcomegap.churn import Ledger
        >>> ledger = Ledger({"why": ["bugs", "died", "bugs"], "plan": ["pro", "pro", "basic"]}, stated="why",
        ...                 segment="plan")
        >>> [(row["segment"], row["avoidable_low"]) for row in ledger.by("segment")]
        [('basic', 1.0), ('pro', 0.5)]
        """
        wanted = list(dict.fromkeys(choice("by", name, NAMES) for name in names))
        if not wanted:
            raise DataError.of("unknown-group", f"say what to group by: {', '.join(NAMES)}")
        for name in wanted:
            if name not in self.columns:
                argument = "date" if name == "month" else name
                message = f"the ledger knows no {name}; name its column with {argument}= when you make it"
                raise DataError.of("missing-column", message, name)
        orders = [_order(self.columns[name], name) for name in wanted]
        places = [{value: place for place, value in enumerate(order)} for order in orders]
        listed = [[place[value] for value in self.columns[name]] for name, place in zip(wanted, places, strict=True)]
        every = codes = np.array(listed, dtype=np.int64)
        if "month" in wanted:  # months in which nobody left stand beside each group of the other names
            at = wanted.index("month")
            months = len(orders[at]) - 1
            every = np.repeat(np.unique(codes[:, codes[at] < months], axis=1), months, axis=1)
            every[at] = np.arange(every.shape[1]) % max(months, 1)
        cells, group = np.unique(np.hstack([codes, every]), axis=1, return_inverse=True)
        rows = zip(wanted, orders, cells, strict=True)
        columns = {name: objects(order)[cell] for name, order, cell in rows}
        columns |= self._counts(group.reshape(-1)[: len(self)], cells.shape[1])
        show: list[Show | str] = [*wanted, "losses"]
        show += ["customers"] if self.customers < len(self) else []
        show += ["value"] if self.value is not None else []
        show += [Show(name, f"{name}_share", "percent") for name in CAUSES]
        show.append(Show("avoidable", ("avoidable_low", "avoidable_high"), span, right=True))
        ends = ("avoidable_interval_low", "avoidable_interval_high", "losses")
        # Of nobody lost any share is possible: that is no interval to read.
        show.append(Show(self._sure, ends, lambda low, high, many: span(low, high) if many else "-", right=True))
        form: dict[str, Any] = {"like": self.table, "show": show, "formats": {"value": "count"}}
        if "month" in wanted and cells.shape[1] > SHOWN:
            form["order"] = np.sort(np.argsort(-cells[wanted.index("month")], kind="stable")[:SHOWN])
            form["notes"] = ["Shown are the newest months; to_frame() has all."]
        return Listing(f"{self.said} by {', '.join(wanted)}", columns, **form)

    def _counts(self, group: Array, many: int) -> dict[str, Array]:
        """Return what is counted in each of many groups; `group` is the place of each loss among them."""
        size, cause, said = np.bincount(group, minlength=many), self.columns["root_cause"], self.columns["avoidable"]
        whose = np.unique(np.stack([group, self.number]), axis=1)[0]
        made = {"losses": size, "customers": np.bincount(whose, minlength=many), "value": np.full(many, np.nan)}
        if self.value is not None:
            made["value"] = np.bincount(group, np.nan_to_num(self.value), minlength=many)

        def share(rows: Array) -> tuple[Array, Array, Array]:
            return shares(np.bincount(group[rows], minlength=many), size, self.confidence)

        for name in CAUSES:
            made[name] = np.bincount(group[cause == name], minlength=many)
            made[f"{name}_share"], made[f"{name}_low"], made[f"{name}_high"] = share(cause == name)
        made["avoidable_low"], made["avoidable_interval_low"], _ = share(said == "yes")
        made["avoidable_high"], _, made["avoidable_interval_high"] = share(said != "no")
        made["only_unknown_low"] = share((said == "yes") | (said == "partly"))[0]
        return made | {"only_unknown_high": made["avoidable_high"]}

    def concentration(self) -> Listing:
        """Return how much hangs on single customers of those lost; `outcomegap.churn.concentration` takes any list.

        What a customer was worth at each loss is summed.
        """
        return _concentration(self.value, self.columns.get("customer"), self.number)


def _reasons(texts: Mapping[str, list[str | None]], readings: Mapping[str | None, Reading]) -> dict[str, Array]:
    """Return what was stated and found, and the one that counts: the finding wherever one was written down."""
    told = {side: [readings[text] for text in listed] for side, listed in texts.items()}
    last = list(told)[-1]
    basis = ["stated" if "stated" in told and reading.told == UNKNOWN else last for reading in told[last]]
    counts = [told[side][place] for place, side in enumerate(basis)]
    entries = [reading.entry for reading in counts]
    columns: dict[str, list[Any]] = {}
    for side, listed in texts.items():
        columns |= {side: listed, f"{side}_entry": [r.entry.id if r.entry else None for r in told[side]]}
    columns["entry"] = [entry.id if entry else None for entry in entries]
    columns["reason"] = [entry.name if entry else None for entry in entries]
    columns |= {"basis": basis, "told": [reading.told for reading in counts]}
    columns["root_cause"] = [entry.root_causes[0] if entry else UNKNOWN for entry in entries]
    columns["root_causes"] = [", ".join(entry.root_causes) if entry else None for entry in entries]
    columns["avoidable"] = [entry.avoidable if entry else UNKNOWN for entry in entries]
    return {name: objects(values) for name, values in columns.items()}


def _mapping(given: Mapping[str, str | None], book: Catalogue, columns: Columns) -> dict[str, str | None]:
    """Return plain text -> id of an entry, or None for what says nothing; what is wrong is noted."""
    found: dict[str, str | None] = {}
    for raw, name in given.items():
        said = plain(as_text(raw) or "")
        if not said:
            columns.problem(
                "mapping", f"mapping: {raw!r:.60} is not a text to look for; leave it out, blank is unknown"
            )
        elif name is not None and name not in book:
            message = f"mapping: {raw!r:.60} stands for {name!r:.60}, which is no entry"
            columns.problem("unknown-entry", message, value=str(name), options=book.ids)
        elif found.setdefault(said, name) != name:
            columns.problem("mapping", f"mapping: {raw!r:.60} is {found[said]!r} as well as {name!r}; say it once")
    return found


def _dates(columns: Columns, name: str | None, as_of: object) -> Array | None:
    """Read the days of leaving, and note values that are not a day."""
    until = as_date(as_of)
    if until is False:
        columns.problem("not-a-date", f"as_of is a date, or text such as '2026-01-31' (got {as_of!r:.60})")
    dates = columns.dates("date", name)
    if dates is None:
        return None
    last = end_of(np.array([until or None], dtype="M8[us]"))
    odd, late = (dates < FIRST) | (dates >= NEVER), f"later than as_of, {last.astype('M8[D]')[0]}"
    why = "which is not a day of leaving; leave it empty where the day is unknown"
    for rule, rows, said in (("implausible-date", odd, why), ("later-than-as-of", ~odd & (dates > last), late)):
        first = next(iter(dates[rows].astype("M8[D]").astype(str)), None)
        columns.problem(rule, f"date: column {name!r} holds {first}, {said}", name, first, rows=rows)
    return dates


def _order(values: Array, name: str) -> list[str | None]:
    """Return the values of a column in order, None last; of months every one from the first to the last."""
    known = sorted({value for value in values.tolist() if value is not None})
    if name == "month" and known:
        first, last = np.datetime64(known[0], "M"), np.datetime64(known[-1], "M")
        known = np.arange(first, last + np.timedelta64(1, "M")).astype(str).tolist()
    return [*ORDERED.get(name, known), None]


# What one leaver weighs


def concentration(frame: object, *, value: str | None = None, customer: str | None = None) -> Listing:
    """Say how much hangs on single customers of a list: of all you have, or of those lost.

    Parameters
    ----------
    frame
        Any data frame, a row a customer, or several.
    value
        The column with what each is worth, 0 or more.
    customer
        The column that names customers; what several rows say of one is summed. Without it each row is a customer, and
        so is a row that names nobody.

    Returns
    -------
    Listing
        One row: how many ``customers`` there are; ``one_leaver``, what one of them weighs among all (1 / customers,
        null for an empty list); ``herfindahl``, the sum of the squared shares of value (Herfindahl's index: 1 over
        customers where all are worth the same, 1 where one is worth everything, null without values); ``effective``
        (1 / herfindahl), how many customers of equal value would be as concentrated; ``largest`` and ``largest_share``,
        who is the most valuable (its row where nothing names them), and its share of value; ``without_value``, of how
        many the value is unknown: they are in ``customers`` and in none of the shares; and ``part_unknown``, of how
        many more it is unknown in some rows: they enter with what is known.

    Raises
    ------
    DataError
        If a column is not there, or a value is not a number of 0 or more.

    References
    ----------
    Hirschman, The paternity of an index, American Economic Review 54 (1964) 761-762.

    Examples
    --------
    >>> held = concentration({"who": ["A", "B", "C"], "mrr": [800, 100, 100]}, value="mrr", customer="who")
    >>> print(held)
    what hangs on single customers
    <BLANKLINE>
    customers  one_leaver  herfindahl  effective  largest  largest_share  without_value  part_unknown
    -------------------------------------------------------------------------------------------------
            3      33.3 %        0.66       1.52  A               80.0 %              0             0
    >>> held = concentration({"who": ["A", "A", "B"], "mrr": [50, 50, 100]}, value="mrr", customer="who")
    >>> held[0]["customers"], held[0]["herfindahl"]
    (2, 0.5)
    """
    columns = Columns(frame, "concentration")
    values = columns.numbers("value", value, least=0)
    names, number = columns.customers(customer)
    columns.done()
    return _concentration(values, names, number)


def _concentration(values: Array | None, names: Array | None, number: Array) -> Listing:
    """Return the concentration of values, and of the names and the numbers of the customers of each row."""
    rows, there = np.bincount(number), np.zeros(len(number), dtype=bool) if values is None else ~np.isnan(values)
    known = rows if values is None else np.bincount(number[there], minlength=len(rows))
    made: dict[str, Any] = {"customers": len(rows), "one_leaver": 1 / len(rows) if len(rows) else math.nan}
    made |= {"herfindahl": math.nan, "effective": math.nan, "largest": None, "largest_share": math.nan}
    made |= {"without_value": int((known == 0).sum()), "part_unknown": int(((known > 0) & (known < rows)).sum())}
    if values is not None and values[there].any():
        # Shares of the largest first, so that no sum of squares overflows.
        sums = np.bincount(number[there], values[there] / values[there].max(), minlength=len(rows))
        parts = sums / sums.sum()
        herfindahl, row = float((parts * parts).sum()), int((number == parts.argmax()).argmax())
        name = None if names is None else plain_values(names[[row]])[0]
        made |= {"herfindahl": herfindahl, "effective": 1 / herfindahl, "largest": row if name is None else name}
        made["largest_share"] = float(parts.max())
    formats = {"one_leaver": "percent", "largest_share": "percent", "herfindahl": "number", "effective": "number"}
    columns = {name: [value] for name, value in made.items()}
    return Listing("what hangs on single customers", columns, formats=formats)
