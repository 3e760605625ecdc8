"""From the tables people have to a frame of measures with a segment and a stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, ModelError, Problem
from outcomegap.frames import Table
from outcomegap.intake.cells import cell_names
from outcomegap.intake.columns import Column, Sheet
from outcomegap.intake.gather import Gathering, tables_needed
from outcomegap.intake.ledger import Ledger, counted
from outcomegap.intake.links import Links
from outcomegap.intake.opening import open_table
from outcomegap.intake.passing import plain_numbers, words
from outcomegap.intake.report import ColumnReport, Report, of_names, of_numbers
from outcomegap.intake.tables import Tables
from outcomegap.intake.times import as_moment
from outcomegap.intake.values import reader
from outcomegap.model import Measure, OutcomeModel
from outcomegap.model.inputs import Inputs, unknown_cells
from outcomegap.model.outline import Outline, Subject

OnBad = Literal["raise", "set_aside"]
CELLS = ("segment", "stage", "goal")


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
    if not isinstance(model, (OutcomeModel, Outline)):
        if not (hasattr(model, "name") and hasattr(model, "steps")) or isinstance(model, type):
            message = f"expects an og.OutcomeModel, or a scorer with a name and steps (got {model!r:.60})"
            raise ModelError.of("model", "read_customers", message)
        model = Outline.of(model)
    if on_bad not in ("raise", "set_aside"):
        raise DataError(f'on_bad must be "raise" or "set_aside" (got {on_bad!r})')
    inputs = model.inputs or Inputs()
    moment = as_moment(as_of if as_of is not None else inputs.as_of)
    raw = Tables(inputs, source, tables)
    _ready(model, inputs, raw, moment)
    with raw.reading(inputs.customers):
        table = open_table(inputs.customers, raw[inputs.customers])
    intake = Intake(model, inputs, raw, table, moment)
    columns = intake.columns() if model.inputs is not None else intake.as_it_is()
    return intake.finish(columns, on_bad)


def _ready(model: Subject, inputs: Inputs, raw: Tables, moment: int | None) -> None:
    """Raise what can be told before anything is read."""
    wrong = list(unknown_cells(inputs, model))
    if wrong:
        raise ModelError.all(f"inputs of model {model.name!r}", wrong)
    problems = raw.missing(tables_needed(inputs))
    if moment is None:
        needing = [path for path, source in inputs.sources.items() if source.needs_as_of]
        message = "needs the moment of scoring; say as_of = a date, in the call or in [inputs]"
        problems += [Problem("as-of", f"inputs.{path} {message}", column=path) for path in needing]
    if problems:
        raise DataError.all(f"raw tables for model {model.name!r}", problems)


class Intake:
    """One run of the intake, column by column."""

    def __init__(self, model: Subject, inputs: Inputs, raw: Tables, table: Table, moment: int | None) -> None:
        self.model = model
        self.inputs = inputs
        self.table = table
        self.is_text = raw.is_text(inputs.customers)
        who = inputs.id or "id"
        self.ledger = Ledger(len(table), (lambda: table.values(who)) if who in table.names else None)
        self.sheet = Sheet(table, self.ledger, inputs.date_format, moment)
        self.links = Links(inputs, raw, table, self.ledger)
        self.gathering = Gathering(inputs, raw, self.sheet, self.links, self.ledger)
        self.reports: list[ColumnReport] = []

    def columns(self) -> dict[str, Any]:
        """Return the columns of the result, as the inputs say."""
        self.links.check_ids()
        found: dict[str, Any] = {}
        known = self.inputs.id in self.table.names
        if known:
            found["id"] = self.table.series(self.inputs.id or "")
        # Without ids nothing can be joined; what else is wrong is still told.
        taken = self.gathering.run() if known or self.inputs.id is None else {}
        found |= self._cells(taken)
        numbers = self._numbers(taken)
        for name in found.keys() & numbers.keys():
            message = f"the result has a column {name!r} already; call the measure something else"
            self.ledger.whole("name-clash", message, name)
        found |= numbers
        found |= self._kept(found)
        return found

    def as_it_is(self) -> dict[str, Any]:
        """Return the columns of the table, those of measures as numbers."""
        numbers = self._numbers({})
        kept = {name: self._passed(name) for name in self.table.names if name not in numbers}
        return {name: numbers.get(name, kept.get(name)) for name in (*self.table.names, *numbers)}

    def finish(self, columns: dict[str, Any], on_bad: OnBad) -> Customers:
        """Raise what is wrong, or build the frame of what is right."""
        ledger = self.ledger
        if ledger.fatal or (ledger.problems and on_bad == "raise"):
            what = f"raw tables for model {self.model.name!r}"
            raise DataError.all(what, [*ledger.fatal, *ledger.problems])
        good = ~ledger.bad
        rejects = None
        if ledger.bad.any():
            aside = self.table.filter(ledger.bad)
            rejected = {name: aside.series(name) for name in aside.names}
            rejects = aside.build({**rejected, "problem": np.array(ledger.reasons(), dtype=object)})
        frame = self._rows(columns, good)
        report = Report(
            len(self.table),
            int(good.sum()),
            int(ledger.bad.sum()),
            tuple(self.reports),
            tuple(ledger.problems),
            tuple(ledger.findings),
            tuple(ledger.notes),
        )
        return Customers(frame, report, rejects)

    def _rows(self, columns: dict[str, Any], good: NDArray[np.bool_]) -> Any:
        if good.all():
            return self.table.build(columns)
        own = self.table.build(columns)
        return open_table("result", own).filter(good).native()

    def _cells(self, taken: dict[str, Any]) -> dict[str, Any]:
        valid = {
            "segment": self.model.segment_names if self.model.segments else (),
            "stage": self.model.stage_names if self.model.stages else (),
            "goal": self.model.goals,
        }
        found: dict[str, Any] = {}
        for what in CELLS:
            source = getattr(self.inputs, what)
            if not valid[what]:
                if source is not None:
                    self.ledger.finding("unused-input", f"inputs.{what}", f"the model has no {what}s", "info")
                continue
            read = reader(source, self.inputs)
            names = cell_names(self.sheet, what, source, valid[what], read=read, taken=taken.get(what))
            mapped = len(names) if source is not None and (source.values or source.bands) else 0
            self.reports.append(of_names(what, words(source, what), names, mapped=mapped))
            found[what] = names
        return found

    def _numbers(self, taken: dict[str, Any]) -> dict[str, Any]:
        measures = {measure.name: measure for measure in self.model.measures}
        found: dict[str, Any] = {}
        for name in dict.fromkeys((*measures, *self.model.columns, *self.inputs.measures)):
            source = self.inputs.measures.get(name)
            path = f"measures.{name}"
            read = reader(source, self.inputs)
            if source is not None and source.table is not None:
                column = Column(taken.get(path, np.full(len(self.table), np.nan)))
            elif source is not None:
                column = self.sheet.source(source, name, read, f"measure {name!r}")
            else:
                column = self.sheet.numbers(name, read, f"measure {name!r}")
            outside = self._outside(measures.get(name), column.values)
            text = words(source, name)
            self.reports.append(of_numbers(name, text, column.values, mapped=column.mapped, outside=outside))
            found[name] = column.values
        return found

    def _outside(self, measure: Measure | None, values: NDArray[np.float64]) -> int:
        """Note values outside a measure's hard limits; return how many there are."""
        outside = 0
        limits = () if measure is None else (("below", "least", measure.low), ("above", "most", measure.high))
        for how, bound, limit in limits:
            if measure is None or limit is None:
                continue
            wrong = values < limit if how == "below" else values > limit
            if count := int(wrong.sum()):
                outside += count
                first = float(values[wrong][0])
                unit = f" {measure.unit}" if measure.unit else ""
                said = f"measure {measure.name!r}: {first:g}{unit} is {how} {limit:g}, the {bound} it can be"
                message = f"{said} ({counted(count, 'customer')})"
                self.ledger.rows("out-of-range", message, measure.name, wrong, value=first)
        return outside

    def _kept(self, found: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, column in self.inputs.keep.items():
            if name in self.inputs.measures:
                continue  # a number made from the tables, kept though no step uses it
            if name in found:
                self.ledger.whole(
                    "keep", f"keep: {name!r} is a column of the result already; say {{ new = column }}", name
                )
            elif self.sheet.has(column, "keep"):
                kept[name] = self._passed(column)
        return kept

    def _passed(self, column: str) -> Any:
        """Return a column as it is; from a text file, as numbers where it holds nothing else."""
        numbers = plain_numbers(self.table.values(column)) if self.is_text else None
        return self.table.series(column) if numbers is None else numbers
