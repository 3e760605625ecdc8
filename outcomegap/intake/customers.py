"""From raw tables to a frame of measures with a segment and a stage, and a report of how it was made."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import attrs
import numpy as np

from outcomegap.checks import Checks, choice, in_rows
from outcomegap.errors import SHOWN, DataError, Finding, ModelError, Problem, folded, written_alike
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import Array, Distinct, Mask, is_blank, objects
from outcomegap.intake.events import gather
from outcomegap.intake.filters import rows_to_use
from outcomegap.intake.loading import Tables
from outcomegap.intake.look_ups import LookUps, Widened
from outcomegap.intake.measured import Measured
from outcomegap.intake.moments import NO_TIME, as_moment
from outcomegap.intake.names import UnreadableError, lacking, matches, named_by, text_of, texts_of
from outcomegap.intake.raw_table import Lines, RawTable
from outcomegap.intake.reader import Numbers, Read
from outcomegap.intake.scoring_day import begun, day_of, note_days, note_later
from outcomegap.listing import Listing, Show, counted
from outcomegap.model import OutcomeModel
from outcomegap.model.check import Outline, cells_of_inputs, parts_of_inputs
from outcomegap.model.inputs import (
    ANY,
    OF_TIME,
    CellInput,
    Inputs,
    MeasureInput,
    Pattern,
    ScoringDay,
    Source,
    key_name,
    parts_of,
)

OnBad = Literal["raise", "set_aside"]
#: What the report says of each column of the result.
FIGURES = ("present", "missing", "mapped", "out_of_range", "lowest", "highest")
_OTHERWISE = "say otherwise = a {} for those, or correct the data"


class Report(Listing):
    """The report of the intake: one row for each column of the result, and where it comes from.

    Parameters
    ----------
    rows_in, set_aside
        Customers read, and those set aside with a problem; `rows_out` are those handed on.
    columns
        Of each column of the result its ``name``; the ``source`` it came from, in words; how many customers have a
        value (``present``) or none (``missing``); how many values an explicit mapping or a code for missing gave
        (``mapped``), how many lie outside the measure's hard limits (``out_of_range``), and the ``lowest`` and
        ``highest`` there are; None where there is none, or the column holds names.
    problems
        Why customers were set aside.
    findings
        What does not fit together, with counts: it stops nobody, and changes no number.
    left_out
        What was left out on purpose, such as events after the moment of scoring.
    rows_left_out
        Customers left out on purpose, who are neither handed on nor set aside; `left_out` says why.
    facts
        ``tables``: what each table was read from; ``as_of``: the moment of scoring, None without one; ``rows_in`` and
        ``set_aside`` as above.

    Examples
    --------
    >>> counts = {"present": 1, "missing": 1, "mapped": 0, "out_of_range": 0}
    >>> reply = {"name": "reply", "source": "column 'Reply (h)'", **counts, "lowest": 12.5, "highest": 12.5}
    >>> print(Report(2, 0, [reply]))
    2 customers read, 2 handed on, 0 set aside
    <BLANKLINE>
    column  from                present  missing  mapped  out of range  lowest  highest
    -----------------------------------------------------------------------------------
    reply   column 'Reply (h)'        1        1       0             0    12.5     12.5
    """

    def __init__(
        self,
        rows_in: int,
        set_aside: int,
        columns: Sequence[Mapping[str, object]] = (),
        problems: Sequence[Problem] = (),
        findings: Sequence[Finding] = (),
        left_out: Sequence[str] = (),
        rows_left_out: int = 0,
        facts: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.rows_in, self.set_aside, self.rows_left_out = rows_in, set_aside, rows_left_out
        self.rows_out = rows_in - set_aside - rows_left_out
        self.problems, self.findings, self.left_out = tuple(problems), tuple(findings), tuple(left_out)
        headings = {"column": "name", "from": "source"} | {name.replace("_", " "): name for name in FIGURES}
        told = (
            [f"problem: {each}" for each in problems] + [*map(str, findings)] + [f"note: {each}" for each in left_out]
        )
        super().__init__(
            f"{counted(rows_in, 'customer')} read, {self.rows_out:,} handed on, {set_aside:,} set aside"
            + (f", {rows_left_out:,} left out" if rows_left_out else ""),
            {name: [one[name] for one in columns] for name in headings.values()},
            show=[Show(heading, name) for heading, name in headings.items()],
            notes=told,
            facts={**facts, "rows_in": rows_in, "set_aside": set_aside},
            first=len(columns),
        )

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain data, ready for JSON."""
        counts = {name: getattr(self, name) for name in ("rows_in", "rows_out", "set_aside", "rows_left_out")}
        told = {name: [each.to_dict() for each in getattr(self, name)] for name in ("problems", "findings")}
        return counts | self.facts | {"columns": self.rows()} | told | {"notes": list(self.left_out)}


