"""How raw tables become measures and cells: a description only; the intake carries it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from outcomegap.checks import Checks, show
from outcomegap.errors import Finding, hint
from outcomegap.model.declaration import Kind, Number, Part, Text, declaration, declare, settle
from outcomegap.model.frozenmap import FrozenMap
from outcomegap.model.source import (
    FILTERS,
    MARK,
    NEED_TIME,
    RULE,
    TEXT,
    CellInput,
    Code,
    Codes,
    Fault,
    MeasureInput,
    Moment,
    Source,
    Texts,
    as_given,
    fault,
    same_marks,
)

COUNT = Number(0.0, whole=True, rule=RULE, no_number=RULE)
DATE_COLUMN = Texts(count=2)
SEPARATOR = Text(rule=RULE)


@attrs.frozen
class Kept(Kind):
    """Columns to hand on: a list, or new name -> column."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if not isinstance(value, (list, tuple, Mapping)):
            checks.finding(RULE, where, f"must list columns (got {show(value)})")
            return FrozenMap()
        kept = value if isinstance(value, Mapping) else {str(column): column for column in value}
        for name, column in kept.items():
            TEXT.take(checks, f"{where}.{name}", column)
        return FrozenMap(kept)


@attrs.frozen(kw_only=True)
class TableInput:
    """One raw table.

    Parameters
    ----------
    file
        Its file, beside the model file or in the folder given to the intake.
    by
        Its column that names the customer; left out, the one called like the customers' ``id``.
    via
        Where ``by`` names not a customer but a row of another table (an account, a subscription): that table.
    key
        The column by which other tables name rows of this one; left out, called like their ``by``.
    time
        Its column with the time of each event.
    separator, encoding
        Of a text file: left out, found from its first line, and UTF-8.
    sheet
        Of a workbook: left out, the first.

    Examples
    --------
    >>> TableInput(file="usage.csv", by="subscription_id", via="subscriptions", time="used_at").via
    'subscriptions'
    """

    file: str | None = declare(TEXT, "Its file.")
    by: str | None = declare(TEXT, "Its column that names the customer, or the row of the table it goes via.")
    via: str | None = declare(TEXT, "The table whose rows `by` names, where it does not name customers.")
    key: str | None = declare(TEXT, "The column by which other tables name its rows.")
    time: str | None = declare(TEXT, "Its column with the time of each event.")
    separator: str | None = declare(SEPARATOR, "What stands between the columns of a text file.")
    encoding: str | None = declare(TEXT, "Of a text file; left out, UTF-8.")
    sheet: str | None = declare(TEXT, "Of a workbook; left out, the first.")

    def __attrs_post_init__(self) -> None:
        settle(self)


