"""What further tables of a starter model tell of each customer: how often, how lately, and how their numbers lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from outcomegap.errors import DataError, Problem
from outcomegap.frames import Table, wrap
from outcomegap.intake.aside import why_no_step
from outcomegap.intake.customers import read_customers
from outcomegap.intake.guesses import Profile, has, profile, profiles_of
from outcomegap.intake.loading import ENDINGS, Tables, ending, is_path
from outcomegap.intake.look_ups import quoted
from outcomegap.intake.moments import DateReader, read_moments, shown
from outcomegap.intake.names import named_by
from outcomegap.model import Inputs, Measure, SuccessGap
from outcomegap.model.check import Outline

#: Events of so many days are counted, and so many columns of numbers are taken.
WINDOW, COLUMNS = 90, 3
WORTH = "what a customer is worth is no step"
#: This share of the ids of a table are customers.
MOSTLY = 0.5


@attrs.define
class Further:
    """Further tables, and the measures that they give.

    Parameters
    ----------
    form
        How the customers' own file is read.
    tables
        Name -> what the inputs say of it.
    sources
        Measure -> how it is read from its table.
    notes
        What was not joined, and why; and what reading the tables tells.
    left_out
        Column -> why it is not measured.
    as_of
        The day after the last event.
    """

    form: Mapping[str, Any]
    tables: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    sources: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    notes: list[str] = attrs.field(factory=list)
    left_out: dict[str, str] = attrs.field(factory=dict)
    as_of: str | None = None

    @classmethod
    def of(
        cls,
        customers: object,
        table: Table,
        who: str | None,
        more: Mapping[str, object],
        form: Mapping[str, Any],
    ) -> Further:
        """Join tables to the customers by the ids they share; `form` is how the customers' own is read."""
        found, last = cls(form), np.datetime64("NaT", "us")
        raw = Tables(Inputs(), customers if is_path(customers) else {"customers": customers}, more)
        known = set() if who is None else _texts(table, who)
        for name, given in more.items():
            try:
                events = raw.table(name)
            except DataError as error:
                found.notes.append(f"table {name!r} is not joined: {error.problems[0].message}")
                continue
            likely = sorted(events.names, key=lambda column: (column != who, not has(column, "id", "customer")))
            fits = [Fit.of(events, column, known) for column in likely]
            fit = next((one for one in fits if one.joins), None)
            if fit is None:
                said = "the customers have no id" if who is None else _why_not(fits, who, known)
                found.notes.append(f"table {name!r} is not joined: {said}")
                continue
            by = fit.column
            if fit.rows < fit.of_rows:
                lost = f"{fit.of_rows - fit.rows:,} of {fit.of_rows:,} rows name nobody in {who!r}"
                found.notes.append(f"table {name!r} is joined by {by!r}; {lost}")
            profiles = profiles_of({column: events.values(column) for column in events.names if column != by})
            time = next((one for one in profiles if one.kind == "date"), None)
            said_of = {"by": by} | ({} if time is None else {"time": time.name})
            if time is not None:
                written = next(iter(time.forms), None)
                said_of |= {} if written is None else {"date_format": written}
                last = np.fmax(last, np.fmax.reduce(read_moments(events, time.name, DateReader(written)).values))
            if is_path(given) and is_path(customers):
                said_of = {"file": os.path.relpath(given, Path(customers).parent)} | said_of
            found.tables[name] = said_of
            found.take(name, [one for one in profiles if one is not time], dated=time is not None)
        if not np.isnat(last):
            found.as_of = shown(last.astype("M8[D]") + np.timedelta64(1, "D"))
        found.notes += [*raw.notes, *(finding.message for finding in raw.checks.findings)]
        return found

    def take(self, name: str, profiles: list[Profile], *, dated: bool) -> None:
        """Take a few measures that one can defend, and tell the columns left out."""
        table = {"table": name}
        if dated:
            self.sources[f"recent {name}"] = {**table, "aggregate": "count", "within_days": WINDOW}
            self.sources[f"{name}: days since last"] = {**table, "aggregate": "time_since", "unit": "days"}
        else:
            self.sources[f"number of {name}"] = {**table, "aggregate": "count"}
        whys = {one.name: WORTH if has(one.name, "worth") else why_no_step(one, table) for one in profiles}
        fit = sorted((one for one in profiles if whys[one.name] is None), key=lambda one: len(one.values) < 2)
        whys |= dict.fromkeys((one.name for one in fit[COLUMNS:]), f"{COLUMNS} columns of a table are enough")
        self.left_out |= {f"{name}: {column}": why for column, why in whys.items() if why is not None}
        for one in fit[:COLUMNS]:
            how = "mean" if one.is_flag else "median"
            self.sources[f"{name}: {one.name}"] = {**table, "column": one.name, "aggregate": how, **one.source}

    def profiles(self, customers: object, who: str | None, more: Mapping[str, object]) -> Iterator[Profile]:
        """Yield each measure as a column of the customers, read as the model will."""
        if not self.sources or who is None:
            return
        tables = {name: {key: said[key] for key in said if key != "file"} for name, said in self.tables.items()}
        inputs = Inputs(id=who, measures=self.sources, tables=tables, as_of=self.as_of)
        steps = tuple(SuccessGap(name, Measure(name), floor=0, target=1) for name in self.sources)
        given = customers if is_path(customers) else {"customers": customers}
        try:
            made = read_customers(Outline("starter", steps, inputs=inputs), given, tables=more, **self.form)
        except DataError as error:
            self.notes.append(f"further tables are not joined: {error.problems[0].message}")
            self.tables, self.as_of = {}, None
            return
        read = wrap(made.frame)
        for name, source in self.sources.items():
            yield attrs.evolve(profile(name, read.values(name)), reading=source)


