"""From the tables people have to a frame of measures with a segment and a stage, and a report of how."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Literal

import attrs
import numpy as np

from outcomegap.checks import choice
from outcomegap.errors import DataError, Finding, ModelError, Problem
from outcomegap.frames import wrap
from outcomegap.frames.arrays import objects
from outcomegap.intake.columns import Column, Numbers, Sheet
from outcomegap.intake.loading import Tables
from outcomegap.intake.reader import Reader
from outcomegap.intake.times import as_moment
from outcomegap.listing import Listing, Show, counted
from outcomegap.model import Measure, OutcomeModel
from outcomegap.model.check import cells_of_inputs
from outcomegap.model.inputs import OF_TIME, CellInput, Inputs, Source
from outcomegap.model.outline import Outline, Subject

OnBad = Literal["raise", "set_aside"]
CELLS = ("segment", "stage", "goal")


@attrs.frozen
class ColumnReport:
    """How one column of the result came about.

    Parameters
    ----------
    name
        Its name in the result.
    source
        Where it came from, in words.
    present, missing
        How many customers have a value, and how many have none.
    mapped
        How many values an explicit mapping or a code for missing gave.
    out_of_range
        How many lie outside the measure's hard limits.
    lowest, highest
        The range of the values there are; None where there is none, or the column holds names.
    """

    name: str
    source: str
    present: int
    missing: int
    mapped: int = 0
    out_of_range: int = 0
    lowest: float | None = None
    highest: float | None = None


@attrs.frozen
class Report:
    """What the intake did.

    Parameters
    ----------
    rows_in, rows_out, set_aside
        Customers read, handed on, and set aside with a problem; the first is the sum of the others.
    columns
        A `ColumnReport` for each column of the result.
    problems
        Why customers were set aside.
    findings
        What does not fit together, with counts: it stops nobody, and changes no number.
    notes
        What was left out on purpose, such as events after the moment of scoring.

    Examples
    --------
    >>> report = Report(2, 2, 0, (ColumnReport("reply", "column 'Reply (h)'", 1, 1, lowest=12.5, highest=12.5),))
    >>> print(report)
    2 customers read, 2 handed on, 0 set aside
    <BLANKLINE>
    column  from                present  missing  mapped  out of range  lowest  highest
    -----------------------------------------------------------------------------------
    reply   column 'Reply (h)'        1        1       0             0    12.5     12.5
    """

    rows_in: int
    rows_out: int
    set_aside: int
    columns: tuple[ColumnReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def listing(self) -> Listing:
        """Return the columns as a listing; problems, findings and notes stand below it."""
        read = counted(self.rows_in, "customer")
        names = [field.name for field in attrs.fields(ColumnReport)]
        columns: dict[str, Any] = {name: [getattr(one, name) for one in self.columns] for name in names}
        columns |= {name: np.array(columns[name], dtype=np.float64) for name in ("lowest", "highest")}
        headings = ("column", "from", *(name.replace("_", " ") for name in names[2:]))
        told = (("problem", self.problems), ("finding", self.findings), ("note", self.notes))
        return Listing(
            f"{read} read, {self.rows_out:,} handed on, {self.set_aside:,} set aside",
            columns,
            show=[Show(heading, name) for heading, name in zip(headings, names, strict=True)],
            notes=[f"{what}: {each}" for what, items in told for each in items],
            first=len(self.columns),
        )

    def __str__(self) -> str:
        return self.listing().text()

    def _repr_html_(self) -> str:
        return self.listing().html()

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, ready for JSON."""
        data = attrs.asdict(self)
        for name in ("problems", "findings"):
            data[name] = [each.to_dict() for each in getattr(self, name)]
        return data | {"columns": list(data["columns"]), "notes": list(self.notes)}


@attrs.frozen(eq=False)
class Customers:
    """What the intake made of raw tables.

    Parameters
    ----------
    frame
        One row a customer, in the order they came: ``id``, ``segment``, ``stage``, ``goal`` (as the model has them),
        one column of floats a measure, the columns that floors and targets are taken from, the columns kept. The
        kind of frame that the customers' table came in.
    report
        What happened on the way (`Report`).
    rejects
        The rows set aside, as they came, with a column ``problem``; None where there are none.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-validation")
    >>> customers = og.read_customers(model, og.simulate(model, 3, seed=1))
    >>> customers.report.rows_in, customers.rejects
    (3, None)
    """

    frame: Any
    report: Report
    rejects: Any = None

    def __repr__(self) -> str:
        return f"<Customers: {self.report.rows_out} of {self.report.rows_in}, {type(self.frame).__name__}>"


