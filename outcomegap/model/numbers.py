"""Numbers that may differ from cell to cell, or from customer to customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Protocol

import attrs

from outcomegap.checks import number_of, show
from outcomegap.errors import ModelError

#: What stands for "every segment" in a per-cell key such as ``"*/scaling"``.
ANY = "*"
RESERVED = frozenset({ANY, "default"})


@attrs.frozen
class Column:
    """A value that each customer brings along in a column of their own; see `column`.

    Examples
    --------
    >>> Column("sla_hours") == column("sla_hours")
    True
    """

    name: str = attrs.field()

    @name.validator
    def _check(self, _attribute: Any, value: Any) -> None:
        name_of("column", value)


def column(name: str) -> Column:
    """Take a floor or a target from a column of the customers' data.

    A customer whose value there is missing counts as one whose measure is missing.

    Parameters
    ----------
    name
        The column's name.

    Examples
    --------
    >>> column("sla_hours")
    Column(name='sla_hours')
    """
    return Column(name)


Scalar = float | Column


@attrs.frozen
class PerCell:
    """A number for each cell: a default, and exceptions by segment, stage or both; see `per_cell`.

    Examples
    --------
    >>> isinstance(per_cell(24, {"enterprise": 1}), PerCell)
    True
    """

    default: Scalar | None
    values: tuple[tuple[str, Scalar], ...] = ()

    @cached_property
    def table(self) -> dict[str, Scalar]:
        """The exceptions by their keys."""
        return dict(self.values)

    def at(self, segment: str, stage: str) -> Scalar | None:
        """Return the value of one cell: the most specific key wins, a segment before a stage."""
        table = self.table
        for key in (f"{segment}/{stage}", segment, f"{ANY}/{stage}"):
            if key in table:
                return table[key]
        return self.default

    def __iter__(self) -> Iterator[Scalar]:
        if self.default is not None:
            yield self.default
        for _, value in self.values:
            yield value


Value = float | Column | PerCell


def per_cell(default: float | Column | None, values: Mapping[str, float | Column]) -> PerCell:
    """Say a number that differs between cells.

    Parameters
    ----------
    default
        The value of every cell that no key names; None where the keys name every cell.
    values
        Exceptions. A key is ``"segment"``, ``"*/stage"`` or ``"segment/stage"``; the most specific wins,
        a segment before a stage (docs/meaning, clause 2.1).

    Raises
    ------
    ModelError
        If a value is no finite number, or a key is malformed. Keys that name no segment or stage of a model
        are found by `outcomegap.check`.

    Examples
    --------
    >>> target = per_cell(500, {"enterprise": 50_000, "enterprise/scaling": 200_000})
    >>> target.at("enterprise", "adopting"), target.at("enterprise", "scaling"), target.at("startup", "scaling")
    (50000.0, 200000.0, 500.0)
    """
    return PerCell(
        None if default is None else _scalar("default", default),
        tuple(sorted((cell_key(key), _scalar(key, value)) for key, value in values.items())),
    )


def cell_key(key: str) -> str:
    """Return a key of a number per cell, or say why it is none."""
    parts = key.split("/")
    whole = len(parts) == 1 and parts[0] not in ("", *RESERVED)
    pair = len(parts) == 2 and all(p not in ("", "default") for p in parts) and parts[1] != ANY
    if not (whole or pair):
        message = f"{key!r} is no cell; write 'segment', '*/stage' or 'segment/stage'"
        raise ModelError.of("per-cell-key", "per_cell", message)
    return key


def finite(value: object) -> float | None:
    """Return a finite number as a float, None for all else."""
    return number_of(float(value) if isinstance(value, (Decimal, Fraction)) else value)


def number(where: str, name: str, value: object) -> float:
    """Return a finite number as a float, or say that it is none."""
    found = finite(value)
    if found is None:
        raise ModelError.of("number", where, f"{name} must be a finite number (got {show(value)})")
    return found


def numeric(where: str, name: str, value: object) -> float | PerCell:
    """Return a finite float or a `PerCell` of floats; a column cannot stand here."""
    if not isinstance(value, PerCell):
        return number(where, name, value)
    for item in value:
        number(where, name, item)
    return value


def _scalar(name: str, value: object) -> Scalar:
    return value if isinstance(value, Column) else number("per_cell", name, value)


def at(value: Value, segment: str, stage: str) -> Scalar | None:
    """Return what `value` is in one cell (None where no key and no default says it)."""
    return value.at(segment, stage) if isinstance(value, PerCell) else value


class Place(Protocol):
    """A cell: its segment and its stage."""

    @property
    def segment(self) -> str: ...
    @property
    def stage(self) -> str: ...


def in_cells(value: Value, cells: Iterable[Place]) -> list[Scalar | None]:
    """Return what `value` is in each cell."""
    if isinstance(value, PerCell):
        return [value.at(cell.segment, cell.stage) for cell in cells]
    return [value for _ in cells]


def why_no_name(value: object, *, cell: bool = False) -> str | None:
    """Say why a name cannot be one, or None; `cell` forbids what per-cell keys reserve."""
    if not isinstance(value, str) or not value.strip():
        return f"a name must be text that is not blank (got {show(value)})"
    if value != value.strip():
        return f"name {show(value)} begins or ends with white space"
    if cell and ("/" in value or value in RESERVED):
        return f"name {show(value)} may hold no '/' and be neither '*' nor 'default'"
    return None


def name_of(what: str, value: str) -> str:
    """Return a usable name, or say why it is none."""
    why = why_no_name(value)
    if why is not None:
        raise ModelError.of("name", what, why)
    return value