@attrs.frozen(kw_only=True)
class Expected:
    """What ought to hold in the raw tables; where it does not, the intake says how often.

    Either two dates in order (``earlier``, ``later``), or how many rows a customer has in a table
    (``at_least``, ``at_most``).

    Parameters
    ----------
    table
        The table to look at; left out, the customers' own.
    earlier, later
        Two columns with dates. One of the customers' table, or of one that ``table`` goes ``via``, may be named
        from ``table`` as ``["customers", "signup_date"]``.
    where
        The customers (or, for two dates, the rows) it is said of: column -> values.
    at_least, at_most
        How many rows of ``table`` such a customer has.
    because
        What to tell readers.

    Examples
    --------
    >>> Expected(table="tickets", earlier=["customers", "signup_date"], later="submitted_at").earlier
    ('customers', 'signup_date')
    """

    table: str | None = declare(TEXT, "The table to look at.")
    earlier: str | tuple[str, str] | None = attrs.field(
        default=None, converter=as_given, metadata=declaration(DATE_COLUMN, "A column with dates, or [table, column].")
    )
    later: str | tuple[str, str] | None = attrs.field(
        default=None, converter=as_given, metadata=declaration(DATE_COLUMN, "A column with dates, or [table, column].")
    )
    where: FrozenMap[tuple[Code, ...]] = attrs.field(
        default=FrozenMap(),
        converter=as_given,
        metadata=declaration(FILTERS, "What it is said of: column = value or values."),
    )
    at_least: int | None = declare(COUNT, "Fewest rows such a customer has.")
    at_most: int | None = declare(COUNT, "Most rows such a customer has.")
    because: str | None = declare(Text(rule=RULE), "What to tell readers.")

    def __attrs_post_init__(self) -> None:
        settle(self)

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot mean anything as a whole."""
        dates = (self.earlier is not None) + (self.later is not None)
        counts = self.at_least is not None or self.at_most is not None
        if counts == (dates > 0) or dates == 1:
            yield fault("earlier", "say two columns, earlier and later, or at_least / at_most rows of a table")
        if counts and self.table is None:
            yield fault("table", "at_least and at_most count the rows of a table; name it")


@attrs.frozen(kw_only=True)
class Inputs:
    """Where measures, segment and stage come from in the tables people have.

    Every part may be given as the plain form it has in a model file.

    Parameters
    ----------
    id
        The column that names the customer.
    keep
        Columns to hand on as they are: a list, or new name -> column. The name of a measure prepared here, but used by
        no step, keeps that (a weight such as revenue, taken from invoices).
    segment, stage, goal
        `CellInput`, or the name of a column that holds the names.
    measures
        Measure -> `MeasureInput`, or the name of its column. One that is not named here is read from the column of
        its own name.
    tables
        Name -> `TableInput`.
    expect
        A list of `Expected`.
    customers
        What the customers' own table is called.
    as_of
        The moment of scoring, ISO 8601, when the call does not say it; events at or after it are left out.
    decimal, thousands, date_format, missing
        As in `Source`, for every column that does not say it itself.

    Raises
    ------
    ModelError
        With everything that cannot mean anything; `where` of each finding is its path below ``[inputs]``.

    Examples
    --------
    >>> inputs = Inputs(id="Kunde", keep=["CSM"], measures={
    ...     "reply_hours": {"column": "Reply (h)", "decimal": ","},
    ...     "trained": {"column": "Trained?", "values": {"Yes": 1, "No": 0}}})
    >>> list(inputs.measures), inputs.measures["trained"].values["Yes"]
    (['reply_hours', 'trained'], 1.0)
    """

    id: str | None = declare(TEXT, "The column that names the customer.")
    keep: FrozenMap[str] = attrs.field(
        default=FrozenMap(),
        converter=as_given,
        metadata=declaration(Kept(), "Columns to hand on as they are: a list, or new name = column."),
    )
    segment: CellInput | None = attrs.field(
        default=None,
        converter=as_given,
        metadata=declaration(Part(CellInput, "column"), "Where the segment comes from."),
    )
    stage: CellInput | None = attrs.field(
        default=None, converter=as_given, metadata=declaration(Part(CellInput, "column"), "Where the stage comes from.")
    )
    goal: CellInput | None = attrs.field(
        default=None, converter=as_given, metadata=declaration(Part(CellInput, "column"), "Where the goal comes from.")
    )
    measures: FrozenMap[MeasureInput] = attrs.field(
        default=FrozenMap(),
        converter=as_given,
        metadata=declaration(Part(MeasureInput, "column", "table"), "Where measures come from."),
    )
    tables: FrozenMap[TableInput] = attrs.field(
        default=FrozenMap(), converter=as_given, metadata=declaration(Part(TableInput, "", "table"), "The raw tables.")
    )
    expect: tuple[Expected, ...] = attrs.field(
        default=(),
        converter=as_given,
        metadata=declaration(Part(Expected, "", "list"), "What ought to hold in the raw tables."),
    )
    customers: str = declare(TEXT, "What the customers' own table is called.", "customers")
    as_of: str | None = attrs.field(
        default=None,
        converter=as_given,
        metadata=declaration(Moment(), "The moment of scoring, when the call does not say it."),
    )
    decimal: str | None = declare(MARK, "The decimal mark, where a column does not say it.")
    thousands: str | None = declare(MARK, "The mark between thousands, where a column does not say it.")
    date_format: str | None = declare(TEXT, "How dates are written, where a column does not say it.")
    missing: tuple[Code, ...] = attrs.field(
        default=(),
        converter=as_given,
        metadata=declaration(Codes(), "Codes that mean 'not answered' in every column that does not say its own."),
    )

    def __attrs_post_init__(self) -> None:
        settle(self)

    @property
    def sources(self) -> dict[str, Source]:
        """Every source by its path: ``segment``, ``measures.reply_hours``, ..."""
        cells = {what: getattr(self, what) for what in ("segment", "stage", "goal") if getattr(self, what) is not None}
        return cells | {f"measures.{name}": source for name, source in self.measures.items()}

    def table(self, name: str) -> TableInput:
        """Return what is said of a table."""
        return self.tables.get(name) or TableInput()

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot mean anything as a whole."""
        yield from same_marks(self)
        for where, source in self.sources.items():
            if source.table is None:
                continue
            if source.table == self.customers:
                yield fault(f"{where}.table", "is the customers' own table, one row each; name only the column")
            if self.id is None:
                yield fault(where, "events are joined to customers by their id; say id = the column that names them")
            needs = source.aggregate in NEED_TIME or source.within_days is not None
            if needs and source.time is None and self.table(source.table).time is None:
                yield fault(f"{where}.time", f"needs the time of each event; name the column of {source.table!r}")
        for name in self.tables:
            seen = [name]
            while (above := self.table(seen[-1]).via) is not None:
                if above in seen:
                    yield fault(f"tables.{name}.via", f"goes in a circle: {' -> '.join([*seen, above])}")
                    break
                seen.append(above)


def unknown_cells(inputs: Inputs, model: Any) -> Iterator[Finding]:
    """Yield a finding for every segment, stage or goal that the inputs name and the model does not have."""
    names = {
        "segment": [segment.name for segment in model.segments],
        "stage": [stage.name for stage in model.stages],
        "goal": list(model.goals),
    }
    for what, known in names.items():
        cell: CellInput | None = getattr(inputs, what)
        if cell is None or not known:
            continue
        named = {f"values.{name}": name for name in cell.values or ()}
        named |= {f"bands.{name}": name for name, _, _ in cell.bands or ()}
        if cell.otherwise is not None:
            named["otherwise"] = cell.otherwise
        for field, name in named.items():
            if name not in known:
                yield Finding(
                    f"unknown-{what}", f"inputs.{what}.{field}", f"the model has no {what} {name!r}{hint(name, known)}"
                )