def read_customers(
    model: Subject,
    source: Any,
    *,
    as_of: Any = None,
    tables: Mapping[str, Any] | None = None,
    on_bad: OnBad = "raise",
) -> Customers:
    """Turn raw tables into a frame that can be scored, as the model's inputs say.

    Parameters
    ----------
    model
        The model, or a scorer of your own. Its ``inputs`` say where measures, segment and stage come from; without them
        the customers' table is read as it is, and the columns that measures are called after become numbers.
    source
        The customers' table: a frame of any kind, or a file (csv, tsv, txt, jsonl, also with .gz; parquet; xlsx).
        Or all tables: a dict of name -> frame or file, a folder, a DuckDB database.
    as_of
        The moment of scoring: a date (its first instant), a time, or ISO 8601 text; left out, the model's own.
        Events at or after it are left out, and counted in a note.
    tables
        Further tables by name.
    on_bad
        ``"raise"``: anything wrong is an error; ``"set_aside"``: customers with something wrong are, with their
        problems, and the rest is handed on.

    Returns
    -------
    Customers
        ``.frame``, ``.report``, ``.rejects``.

    Raises
    ------
    DataError
        With every problem: a missing table or column, text that is no number, a value that no mapping names, a value
        outside its measure's hard limits, no or two equal ids.
    ModelError
        If the inputs name a segment, stage or goal that the model does not have.
    EngineError
        If a file needs a library that is not installed.

    Examples
    --------
    >>> from outcomegap.model import (AppropriateExperience, DesiredOutcome, Expectation, Inputs, Measure,
    ...                               OutcomeModel, RequiredOutcome, SuccessGap)
    >>> trained = SuccessGap("trained", Measure("trained"), floor=0, target=1)
    >>> reply = Expectation("quick replies", Measure("reply_hours", unit="h", low=0), floor=48, target=4)
    >>> model = OutcomeModel("help desk", desired_outcomes=[DesiredOutcome(
    ...     RequiredOutcome("in use", needs=trained), AppropriateExperience("how", expects=reply))],
    ...     inputs=Inputs(id="Kunde", measures={
    ...         "trained": {"column": "Trained?", "values": {"Yes": 1, "No": 0}},
    ...         "reply_hours": {"table": "tickets", "aggregate": "median", "column": "h"}}))
    >>> customers = read_customers(model, {"customers": {"Kunde": ["Acme", "Beta"], "Trained?": ["Yes", "No"]},
    ...                                    "tickets": {"Kunde": ["Acme", "Acme"], "h": [2.0, 7.0]}})
    >>> customers.frame["reply_hours"], customers.report.rows_out
    (array([4.5, nan]), 2)
    """
    subject = model if isinstance(model, (OutcomeModel, Outline)) else Outline.of(model)
    choice("on_bad", on_bad, ("raise", "set_aside"))
    inputs = subject.inputs or Inputs()
    moment = as_moment(as_of if as_of is not None else inputs.as_of)
    raw = Tables(inputs, source, tables)
    if wrong := list(cells_of_inputs(subject)):
        raise ModelError.all(f"inputs of model {subject.name!r}", wrong)
    what = f"raw tables for model {subject.name!r}"
    problems = raw.missing()
    if moment is None:
        message = "needs the moment of scoring; say as_of = a date, in the call or in [inputs]"
        needing = [path for path, source in inputs.sources.items() if source.needs_as_of]
        problems += [Problem("as-of", f"inputs.{path} {message}", column=path) for path in needing]
    if problems:
        raise DataError.all(what, problems)
    sheet = Sheet(raw.table(inputs.customers), inputs, moment)
    sheet.checks.what = what
    return _Intake(subject, raw, sheet).run(set_aside=on_bad == "set_aside")


