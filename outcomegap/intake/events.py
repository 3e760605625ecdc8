"""Tables of events: the customer of each row, one number per customer and measure, and the expected rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs
import numpy as np

from outcomegap.frames import Table
from outcomegap.frames.arrays import Mask
from outcomegap.intake.look_ups import LookUps, quoted
from outcomegap.intake.moments import NO_TIME, Moments, days, interval
from outcomegap.intake.names import lacking, named_by
from outcomegap.intake.raw_table import GONE, LATER, NOBODY, RawTable
from outcomegap.intake.reader import NOTHING, Numbers, Read, Reader, Rows
from outcomegap.intake.scoring_day import note_later
from outcomegap.listing import counted, percent
from outcomegap.model.inputs import NEED_TIME, OF_TIME, Code, Expected, Key, MeasureInput, Source, key_name, parts_of


def gather(look_ups: LookUps, sheet: RawTable, ids: Mapping[str, int]) -> dict[str, Numbers]:
    """Return what each source over events gives, by its path; examine what is expected of the tables."""
    known = dict.fromkeys(sheet.gone, GONE) | dict(ids)
    links, inputs = Links(look_ups, sheet, known), sheet.inputs
    named = [source.table for source in inputs.sources.values()] + [expected.table for expected in inputs.expect]
    found: dict[str, Numbers] = {}
    for name in dict.fromkeys(named):
        if name is not None and name != inputs.customers:
            found |= _of_table(name, links)
    for number, said in enumerate(inputs.expect):
        if said.table in (None, inputs.customers):
            _examine(said, number, links, sheet)
    return found


def _of_table(name: str, links: Links) -> dict[str, Numbers]:
    sheet, inputs, by = links.sheet, links.sheet.inputs, links.by_of(name)
    sources = dict(_resolved(name, links))
    expect = {number: said for number, said in enumerate(inputs.expect) if said.table == name}
    columns: list[Key] = [column for source in sources.values() for column in source.reads]
    for said in expect.values():
        own = [column for table, column in said.ends if table == name]
        columns += [by, *own, *(said.where if own else ()), *filter(None, [inputs.table(name).time])]
    wide = links.look_ups.columns(name, columns)
    if wide is None:
        return {}
    ways: dict[tuple[Key, str | None, str | None], dict[str, Source]] = {}
    for path, source in sources.items():
        form = None if source.dated else source.date_format
        ways.setdefault((source.by or by, source.time, form), {})[path] = source
    owners = {key: links.owners_of(name, wide.table, key) for key, *_ in ways or [(by,)]}
    first = next(iter(owners.values()))
    rows = links.look_ups.rows_of(name, wide, sheet.as_of_of(first.only), sheet.checks)
    rows.owners, rows.notes = first.of, sheet.notes
    whose = {part for key, *_ in ways for part in parts_of(key)}
    wide.note(rows.problem if whose <= set(links.look_ups.tables.names(name)) else links.of_all, f"{name}.")
    found: dict[str, Numbers] = {}
    for (key, time, form), some in ways.items():
        codes = inputs.said("missing", table=rows.home(time or ""))[0]
        times = MeasureInput(date_format=form, missing=(*codes, *_of_times(some.values())))
        aggregation = Aggregation(rows, sheet, key, time, owners[key], times)
        found |= {path: aggregation.measure(source) for path, source in some.items()}
    for number, said in expect.items():
        _examine(said, number, links, rows)
    return found


def _of_times(sources: Iterable[Source]) -> Iterator[Code]:
    """Yield the codes of sources that mean no time: all where only times are read, else texts."""
    for source in sources:
        if source.aggregate in NEED_TIME:
            yield from (code for code in source.missing or () if source.column is None or isinstance(code, str))


def _resolved(table: str, links: Links) -> Iterator[tuple[str, Source]]:
    """Yield the sources over a table by their paths; each says its column, its customer and its time."""
    inputs = links.sheet.inputs
    for path, source in inputs.sources.items():
        if source.table == table:
            # These read no column unless one is named.
            bare = source.dated or source.aggregate in ("count", "days", "share", *OF_TIME)
            column = source.column or (None if bare else path.partition(".")[2] or path)
            by, time = source.by or links.by_of(table), source.time or inputs.table(table).time
            yield path, attrs.evolve(source, column=column, by=by, time=time)


@attrs.frozen(eq=False)
class Owners:
    """The customers of the rows of a table: pairs of a row and a customer.

    Parameters
    ----------
    customers
        The customer of each pair; `NOBODY` where a row has none, `GONE` where it was left out, `LATER` where a row on
        the way was not known then.
    rows
        The row of each pair; left out, each row has one pair.
    several
        How many rows have several customers.
    known
        What names a customer, or a row of the table on the way.
    """

    customers: Rows
    rows: Rows | slice = slice(None)
    several: int = 0
    known: Collection[str] = ()

    def of(self, rows: Rows) -> Rows:
        """Return the customers of some rows, each once; among them `GONE` and `LATER`."""
        found = np.unique(self.customers[rows if isinstance(self.rows, slice) else np.isin(self.rows, rows)])
        own: Rows = found[found != NOBODY]
        return own

    def strangers(self, table: Table, by: Key, among: Mask | slice = slice(None)) -> list[str]:
        """Return what the rows of a table, or some pairs of them, name that is no customer."""
        raw = named_by(table, by)
        codes = np.unique(raw.codes[self.rows][among][self.customers[among] == NOBODY]).tolist()
        return sorted(raw.values[code] for code in codes if code >= 0)

    @property
    def only(self) -> Rows:
        """The customer of each row, below 0 where it has none or several."""
        if isinstance(self.rows, slice):
            return self.customers
        first = np.flatnonzero(np.diff(self.rows, prepend=-1))
        return np.where(np.diff(first, append=len(self.rows)) > 1, -1, self.customers[first])


@attrs.frozen(eq=False)
class Shared:
    """The customers who share each key of a table on the way.

    Parameters
    ----------
    keys
        The number of each key.
    start
        By number, where its customers begin; one more at the end.
    customers
        The customers, by number.
    others
        By number, what a key without customers gives: `GONE`, `LATER` or -1.

    Examples
    --------
    >>> shared = Shared.of({"o1": 0, "o2": 1}, np.array([0, 1, 1, 1]), np.array([7, 7, 8, 8]))
    >>> owners = shared.owners(np.array([1, -1, 0]))
    >>> owners.rows.tolist(), owners.customers.tolist(), owners.only.tolist()
    ([0, 0, 1, 2], [7, 8, -1, 7], [-1, -1, 7])
    """

    keys: Mapping[str, int]
    start: Rows
    customers: Rows
    others: Rows

    @classmethod
    def of(cls, keys: Mapping[str, int], places: Rows, customers: Rows) -> Shared:
        """Take pairs of a key's number and a customer, `GONE` or `LATER`, in any order and repeated."""
        size, others, here = int(customers.max(initial=0)) + 1, np.full(len(keys) + 1, -1), customers >= 0
        others[places[~here]] = customers[~here]
        pairs = np.unique(places[here] * size + customers[here])
        return cls(keys, np.searchsorted(pairs // size, np.arange(len(keys) + 1)), pairs % size, others)

    def owners(self, places: Rows) -> Owners:
        """Return the customers of rows that name these keys; -1 is none."""
        count = np.append(np.diff(self.start), 0)[places]
        several = int((count > 1).sum())
        each = np.maximum(count, 1)
        rows = np.repeat(np.arange(len(places)), each)
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(each) - each, each)
        known = np.append(self.customers, -1)
        customers = known[np.minimum(self.start[places][rows] + nth, len(known) - 1)]
        customers = np.where(count[rows] > 0, customers, self.others[places][rows])
        return Owners(customers, rows if several else slice(None), several, self.keys)


@attrs.define(eq=False)
class Links:
    """The customers' ids, and the tables that lead to them.

    Parameters
    ----------
    look_ups
        The raw tables, with the columns that they look up.
    sheet
        The customers' own.
    ids
        Id -> row, of the customers who have one of their own; `GONE` of those left out.
    """

    look_ups: LookUps
    sheet: RawTable
    ids: Mapping[str, int]
    _known: dict[tuple[str, Key], Shared] = attrs.field(factory=dict)
    _owners: dict[tuple[str, Key], Owners] = attrs.field(factory=dict)

    def of_all(self, rule: str, message: str, column: str, value: object, **_: object) -> None:
        """Note a problem of rows of which nobody can tell whose they are: it concerns all customers."""
        self.sheet.checks.problem(rule, message, column, value)

    def by_of(self, table: str) -> Key:
        """Return the column by which a table names its customer, or several."""
        return self.sheet.inputs.table(table).by or self.sheet.inputs.id or ""

    def owners_of(self, name: str, table: Table, by: Key) -> Owners:
        """Return the customers of each row; a row whose key several customers share counts for each of them."""
        if (name, by) not in self._owners:
            via = self.sheet.inputs.table(name).via
            if via is None:
                owners = Owners(_places(table, by, self.ids), known=self.ids)
            else:
                shared = self._shared(via, self._key_of(via, by))
                owners = shared.owners(_places(table, by, shared.keys))
            if owners.several:
                of = f"{counted(owners.several, 'row')} of {len(table):,} counted for each of several customers"
                self.sheet.notes.add(f"table {name!r}: {of} who share one {key_name(by)} in {via!r}")
            self._owners[name, by] = owners
        return self._owners[name, by]

    def _key_of(self, via: str, by: Key) -> Key:
        """Return the column, or columns, by which other tables name rows of a table on the way."""
        return self.sheet.inputs.table(via).key or by

    def _shared(self, name: str, key: Key) -> Shared:
        """Return which customers share each key of a table on the way."""
        if (name, key) not in self._known:
            by, checks, time = self.by_of(name), self.sheet.checks, self.sheet.inputs.table(name).time
            what, names = f"table {name!r}, which others go via (say its key)", self.look_ups.tables.names(name)
            unsaid = self.sheet.inputs.table(name).key is None and lacking(checks, names, parts_of(key), what, name)
            wide = self.look_ups.columns(name, (*(() if unsaid else (key,)), by, *filter(None, [time])))
            if wide is None or unsaid:
                self._known[name, key] = Shared.of({}, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
                return self._known[name, key]
            wide.note(self.of_all, f"{name}.")
            raw, owners = named_by(wide.table, key), self.owners_of(name, wide.table, by)
            places = raw.codes[owners.rows]
            found = (places >= 0) & (owners.customers != -1)
            if lost := len(found) - int(found.sum()):
                some, alike = quoted(by, owners.strangers(wide.table, by), owners.known)
                message = f"{lost:,} of {counted(len(wide.table), 'row')} belong to no customer{some}{alike}"
                checks.finding("no-customer", f"tables.{name}", message, "warning", lost)
            on_the_way = self.look_ups.rows_of(name, wide, self.sheet.as_of)
            customers = np.where(self.known_then(on_the_way, owners), owners.customers, LATER)
            checks.problems.extend(on_the_way.checks.problems)
            keys = {text: place for place, text in enumerate(raw.values)}
            self._known[name, key] = Shared.of(keys, places[found], customers[found])
        return self._known[name, key]

    def known_then(self, rows: RawTable, owners: Owners) -> Mask:
        """Return which pairs of a row and its customer were known at that customer's moment of scoring."""
        time = rows.inputs.table(rows.name or "").time
        if time is None or rows.name == rows.inputs.customers:  # of customers it is when they began
            return np.ones(len(owners.customers), dtype=bool)
        pairs = attrs.evolve(rows, at=owners.rows, as_of=self.sheet.as_of_of(owners.customers))
        return pairs.known_then(time, pairs.dates(time, f"table {rows.name!r}"), self.sheet.notes)

    def dates(self, rows: RawTable, name: str, column: str) -> Moments:
        """Return a date of another table for each row of events: its customer's, or that of a row on the way."""
        inputs, by, what = self.sheet.inputs, self.by_of(rows.name or ""), f"expect: table {name!r}"
        if name == inputs.customers:
            moments, places = self.sheet.moments(column, what), self.owners_of(rows.name or "", rows.table, by).only
        elif name == inputs.table(rows.name or "").via:
            key = self._key_of(name, by)
            wide = self.look_ups.columns(name, (key, column))
            if wide is None:
                return np.full(len(rows), NO_TIME)
            keys = named_by(wide.table, key)
            on_the_way = self.look_ups.rows_of(name, wide, self.sheet.as_of)
            moments = on_the_way.moments(column, what)
            self.sheet.checks.problems.extend(on_the_way.checks.problems)
            known = {keys.values[code]: place for place, code in enumerate(keys.codes.tolist()) if code >= 0}
            places = _places(rows.table, by, known)
        else:
            message = f"expect: a date of {name!r} cannot be told for rows of {rows.name!r}, which do not go via it"
            self.sheet.checks.problem("expect", message, f"{name}.{column}")
            return np.full(len(rows), NO_TIME)
        found: Moments = np.append(moments, NO_TIME)[np.maximum(places, -1)]
        return found


def _places(table: Table, key: Key, known: Mapping[str, int]) -> Rows:
    """Return what is known by the text of each row; -1 where nothing is."""
    raw = named_by(table, key)
    return np.array([*(known.get(text, -1) for text in raw.values), -1], dtype=np.int64)[raw.codes]


# Many events to one number a customer


@attrs.define(eq=False)
class Aggregation:
    """Every measure that one table gives by one way of naming the customer and one column of times.

    Parameters
    ----------
    rows, sheet
        The table, from here on with one row for each pair of an event and its customer; and that of the customers.
    by, time
        Its column that names the customer, and its column of times or None.
    owners
        To whom each row belongs.
    times
        How its times are read.
    """

    rows: RawTable
    sheet: RawTable
    by: Key
    time: str | None
    owners: Owners
    times: Source
    when: Moments = attrs.field(init=False)
    mine: Mask = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        as_of = self.sheet.as_of_of(self.owners.customers)
        self.rows = attrs.evolve(self.rows, at=self.owners.rows, as_of=as_of, owners=self.owners.of)
        read = Read(np.full(len(self.rows), NO_TIME), NOTHING)
        if self.time is not None:
            read = self.rows.dates(self.time, f"table {self.rows.name!r}", self.times)
        self.when = read.values
        counts = self._before(read)
        self._note_strangers(counts)
        self.mine = counts & (self.owners.customers >= 0)

    def _before(self, read: Read) -> Mask:
        """Leave out events at or after the moment of scoring, and count them in a note."""
        if self.time is not None:
            return self.rows.known_then(self.time, read, self.sheet.notes)
        if not np.isnat(self.rows.as_of).all():
            self.sheet.notes.add(f"table {self.rows.name!r} has no time column: all its rows count")
        return np.ones(len(self.rows), dtype=bool)

    def _note_strangers(self, counts: Mask) -> None:
        said = self.sheet.inputs.table(self.rows.name or "")
        lost, gone, later = (counts & (self.owners.customers == nobody) for nobody in (NOBODY, GONE, LATER))
        self.sheet.notes.rows(self.rows.name, self.rows.count(gone), "of customers left out")
        self.sheet.notes.rows(
            self.rows.name, self.rows.count(later), f"of a row of {said.via!r} that was not known then left out"
        )
        if lost.any():
            name, sheet, by = self.rows.name, self.sheet, self.by
            names, known = self.owners.strangers(self.rows.table, by, counts), self.owners.known
            some, alike = quoted(by, names, known)
            message = (
                f"{int(lost.sum()):,} of {counted(self.rows.count(counts), 'row')} belong to no customer{some}{alike}"
            )
            if (lost == counts).all() and by != sheet.inputs.id and by in sheet.table.names:
                say = f'look_up = {{ {name} = "{by}" }} under [inputs.tables.{sheet.inputs.customers}]'
                message += f"; where customers name its rows by {key_name(by)}, say {say}"
            elif (lost == counts).all() and not alike and by == sheet.inputs.id and said.by is None:
                message += f"; say by = the column that names the customer, under [inputs.tables.{name}]"
            strange = (lost == counts).all() and known and not any(text in known for text in names)
            several = 1 < len(names) <= 2 * len(sheet) and len(sheet) > 1  # of few customers, none may have a row
            if strange and (alike or several):  # a count of 0 for everybody would be wrong
                sheet.checks.problem("no-customer", f"table {name!r}: {message}", f"{name}.{key_name(by)}")
            else:
                sheet.checks.finding("no-customer", f"tables.{name}", message, "warning", int(lost.sum()))

    def measure(self, source: Source) -> Numbers:
        """Return one number a customer."""
        how, rows, what, size = source.aggregate or "", self.rows, f"table {self.rows.name!r}", len(self.sheet)
        owners, when = self.owners.customers, self.when
        say = "for what was open, take the difference of two counts, one with time = the closing"
        note_later(rows, source.where, f"tables.{rows.name}", say)
        read, fits = (
            Reader.of(source, rows.inputs, rows.home(source.column or "")),
            self.mine & rows.fitting(source.where, what),
        )
        if source.within_days is not None:
            fits &= when >= rows.as_of - days(source.within_days)
        if source.before_days is not None:
            fits &= when < rows.as_of - days(source.before_days)
        if how in ("count", "days") and source.column is not None:
            fits &= rows.filled(source.column, what, read.missing)
        events = np.bincount(owners[fits], minlength=size)
        value = events.astype(np.float64)
        if how != "count":
            each = self._each(source, read, what, fits)
            rows.note_ahead(source, what, fits)
            silent = fits & np.isnan(each)
            if how == "share" and silent.any():  # who has no answer has nothing to share
                of = f"{rows.count(silent):,} of {counted(rows.count(fits), 'row')}"
                self.sheet.notes.add(f"{what}: {of} without {key_name(tuple(source.matching))!r} in no share")
                events = np.bincount(owners[fits & ~silent], minlength=size)
            fits &= ~silent & (~np.isnat(when) if how in ("latest", "first") else True)
            value, there = taken(how, owners[fits], each[fits], when[fits], size)
            if how == "only":
                where = f"{rows.name}.{source.column}"
                message = f'{where}: more than one value, where aggregate = "only" expects one'
                rows.checks.problem("more-than-one", message, where, rows=there > 1)
        if how in ("count", "days", "distinct", "share", *OF_TIME):
            value = read.scaled(value)
        return np.where(events == 0, np.nan if source.of_none is None else source.of_none, value)

    def _each(self, source: Source, read: Reader, what: str, fits: Mask) -> Numbers:
        """Return what each event gives, NaN where nothing; `fits` are those that count."""
        rows, how, column = self.rows, source.aggregate, source.column or ""
        if how == "time_between":  # from the first event on, as months differ in length
            first = np.full(len(self.sheet) + 1, NO_TIME)
            np.fmin.at(first, self.owners.customers[fits], self.when[fits])
            passed: Numbers = interval(first[self.owners.customers], self.when, source.unit)
            return passed
        if how in OF_TIME:
            until = np.datetime64(0, "us") if np.isnat(rows.as_of).all() else rows.as_of
            ages: Numbers = interval(self.when, until, source.unit)
            return ages
        if how == "days":
            numbered: Numbers = np.floor(interval(np.datetime64(0, "us"), self.when))
            return numbered
        if how == "share":
            value = rows.fitting(source.matching, what).astype(np.float64)
            if not any("" in codes for codes in source.matching.values()):
                for name in source.matching:
                    value[(value == 0.0) & ~rows.filled(name, what, read.missing)] = np.nan
            return value
        if how == "distinct" and not source.dated and read.values is None:
            return np.where(rows.filled(column, what, read.missing), rows.distinct(column, what).codes, np.nan)
        return rows.value(source, column, read, what)


def taken(how: str, who: Rows, each: Numbers, when: Moments, size: int) -> tuple[Numbers, Rows]:
    """Return what an aggregate takes of the values of each customer, NaN where there is none, and how many there are.

    Examples
    --------
    >>> who, hours = np.array([2, 0, 0, 0, 0]), np.array([7.0, 1.0, 10.0, 2.0, 4.0])
    >>> taken("median", who, hours, np.full(5, NO_TIME), 3)
    (array([ 3., nan,  7.]), array([4, 0, 1]))
    """
    there = np.bincount(who, minlength=size)
    if how in ("days", "distinct"):
        values, places = np.unique(each, return_inverse=True)
        pairs = np.sort(who * len(values) + places)  # faster than np.unique, which hashes
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        return np.bincount(pairs // max(len(values), 1), minlength=size).astype(np.float64), there
    if how in ("sum", "mean", "share"):
        total = np.bincount(who, weights=each, minlength=size)
        return np.where(there > 0, total / (1 if how == "sum" else np.maximum(there, 1)), np.nan), there
    if how in ("min", "max", "time_since", "time_between"):
        least, most = np.full(size, np.nan), np.full(size, np.nan)
        np.fmin.at(least, who, each)
        np.fmax.at(most, who, each)
        if how == "time_between":
            return np.where(there > 1, (most - least) / np.maximum(there - 1, 1), np.nan), there
        return most if how == "max" else least, there
    if how in ("latest", "first"):
        ordered = each[np.lexsort((each, (1 if how == "latest" else -1) * when.astype(np.int64), who))]
    else:  # by customer, then by value: one sort of whole numbers beats a sort by two keys
        order = np.argsort(each)
        ranks = np.empty_like(order)
        ranks[order] = np.arange(len(order))
        ordered = each[order[np.sort(who * len(order) + ranks) % max(len(order), 1)]]
    start, last = np.cumsum(there) - there, there - 1

    def at(place: Rows) -> Numbers:
        found = np.full(size, np.nan)
        found[there > 0] = ordered[(start + place)[there > 0]]
        return found

    return (at(last // 2) + at(there // 2)) / 2 if how == "median" else at(last), there


# What ought to hold: where it does not, findings with counts. No number is changed.


def _examine(expected: Expected, number: int, links: Links, rows: RawTable) -> None:
    """Compare one expectation, at its place in the list, with the rows of its table; note where it does not hold."""
    if rows.name is not None and not expected.ends:
        found = _counts(expected, links, rows)
    else:
        found = _order(expected, links, rows)
    if found is not None:
        because = f" ({expected.because})" if expected.because else ""
        rows.checks.finding("contradiction", f"expect.{number}", found[0] + because, "warning", found[1])


def _counts(expected: Expected, links: Links, rows: RawTable) -> tuple[str, int] | None:
    """Compare how many rows each customer has in a table; return what is wrong, and of how many."""
    name, sheet = rows.name or "", links.sheet
    owners = links.owners_of(name, rows.table, links.by_of(name))
    known = (owners.customers >= 0) & links.known_then(rows, owners)
    counts = np.bincount(owners.customers[known], minlength=len(sheet))
    chosen = sheet.fitting(expected.where, "expect")
    said = " and ".join(f"{column} = {' or '.join(map(str, codes))}" for column, codes in expected.where.items())
    who = counted(int(chosen.sum()), "customer") + (f" with {said}" if said else "")
    trouble, often = [], 0
    for limit, sign, word in ((expected.at_least, 1, "fewer"), (expected.at_most, -1, "more")):
        if limit is not None and (wrong := int((chosen & (sign * counts < sign * limit)).sum())):
            trouble.append(f"{wrong:,} of {who} have {word} than {counted(limit, 'row')}")
            often += wrong
    return (f"{' and '.join(trouble)} in {name!r}", often) if trouble else None


def _order(expected: Expected, links: Links, rows: RawTable) -> tuple[str, int] | None:
    """Compare two dates of customers, or of the rows of an event table, where one may stand on the way to customers."""
    own = (rows.name or "", rows.name or rows.inputs.customers)
    earlier, later = (
        rows.moments(column, "expect") if table in own else links.dates(rows, table, column)
        for table, column in expected.ends
    )
    ahead = (earlier >= rows.as_of) | (later >= rows.as_of)
    known = ~np.isnat(earlier) & ~np.isnat(later) & ~ahead & rows.fitting(expected.where, "expect")
    wrong, among = int((known & (earlier > later)).sum()), int(known.sum())
    if not wrong:
        return None
    said = (expected.earlier or "", expected.later or "")
    early, late = (end if isinstance(end, str) else ".".join(end) for end in said)
    where = f" of {expected.table!r}" if expected.table else ""
    noun = "customer" if rows.name is None else "row"
    return f"{wrong:,} of {counted(among, noun)}{where} ({percent(wrong / among)}) have {late} before {early}", wrong