@attrs.frozen(eq=False)
class Customers:
    """The result of the intake: customers that can be scored.

    Parameters
    ----------
    frame
        One row for each customer, in the order of the source: ``id``; ``segment``, ``stage``, ``goal`` if the model
        has them; one column of floats for each measure; the columns that give floors and targets; the columns kept.
        It is the same kind of frame as the customers' table.
    report
        The report of the intake (`Report`).
    rejects
        The rows set aside, as in the source, with a column ``problem``; None if there are none.
    gone
        The ids of the customers left out on purpose, each with the note that says why.

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
    gone: dict[str, str] = attrs.field(factory=dict)

    def __repr__(self) -> str:
        return f"<Customers: {self.report.rows_out} of {self.report.rows_in}, {type(self.frame).__name__}>"


def read_customers(
    model: OutcomeModel,
    source: object,
    *,
    as_of: object = None,
    tables: Mapping[str, object] | None = None,
    on_bad: OnBad = "raise",
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    skip_rows: int | Sequence[int] | None = None,
    by_row: bool = False,
) -> Customers:
    """Turn raw tables into a frame that can be scored, by the model's inputs.

    Parameters
    ----------
    model
        The model, or a scorer of your own. Its ``inputs`` say where measures, segment and stage come from. Without
        inputs the customers' table is read as it is, and the columns with the names of measures become numbers.
    source
        The customers' table: a frame of any kind, or a file (csv, tsv, txt, jsonl, also with .gz; parquet; xlsx).
        Or all tables: a dict of name -> frame or file, a folder, a DuckDB database.
    as_of
        The moment of scoring: a date (its first instant), a time, or ISO 8601 text; the number of a day, if the inputs
        say ``date_format="days"``. The default is the model's ``as_of``. What is at or after it was not known.
    tables
        Further tables by name.
    on_bad
        ``"raise"`` raises an error for any problem; ``"set_aside"`` sets customers with problems aside, lists the
        problems, and returns the other customers.
    encoding, separator, sheet, skip_rows
        How the customers' own file is to be read, as in ``[inputs.tables.customers]`` of a model file.
    by_row
        Whether the table is a batch of a larger one. Then each row must be read by itself: what needs other tables, or
        a column as a whole, is refused.

    Returns
    -------
    Customers
        ``.frame``, ``.report``, ``.rejects``.

    Raises
    ------
    DataError
        With every problem: a missing table or column, text that is not a number, a value that no mapping names, a
        value outside its measure's hard limits, a missing or repeated id.
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
    own = inputs.as_of if as_of is None and isinstance(inputs.as_of, ScoringDay) else None
    said = inputs.as_of if as_of is None else as_of
    moment = as_moment(said if own is None else own.otherwise, inputs.date_format)
    form = {"encoding": encoding, "separator": separator, "sheet": sheet, "skip_rows": skip_rows}
    if by_row and (reasons := _beyond_rows(inputs)):
        raise DataError.all(f"model {subject.name!r} cannot read customers in batches", reasons)
    raw = Tables(inputs, source, tables, form)
    if wrong := [*cells_of_inputs(subject), *parts_of_inputs(subject)]:
        raise ModelError.all(f"inputs of model {subject.name!r}", wrong)
    what = f"raw tables for model {subject.name!r}"
    problems = raw.missing()
    if np.isnat(moment) and own is None:
        message = "needs the moment of scoring; say as_of = a date, in the call or in [inputs]"
        needing = [path for path, source in inputs.sources.items() if source.needs_as_of]
        problems += [Problem("as-of", f"inputs.{path} {message}", column=path) for path in needing]
    if problems:
        raise DataError.all(what, problems)
    checks, table = Checks(what), raw.table(inputs.customers)
    rows_in, look_ups = len(table), LookUps(raw, checks, moment if own is None else NO_TIME)
    wide = look_ups.widened(inputs.customers, table, columns_read(subject, inputs))
    rows = RawTable(wide.table, inputs, moment, checks, notes=look_ups.notes, homes=wide.homes, alone=by_row)
    if wide.lines is not None:  # until ids name them
        rows.lines, checks.names = wide.lines, functools.partial(Lines, wide.lines)
    own_table, path = raw.inputs.table(inputs.customers), f"tables.{inputs.customers}.where"
    note_later(rows, own_table.where, path, "to leave out who had left by then, say until = that column instead")
    used = rows_to_use(wide.table, inputs.customers, own_table, checks, look_ups.notes)
    rows = begun(rows if used is None or used.all() else rows.without({rows.notes.last: ~used}), own)
    bad = np.zeros(len(rows), dtype=bool)
    checks.bad = bad
    note_days(rows, own)
    columns, told = _columns(subject, look_ups, rows, wide)
    checks.done(set_aside=on_bad == "set_aside")
    rejects, frame = None, rows.table.build(columns)
    if bad.any():
        aside = rows.table.filter(bad)
        rejected = {name: aside.series(name) for name in table.names}
        if inputs.id is not None and len(parts_of(inputs.id)) > 1:
            rejected = {"id": objects(texts_of(aside, inputs.id))} | rejected
        rejects = aside.build({**rejected, "problem": objects(checks.reasons())})
        frame = wrap(frame).filter(~bad).native()
    left_out = rows_in - len(rows)
    findings = sorted([*raw.checks.findings, *checks.findings], key=lambda finding: -finding.count)  # many first
    notes = (*raw.notes, *rows.notes.told())
    facts = {"tables": raw.sources(), "as_of": day_of(rows)}
    report = Report(rows_in, int(bad.sum()), told, checks.problems, findings, notes, left_out, facts)
    return Customers(frame, report, rejects, rows.gone)