class _Intake:
    """One run of the intake, column by column."""

    def __init__(self, model: OutcomeModel | Outline, raw: Tables, sheet: Sheet) -> None:
        self.model = model
        self.raw = raw
        self.sheet = sheet
        self.inputs = sheet.inputs
        self.reports: list[ColumnReport] = []

    def run(self, *, set_aside: bool) -> Customers:
        """Read everything; raise what is wrong, or build the frame of what is right."""
        sheet, table, checks = self.sheet, self.sheet.table, self.sheet.checks
        columns = self._as_said() if self.model.inputs is not None else self._as_it_is()
        checks.done(set_aside=set_aside)
        bad, rejects, frame = np.asarray(checks.bad), None, table.build(columns)
        if bad.any():
            aside = table.filter(bad)
            rejected = {name: aside.series(name) for name in aside.names}
            rejects = aside.build({**rejected, "problem": objects(checks.reasons())})
            frame = wrap(frame).filter(~bad).native()
        report = Report(
            len(sheet),
            int((~bad).sum()),
            int(bad.sum()),
            tuple(self.reports),
            tuple(checks.problems),
            tuple(checks.findings),
            tuple(sheet.notes),
        )
        return Customers(frame, report, rejects)

    def _as_it_is(self) -> dict[str, Any]:
        """Return the columns of the table, those of measures as numbers."""
        names = self.sheet.table.names
        self._name_rows("id")
        numbers = self._numbers({})
        kept = {name: self._kept_column(name) for name in names if name not in numbers}
        return {name: numbers.get(name, kept.get(name)) for name in (*names, *numbers)}

    def _as_said(self) -> dict[str, Any]:
        """Return the columns of the result, as the inputs say."""
        sheet, who = self.sheet, self.inputs.id
        ids = sheet.ids()
        self._name_rows(who or "id")
        found: dict[str, Any] = {}
        if who is not None and who in sheet.table.names:
            found["id"] = sheet.table.series(who)
        taken: dict[str, Numbers] = {}
        # Without ids nothing can be joined; what else is wrong is still told.
        if "id" in found or who is None:
            from outcomegap.intake.aggregate import gather  # brings narwhals

            taken = gather(self.raw, sheet, ids)
        found |= self._cells(taken)
        numbers = self._numbers(taken)
        for name in found.keys() & numbers.keys():
            message = f"the result has a column {name!r} already; call the measure something else"
            sheet.checks.problem("name-clash", message, name)
        found |= numbers
        for name, column in self.inputs.keep.items():
            if name in self.inputs.measures:
                continue  # a number made from the tables, kept though no step uses it
            if name in found:
                message = f"keep: {name!r} is a column of the result already; say {{ new = column }}"
                sheet.checks.problem("keep", message, name)
            elif sheet.has(column, "keep"):
                found[name] = self._kept_column(column)
        return found

    def _name_rows(self, column: str) -> None:
        """Let problems name customers by their id, where there is one."""
        if column in self.sheet.table.names:
            self.sheet.checks.names = functools.cache(lambda: self.sheet.texts(column))

    def _kept_column(self, name: str) -> Any:
        return self.sheet.kept(name, text=self.raw.is_text(self.inputs.customers))

    def _cells(self, taken: dict[str, Numbers]) -> dict[str, Any]:
        valid = (
            self.model.segment_names if self.model.segments else (),
            self.model.stage_names if self.model.stages else (),
            self.model.goals,
        )
        found: dict[str, Any] = {}
        for what, known in zip(CELLS, valid, strict=True):
            source: CellInput | None = getattr(self.inputs, what)
            if known:
                read = Reader.of(source, self.inputs)
                names = self.sheet.cells(what, source, known, read=read, taken=taken.get(what))
                present = int((names != np.array(None)).sum())
                mapped = len(names) if source is not None and (source.values or source.bands) else 0
                text = source_text(source, what)
                self.reports.append(ColumnReport(what, text, present, len(names) - present, mapped))
                found[what] = names
            elif source is not None:
                self.sheet.checks.finding("unused-input", f"inputs.{what}", f"the model has no {what}s", "info")
        return found

    def _numbers(self, taken: dict[str, Numbers]) -> dict[str, Any]:
        measures = {measure.name: measure for measure in self.model.measures}
        found: dict[str, Any] = {}
        for name in dict.fromkeys((*measures, *self.model.columns, *self.inputs.measures)):
            source, what = self.inputs.measures.get(name), f"measure {name!r}"
            read = Reader.of(source, self.inputs)
            if source is None:
                column = self.sheet.numbers(name, read, what)
            elif source.table is None:
                column = self.sheet.source(source, name, read, what)
            else:
                column = Column(taken.get(f"measures.{name}", np.full(len(self.sheet), np.nan)))
            values, outside = column.values, self._outside(measures.get(name), column.values)
            there = values[~np.isnan(values)]
            ends = (float(there.min()), float(there.max())) if len(there) else (None, None)
            counts = (len(there), len(values) - len(there), column.mapped, outside)
            self.reports.append(ColumnReport(name, source_text(source, name), *counts, *ends))
            found[name] = values
        return found

    def _outside(self, measure: Measure | None, values: Numbers) -> int:
        """Note values outside a measure's hard limits; return how many there are."""
        if measure is None:
            return 0
        outside = 0
        unit = f" {measure.unit}" if measure.unit else ""
        for how, bound, limit, sign in (("below", "least", measure.low, 1), ("above", "most", measure.high, -1)):
            if limit is None:
                continue
            wrong = sign * values < sign * limit
            if wrong.any():
                outside += int(wrong.sum())
                first = float(values[wrong][0])
                message = f"measure {measure.name!r}: {first:g}{unit} is {how} {limit:g}, the {bound} it can be"
                self.sheet.checks.problem("out-of-range", message, measure.name, first, rows=wrong)
        return outside


def source_text(source: Source | None, name: str) -> str:
    """Say where a column of the result comes from.

    Examples
    --------
    >>> source_text(Source(table="tickets", aggregate="median", column="hours"), "reply")
    'median of tickets.hours'
    """
    if source is None:
        return f"column {name!r}"
    if isinstance(source, CellInput) and source.columns:
        return "columns " + ", ".join(map(repr, source.columns))
    unit, table, aggregate = source.unit or "days", source.table, source.aggregate
    value = f"{unit} from {source.start or 'as_of'} to {source.end or 'as_of'}" if source.dated else None
    if table is None:
        return value or f"column {(source.column or name)!r}"
    if aggregate in OF_TIME:
        since = ("since the last", "since the first", "between each")[OF_TIME.index(aggregate)]
        return f"{unit} {since} of {table}"
    if value is not None:
        return f"{aggregate} of {value} in {table}"
    return f"{aggregate} of {table}.{source.column}" if source.column else f"{aggregate} of {table}"
