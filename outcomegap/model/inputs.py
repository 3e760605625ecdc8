"""How raw tables become measures and cells: a description only; the intake carries it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model.frozenmap import FrozenMap
from outcomegap.model.mapping import CellInput, MeasureInput, as_tuple
from outcomegap.model.source import (
    NEED_TIME,
    Code,
    Source,
    code_list,
    codes,
    fault,
    filters,
    marks,
    raise_faults,
    text_or_none,
)


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

    file: str | None = None
    by: str | None = None
    via: str | None = None
    key: str | None = None
    time: str | None = None
    separator: str | None = None
    encoding: str | None = None
    sheet: str | None = None

    def __attrs_post_init__(self) -> None:
        raise_faults("TableInput", self.faults())

    def faults(self) -> Iterator[Finding]:
        """Yield everything that cannot mean anything."""
        for field in attrs.fields(TableInput):
            value = getattr(self, field.name)
            if value is not None and (not isinstance(value, str) or value == ""):
                yield fault(field.name, f"must be text (got {value!r:.60})")


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

    table: str | None = None
    earlier: str | tuple[str, str] | None = attrs.field(default=None, converter=as_tuple)
    later: str | tuple[str, str] | None = attrs.field(default=None, converter=as_tuple)
    where: FrozenMap[tuple[Code, ...]] = attrs.field(factory=FrozenMap, converter=filters)
    at_least: int | None = None
    at_most: int | None = None
    because: str | None = None

    def __attrs_post_init__(self) -> None:
        raise_faults("Expected", self.faults())

    def faults(self) -> Iterator[Finding]:
        """Yield everything that cannot mean anything."""
        dates = (self.earlier is not None) + (self.later is not None)
        counts = self.at_least is not None or self.at_most is not None
        if counts == (dates > 0) or dates == 1:
            yield fault("earlier", "say two columns, earlier and later, or at_least / at_most rows of a table")
        if counts and self.table is None:
            yield fault("table", "at_least and at_most count the rows of a table; name it")
        for field in ("earlier", "later"):
            value = getattr(self, field)
            pair = isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, str) for v in value)
            if value is not None and not isinstance(value, str) and not pair:
                yield fault(field, f"must be a column, or [table, column] (got {value!r:.60})")
        for field in ("at_least", "at_most"):
            value = getattr(self, field)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
                yield fault(field, f"must be a whole number (got {value!r:.60})")
        for field in ("table", "because"):
            value = getattr(self, field)
            if value is not None and not isinstance(value, str):
                yield fault(field, f"must be text (got {value!r:.60})")
        if not isinstance(self.where, FrozenMap):
            yield fault("where", f"must say column = value or values (got {self.where!r:.60})")


def _made(kind: type[Any], value: Any) -> Any:
    """Make an object of `kind` from the plain form a file has."""
    if isinstance(value, str) and issubclass(kind, Source):
        return kind(column=value)
    return kind(**value) if isinstance(value, Mapping) else value


def _cell(value: Any) -> CellInput | None:
    return _made(CellInput, value)  # type: ignore[no-any-return]


def _measures(value: Any) -> FrozenMap[MeasureInput]:
    return FrozenMap({k: _made(MeasureInput, v) for k, v in value.items()}) if isinstance(value, Mapping) else value


def _tables(value: Any) -> FrozenMap[TableInput]:
    return FrozenMap({k: _made(TableInput, v) for k, v in value.items()}) if isinstance(value, Mapping) else value


def _expected(value: Any) -> tuple[Expected, ...]:
    return tuple(_made(Expected, v) for v in value) if isinstance(value, (list, tuple)) else value


def _kept(value: Any) -> FrozenMap[str]:
    if isinstance(value, (list, tuple)):
        return FrozenMap({str(v): v for v in value})
    return FrozenMap(value) if isinstance(value, Mapping) else value


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

    id: str | None = None
    keep: FrozenMap[str] = attrs.field(factory=FrozenMap, converter=_kept)
    segment: CellInput | None = attrs.field(default=None, converter=_cell)
    stage: CellInput | None = attrs.field(default=None, converter=_cell)
    goal: CellInput | None = attrs.field(default=None, converter=_cell)
    measures: FrozenMap[MeasureInput] = attrs.field(factory=FrozenMap, converter=_measures)
    tables: FrozenMap[TableInput] = attrs.field(factory=FrozenMap, converter=_tables)
    expect: tuple[Expected, ...] = attrs.field(default=(), converter=_expected)
    customers: str = "customers"
    as_of: str | None = attrs.field(default=None, converter=text_or_none)
    decimal: str | None = None
    thousands: str | None = None
    date_format: str | None = None
    missing: tuple[Code, ...] = attrs.field(default=(), converter=codes)

    def __attrs_post_init__(self) -> None:
        raise_faults("Inputs", self.faults())

    @property
    def sources(self) -> dict[str, Source]:
        """Every source by its path: ``segment``, ``measures.reply_hours``, ..."""
        cells = {what: getattr(self, what) for what in ("segment", "stage", "goal") if getattr(self, what) is not None}
        return cells | {f"measures.{name}": source for name, source in self.measures.items()}

    def table(self, name: str) -> TableInput:
        """Return what is said of a table."""
        return self.tables.get(name) or TableInput()

    def faults(self) -> Iterator[Finding]:
        """Yield everything that cannot mean anything."""
        wrong = list(self._wrong_kinds())
        yield from wrong
        if wrong:
            return
        for name in ("id", "customers", "as_of", "date_format"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value.strip()):
                yield fault(name, f"must be text that is not blank (got {value!r:.60})")
        yield from marks(self)
        yield from code_list("missing", self.missing)
        yield from self._event_faults()
        yield from self._moment_faults()

    def _wrong_kinds(self) -> Iterator[Finding]:
        for name in ("segment", "stage", "goal"):
            if not isinstance(getattr(self, name), (CellInput, type(None))):
                yield fault(name, f"cannot be {getattr(self, name)!r:.60}")
        for name, kind in (("keep", str), ("measures", MeasureInput), ("tables", TableInput)):
            value = getattr(self, name)
            if not isinstance(value, FrozenMap):
                yield fault(name, f"cannot be {value!r:.60}")
                continue
            for key, item in value.items():
                if not isinstance(item, kind) or not isinstance(key, str):
                    yield fault(f"{name}.{key}", f"cannot be {item!r:.60}")
        if not isinstance(self.expect, tuple) or not all(isinstance(e, Expected) for e in self.expect):
            yield fault("expect", f"must be a list of tables (got {self.expect!r:.60})")

    def _event_faults(self) -> Iterator[Finding]:
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

    def _moment_faults(self) -> Iterator[Finding]:
        if isinstance(self.as_of, str):
            try:
                dt.datetime.fromisoformat(self.as_of)
            except ValueError:
                yield fault("as_of", f"must be a date or time in ISO 8601, such as 2026-01-31 (got {self.as_of!r})")


def inputs_error(where: str, error: ModelError) -> list[Finding]:
    """Return an error's findings with `where` put before their paths."""
    return [attrs.evolve(f, where=f"{where}.{f.where}" if f.where else where) for f in error.findings]


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