def tables_in(folder: Path) -> tuple[Path, list[Path]]:
    """Return the file of the customers in a folder, by its name, and the others.

    Raises
    ------
    DataError
        If no file, or more than one, is called like customers.
    """
    files = sorted(path for path in folder.iterdir() if ending(path) in ENDINGS)
    own = [path for path in files if has(path.name.partition(".")[0], "customer")]
    if len(own) != 1:
        listed = ", ".join(path.name for path in files) or "none"
        message = f"which file in {folder} holds the customers? Name it first, then the others (there are: {listed})"
        raise DataError.all(str(folder), [Problem("missing-table", message)])
    return own[0], [path for path in files if path != own[0]]


def _texts(table: Table, column: str) -> set[str]:
    return set(named_by(table, column).values)


@attrs.frozen
class Fit:
    """How a column of a further table fits the customers' ids: in how many of its rows, and of its different ids."""

    column: str
    ids: set[str]
    ours: int
    rows: int
    of_rows: int

    @classmethod
    def of(cls, table: Table, column: str, known: set[str]) -> Fit:
        """Compare a column with the ids that are known."""
        named = named_by(table, column)
        ours = np.array([text in known for text in named.values], dtype=bool)
        often = np.bincount(named.codes[named.codes >= 0], minlength=len(ours))
        return cls(column, set(named.values), int(ours.sum()), int(often[ours].sum()), int(often.sum()))

    @property
    def joins(self) -> bool:
        """Whether half of the ids, or of the rows, are customers."""
        return self.ours > 1 and (self.ours >= MOSTLY * len(self.ids) or self.rows >= MOSTLY * self.of_rows)


def _why_not(fits: Sequence[Fit], who: str, known: set[str]) -> str:
    """Return why no column joins a table: ids written otherwise, too few of them, or none."""
    for one in fits:
        some, alike = quoted(one.column, sorted(one.ids - known), known)
        if alike:
            return f"column {one.column!r} does not hold the ids of {who!r} as they are written there{some}{alike}"
    best = max(fits, key=lambda one: one.rows, default=None)
    if best is None or best.ours < 2:
        return f"no column holds the ids of {who!r}"
    return f"only {best.rows:,} of {best.of_rows:,} rows of column {best.column!r} hold ids of {who!r}"