def columns_read(model: OutcomeModel, inputs: Inputs) -> Iterator[str]:
    """Yield every column of the customers' table that the inputs or the model name."""
    own, day = inputs.table(inputs.customers), inputs.as_of
    kept = {name: column for name, column in inputs.keep.items() if isinstance(column, str)}
    days = (own.time, own.until, day.column if isinstance(day, ScoringDay) else None)
    yield from (*parts_of(inputs.id), *filter(None, days), *own.where, *own.leave_out)
    named = {name: name for name in (*(measure.name for measure in model.measures), *model.columns)} | kept
    yield from (column for name, column in named.items() if name not in inputs.measures)
    for path, source in inputs.sources.items():
        if source.table is None and source.pair is None:
            yield from (*source.reads, path.partition(".")[2] or path)
    for said in inputs.expect:
        yield from (column for table, column in said.ends if table in ("", inputs.customers))
        yield from said.where if said.table in (None, inputs.customers) or not said.ends else ()


def _beyond_rows(inputs: Inputs) -> list[Problem]:
    """List the keys of the inputs that need more than a row of the customers' table."""
    tables = [f"{path}.table" for path, source in inputs.sources.items() if source.table is not None]
    tables += [f"expect[{at}].table" for at, said in enumerate(inputs.expect) if said.table is not None]
    if inputs.table(inputs.customers).look_up:
        tables.append(f"tables.{inputs.customers}.look_up")
    why = "is of another table, and batches are read row by row: join it before, or score the customers at once"
    return [Problem("not-by-row", f"inputs.{path} {why}", path) for path in tables]


def keeping(model: OutcomeModel, columns: Iterable[str]) -> OutcomeModel:
    """Return the model with inputs that keep some more columns; without inputs all columns are kept."""
    if model.inputs is None:
        return model
    declared = {"segment": model.segments, "stage": model.stages, "goal": model.goals}
    cells = [axis for axis, there in declared.items() if there or getattr(model.inputs, axis) is not None]
    measures = (*model.inputs.measures, *model.columns, *(measure.name for measure in model.measures))
    there = {"id", *cells, *model.inputs.keep, *measures}
    more = {column: column for column in columns if column not in there}
    if not more:
        return model
    return attrs.evolve(model, inputs=attrs.evolve(model.inputs, keep={**model.inputs.keep, **more}))


def _columns(
    model: OutcomeModel, look_ups: LookUps, sheet: RawTable, wide: Widened
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Return the columns of the result, and a row of the report for each.

    They are as the inputs say, or without inputs those of the table as it is.
    """
    inputs, names, checks, raw = sheet.inputs, sheet.table.names, sheet.checks, look_ups.tables
    ids, key = _ids(sheet), inputs.id or "id"
    if named := set(parts_of(key)) <= set(names):  # from here on, problems name customers by it
        checks.names = functools.cache(lambda: texts_of(sheet.table, key))
    wide.note(sheet.problem, "", checks.places)
    told: list[dict[str, object]] = []
    if model.inputs is None:
        numbers = _numbers(model, Measured(sheet, {}), told)
        text = raw.is_text(inputs.customers)
        kept = {name: _kept(sheet.table, name, text=text) for name in names if name not in numbers}
        return {name: numbers.get(name, kept.get(name)) for name in (*names, *numbers)}, told
    found: dict[str, object] = {}
    if inputs.id is not None and named:
        found["id"] = sheet.table.series(key) if isinstance(key, str) else objects(texts_of(sheet.table, key))
    taken: dict[str, Numbers] = {}
    if found or inputs.id is None:  # without ids nothing can be joined; what else is wrong is still told
        taken = gather(look_ups, sheet, ids)
    measured = Measured(sheet, taken)
    found |= _cells(model, measured, told)
    numbers = _numbers(model, measured, told)
    for name in found.keys() & numbers.keys():
        message = f"the result has a column {name!r} already; call the measure something else"
        checks.problem("name-clash", message, name)
    found |= numbers
    own = frozenset(raw.names(inputs.customers))
    for name, column in inputs.keep.items():
        if name in inputs.measures:
            continue  # a number made from the tables, kept though no step uses it
        if name in found:
            message = f"keep: {name!r} is a column of the result already; say {{ new = column }}"
            checks.problem("keep", message, name)
        elif isinstance(column, MeasureInput):
            what = f"keep: {name!r}"
            values = found[name] = measured.of(f"keep.{name}", column, name, what)
            told.append(_told(name, column, values, ~np.isnan(values), measured.coded(column, name, what)))
        elif sheet.has(column, "keep"):
            home, _ = look_ups.home_of(inputs.customers, column, own)
            found[name] = _kept(sheet.table, column, text=raw.is_text(home))
    return found, told


def _ids(sheet: RawTable) -> dict[str, int]:
    """Return the row of each id; note missing and repeated ids, since then nothing can be joined."""
    key = sheet.inputs.id
    if key is None or lacking(sheet.checks, sheet.table.names, parts_of(key), "id"):
        return {}
    raw = named_by(sheet.table, key)
    often = np.bincount(raw.codes[raw.codes >= 0], minlength=len(raw.values))
    wrong: dict[int, UnreadableError] = {}
    if (raw.codes < 0).any():
        wrong[-1] = UnreadableError("names nobody; every customer needs an id", rule="missing-id")
    for place in np.flatnonzero(often > 1).tolist():
        message = f"occurs {often[place]} times; every customer needs an id of their own"
        wrong[place] = UnreadableError(message, rule="duplicate-id")
    Read(raw.codes, raw, wrong).note(sheet.checks.problem, key_name(key))
    if like := written_alike(raw.values):
        some = ", ".join(" and ".join(map(repr, names)) for names in like[:SHOWN])
        count, of = sum(map(len, like)), counted(len(sheet), "customer")
        message = f"{count:,} of {of} have ids that differ only in case, spaces or width: {some}"
        message += f"{', ...' if len(like) > SHOWN else ''}; take one of each out if they are one customer"
        sheet.checks.finding("written-alike", f"column {key_name(key)!r}", message, "warning", count)
    rows = np.flatnonzero(np.append(often, 0)[raw.codes] == 1)
    return {raw.values[code]: row for code, row in zip(raw.codes[rows].tolist(), rows.tolist(), strict=True)}


def _cells(model: OutcomeModel, measured: Measured, told: list[dict[str, object]]) -> dict[str, Array]:
    sheet = measured.sheet
    segments, stages = model.segment_names if model.segments else (), model.stage_names if model.stages else ()
    found: dict[str, Array] = {}
    for what, valid in (("segment", segments), ("stage", stages), ("goal", model.goals)):
        source: CellInput | None = getattr(sheet.inputs, what)
        if valid:
            said = source or CellInput(column=what)
            if said.bands is None:
                names = _named(what, said, valid, sheet)
            else:
                names = _banded(what, said, measured.of(what, said, what, what), sheet.checks)
            found[what] = names
            mapped = len(names) if said.values or said.bands else 0
            told.append(_told(what, source, names, names != np.array(None), mapped))
        elif source is not None:
            sheet.checks.finding("unused-input", f"inputs.{what}", f"the model has no {what}s", "info")
    return found


def _named(what: str, source: CellInput, valid: Sequence[str], sheet: RawTable) -> Array:
    """Return the segment, stage or goal of each customer by the values of columns; None where a problem is noted."""
    columns = source.columns or (source.column or what,)
    raws = [sheet.distinct(column, what) for column in columns]
    codes = np.zeros(len(sheet), dtype=np.int64)
    for raw in raws:  # each combination is one value
        codes = np.unique(codes * (len(raw.values) + 1) + raw.codes, return_inverse=True)[1]
    _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    rows = [tuple([*raw.values, None][raw.codes[row]] for raw in raws) for row in first.tolist()]
    texts = [", ".join("" if value is None else text_of(value) for value in row) for row in rows]
    meant = {pattern: name for name, pattern in source.patterns} or {(name,): name for name in valid}
    plain = all(isinstance(code, str) and code != ANY for pattern in meant for code in pattern)
    names = [
        (meant.get(tuple(map(text_of, row))) if plain and _is_text(row) else _name(meant, row)) or source.otherwise
        for row in rows
    ]
    wrong: dict[int, UnreadableError] = {}
    like = {} if source.columns else {folded(code): (code, name) for (code,), name in meant.items()}
    for place, name in enumerate(names):
        code, other = like.get(folded(texts[place]), (None, None))
        if other is not None and name in (None, source.otherwise) and name != other:
            here = np.flatnonzero(codes == place)
            one = f'values = {{ {other} = ["{code}", "{texts[place]}"] }}'
            message = f"{texts[place]!r} is not {code!r}, from which it differs only in case, spaces or width"
            message += f"{in_rows(here, sheet.checks.names)}; to make them one, say {one}"
            sheet.checks.finding("written-alike", f"inputs.{what}", message, "warning", len(here))
        if name is None and all(sheet.has(column, what) for column in columns):
            empty = all(value is None for value in rows[place])
            why = f"means no {what}" + (f"; {_OTHERWISE.format(what)}" if empty else "")
            near = None if empty else (texts[place], [", ".join(code) for code in meant])
            # unknown-segment, unknown-stage, unknown-goal
            wrong[place] = UnreadableError(why, near, f"unknown-{what}")
    found = Read(objects(names)[codes], Distinct(texts, codes.astype(np.int32)), wrong)
    found.note(sheet.checks.problem, " + ".join(columns))
    return found.values


def _is_text(row: tuple[object, ...]) -> bool:
    return all(isinstance(value, str) and not is_blank(value) for value in row)


def _name(meant: Mapping[Pattern, str], row: tuple[object, ...]) -> str | None:
    """Return the name that a combination of raw values means; the first pattern that fits wins."""
    for pattern, name in meant.items():
        if all(code == ANY or matches(value, code) for code, value in zip(pattern, row, strict=True)):
            return name
    return None


def _banded(what: str, source: CellInput, numbers: Numbers, checks: Checks) -> Array:
    names = np.full(len(numbers), source.otherwise, dtype=object)
    limits = []
    for name, low, below in source.bands or ():
        names[(numbers >= (-np.inf if low is None else low)) & (numbers < (np.inf if below is None else below))] = name
        ends = ("" if low is None else f"from {low:g}", "" if below is None else f"below {below:g}")
        limits.append(f"{name} ({' '.join(filter(None, ends))})")
    lost, empty, column = (
        names == np.array(None),
        np.isnan(numbers),
        source.column or source.start or source.end or what,
    )
    # unknown-segment, unknown-stage, unknown-goal
    checks.problem(
        f"unknown-{what}", f"{what}: {column!r} is empty; {_OTHERWISE.format(what)}", column, rows=lost & empty
    )
    if (outside := lost & ~empty).any():
        first = float(numbers[outside][0])
        message = f"{what}: {first:g} of {column!r} lies in none of the bands {', '.join(limits)}"
        # unknown-segment, unknown-stage, unknown-goal
        checks.problem(f"unknown-{what}", message, column, first, rows=outside)
    return names


def _kept(table: Table, name: str, *, text: bool) -> Any:
    """Return a column as it is; from a table of text alone, as numbers where it holds nothing else."""
    numbers = table.plain_numbers(name) if text else None
    return table.series(name) if numbers is None else numbers


def _numbers(model: OutcomeModel, measured: Measured, told: list[dict[str, object]]) -> dict[str, Numbers]:
    sheet = measured.sheet
    measures = {measure.name: measure for measure in model.measures}
    found: dict[str, Numbers] = {}
    for name in dict.fromkeys((*measures, *model.columns, *sheet.inputs.measures)):
        source, what = sheet.inputs.measures.get(name) or MeasureInput(), f"measure {name!r}"
        values = found[name] = measured.measure(name)
        outside = 0
        if (measure := measures.get(name)) is not None:
            outside = sheet.checks.within(what, name, values, measure.low, measure.high, measure.unit)
        told.append(_told(name, source, values, ~np.isnan(values), measured.coded(source, name, what), outside))
    return found


def _told(
    name: str, source: Source | None, values: Array, there: Mask, mapped: int, outside: int = 0
) -> dict[str, object]:
    """Return the row of the report for one column of the result; `there` says where it holds a value."""
    ends = (np.nan, np.nan)
    if there.any() and values.dtype != object:
        ends = (float(np.fmin.reduce(values)), float(np.fmax.reduce(values)))
    figures = (int(there.sum()), int((~there).sum()), mapped, outside, *ends)
    return {"name": name, "source": source_text(source, name)} | dict(zip(FIGURES, figures, strict=True))


def source_text(source: Source | None, name: str) -> str:
    """Return text for the source of a column of the result.

    Examples
    --------
    >>> source_text(Source(table="tickets", aggregate="median", column="hours"), "reply")
    'median of tickets.hours'
    """
    source = source or Source()
    unit, table, aggregate = source.unit or "days", source.table, source.aggregate
    if isinstance(source, CellInput) and source.columns:
        return "columns " + ", ".join(map(repr, source.columns))
    if source.pair is not None:
        one, other = source.pair
        if source.change is not None:
            return f"change of {one} from {other} in percent"
        return f"{one} {'/' if source.ratio is not None else '-'} {other}"
    if aggregate in OF_TIME:
        return f"{unit} {('since the last', 'since the first', 'between each')[OF_TIME.index(aggregate)]} of {table}"
    if source.dated:
        value = f"{unit} from {source.start or 'as_of'} to {source.end or 'as_of'}"
        return value if table is None else f"{aggregate} of {value} in {table}"
    if table is None:
        return f"column {(source.column or name)!r}"
    return f"{aggregate} of {table}.{source.column}" if source.column else f"{aggregate} of {table}"
