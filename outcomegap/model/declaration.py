"""Declarations: a field of a model says once what it holds. Checks, files, JSON Schema and sheets use that.

``field: type = declare(kind, text)`` is the declaration. A `Kind` checks a value and brings it into its final form;
`outcomegap.files.kinds` says how files write each kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import attrs

from outcomegap.checks import Checks, among, join, limits, number_of, show
from outcomegap.errors import ModelError
from outcomegap.model.identity import LATER

#: The mark for "every segment" in a per-cell key such as ``"*/scaling"``.
ANY = "*"
RESERVED = frozenset({ANY, "default"})


def why_no_name(value: object, *, cell: bool = False) -> str | None:
    """Return why a value cannot be a name, or None; `cell` also forbids what per-cell keys reserve."""
    if not isinstance(value, str) or not value.strip():
        return f"a name must be text and must not be blank (got {show(value)})"
    if value != value.strip():
        return f"name {show(value)} begins or ends with white space; remove it"
    if cell and ("/" in value or value in RESERVED):
        return f"name {show(value)} must not contain '/', and must not be '*' or 'default'"
    return None


V_co = TypeVar("V_co", covariant=True)


@attrs.frozen(eq=False, repr=False, init=False)
class FrozenMap(Mapping[str, V_co], Generic[V_co]):
    """A mapping from names to values that cannot change.

    Parameters
    ----------
    items
        A mapping, or pairs.

    Examples
    --------
    >>> table = FrozenMap({"Yes": 2.0, "No": 0.0})
    >>> table["Yes"], list(table), table == {"No": 0.0, "Yes": 2.0}, hash(table) == hash(FrozenMap(table))
    (2.0, ['Yes', 'No'], True, True)
    """

    _items: dict[str, V_co]

    def __init__(self, items: Mapping[str, V_co] | Iterable[tuple[str, V_co]] = ()) -> None:
        object.__setattr__(self, "_items", dict(items))

    def __getitem__(self, key: str) -> V_co:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


# The docstrings say which types are accepted; the declarations check the values.
def given(value: object) -> Any:
    return value


@attrs.frozen
class Kind:
    """What a field may hold."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        """Return a value in its final form, and note what is wrong with it."""
        raise NotImplementedError


@attrs.frozen
class Text(Kind):
    """Text; with `mark`, one character such as a decimal comma."""

    blank: bool = True
    mark: bool = False
    rule: str = "type"

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if not self.mark:
            return checks.text(where, value, blank=self.blank, rule=self.rule)
        if not isinstance(value, str) or len(value) != 1 or value.isalnum():
            checks.finding(self.rule, where, f"must be one character such as ',' (got {show(value)})")
        return value


#: The declaration of every description.
ABOUT: tuple[Text, str, str] = Text(), "A sentence for readers.", ""
#: Text that is not blank.
FILLED = Text(blank=False, rule="text")


@attrs.frozen
class Name(Kind):
    """A name; with `cell`, the name of a segment or stage."""

    cell: bool = False

    def take(self, checks: Checks, where: str, value: object) -> Any:
        why = why_no_name(value, cell=self.cell)
        if why is not None:
            checks.finding("name" if isinstance(value, str) else "type", where, why)
        return value


@attrs.frozen
class Flag(Kind):
    """True or false."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if not isinstance(value, bool):
            checks.finding("type", where, f"must be true or false (got {show(value)})")
        return value


@attrs.frozen
class Choice(Kind):
    """One of some fixed words."""

    options: Collection[str]
    rule: str = "choice"

    def take(self, checks: Checks, where: str, value: object) -> Any:
        return checks.one_of(where, value, self.options, self.rule)


@attrs.frozen
class Number(Kind):
    """A finite number within limits; where allowed, one for each cell, a column, or one of some words.

    `above` excludes the lower limit, `nonzero` excludes 0, and `whole` requires a whole number.
    """

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    nonzero: bool = False
    whole: bool = False
    per_cell: bool = False
    column: bool = False
    words: tuple[str, ...] = ()
    rule: str = "number"

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if among(value, self.words) or (self.column and isinstance(value, Column)):
            return value
        if self.per_cell and isinstance(value, PerCell):
            one = attrs.evolve(self, per_cell=False, words=())
            items = tuple((key, one.take(checks, join(where, key), item)) for key, item in value.values)
            default = value.default
            return PerCell(None if default is None else one.take(checks, join(where, "default"), default), items)
        number = number_of(value)
        barred = (self.above and number == self.low) or (self.nonzero and number == 0)
        barred = barred or (self.whole and number != int(number or 0))
        if number is not None and self.low <= number <= self.high and not barred:
            return int(number) if self.whole else number
        wanted = "a whole number" if self.whole else limits(self.low, self.high, above=self.above)
        words = "".join(f' or "{word}"' for word in self.words) + (", other than 0" if self.nonzero else "")
        checks.finding(self.rule, where, f"must be {wanted}{words} (got {show(value)})")
        return value


@attrs.frozen
class Listed(Kind):
    """A list of values of one kind; `what` is the items' name for people, `some` requires at least one."""

    of: Kind
    what: str = "tables"
    rule: str = "type"
    some: bool = False

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
            checks.finding(self.rule, where, f"must be a list of {self.what} (got {show(value)})")
            return ()
        items = tuple(value)
        if self.some and not items:
            checks.finding(self.rule, where, "is empty; give at least one")
        return tuple(self.of.take(checks, f"{where}[{i}]", item) for i, item in enumerate(items))


@attrs.frozen
class Table(Kind):
    """A table from names to values of one kind; `some` requires at least one entry."""

    of: Kind
    some: bool = False
    rule: str = "type"

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if not isinstance(value, Mapping) or (self.some and not value):
            checks.finding(self.rule, where, f"must be a table of keys and values (got {show(value)})")
            return FrozenMap()
        return FrozenMap({str(key): self.of.take(checks, join(where, str(key)), item) for key, item in value.items()})


@attrs.frozen
class CellNames(Kind):
    """A list of names of segments or stages; `of` says which."""

    of: str

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if isinstance(value, Iterable) and not isinstance(value, str):
            value = [getattr(item, "name", item) for item in value]
        return checks.texts(where, value, empty=False)


@attrs.frozen
class Made(Kind):
    """A value that a function of the model makes and checks: a curve, a join."""

    make: Callable[[str, Any], Any]

    def take(self, checks: Checks, where: str, value: object) -> Any:
        return checks.attempt(lambda: self.make(join(checks.where, where), value), where)


@attrs.frozen
class Instance(Kind):
    """An object of some classes; `wanted` is their name for people."""

    classes: Callable[[], tuple[type[Any], ...]]
    wanted: str
    rule: str

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if not isinstance(value, self.classes()):
            checks.finding(self.rule, where, f"must be {self.wanted} (got {show(value)})")
        return value


@attrs.frozen
class Part(Kind):
    """An object with declared fields of its own, or a table of them; text alone sets its field `short`."""

    of: type[Any]
    short: str = ""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if isinstance(value, self.of):
            return value
        here, told = checks.at(where), len(checks.findings)
        fields = read_fields(self.of, here, {self.short: value} if self.short and isinstance(value, str) else value)
        if fields is None or len(checks.findings) > told:
            return None
        try:
            return self.of(**fields)
        except ModelError as error:  # the error already names the fields
            for finding in error.findings:
                here.finding(finding.rule, finding.where, finding.message)
            return None


@attrs.frozen
class Declared:
    """The declaration of one field."""

    kind: Any
    about: str
    default: Any
    required: bool


def about(kind: Kind, text: str, *, later: bool = False) -> dict[str, Any]:
    """Return the metadata that declares an attrs field; `declare` makes the whole field."""
    return {"kind": kind, "about": text, LATER: later}


def declare(kind: Kind, text: str, default: object = None, *, later: bool = False) -> Any:
    """Declare a keyword field that has a default.

    Parameters
    ----------
    kind
        The kind of its value.
    text
        Its meaning, for people who write model files.
    default
        Its default; None if it may be left out.
    later
        If true, the field counts for the fingerprint of a model only where it differs from its default.
    """
    return attrs.field(default=default, kw_only=True, metadata=about(kind, text, later=later))


_DECLARED: dict[type[Any], dict[str, Declared]] = {}  # results of `declared`, by class


def declared(of: type[Any]) -> dict[str, Declared]:
    """Return the declarations of a class by field name."""
    if of in _DECLARED:
        return _DECLARED[of]
    found = _DECLARED[of] = {}
    for field in [field for field in attrs.fields(of) if "kind" in field.metadata]:
        required, said = field.default is attrs.NOTHING, field.metadata
        default = None if required else field.default
        found[field.name] = Declared(said["kind"], said["about"], default, required)
    return found


def settle(thing: object, where: str = "") -> None:
    """Bring every declared field of a new object into its final form.

    Raises
    ------
    ModelError
        With every problem: of the fields, or, if they are correct, of ``thing.faults()``.
    """
    checks = Checks(type(thing).__name__, where)
    for name, field in declared(type(thing)).items():
        value = getattr(thing, name)
        if value is not None or field.default is not None or field.required:
            place = "" if isinstance(field.kind, Name) else name
            object.__setattr__(thing, name, field.kind.take(checks, place, value))
    checks.done()
    for rule, place, message in getattr(thing, "faults", tuple)():
        checks.finding(rule, place, message)
    checks.done()


@attrs.frozen
class Described:
    """A class with declared fields, which are checked when an object is made; error messages call it `place`."""

    place: ClassVar[str] = ""

    def __attrs_post_init__(self) -> None:
        settle(self, self.place.format(self))


Take = Callable[[Kind, Checks, str, Any], Any]


def read_fields(
    of: type[Any],
    checks: Checks,
    table: object,
    leave_out: Collection[str] = (),
    take: Take = lambda kind, checks, where, value: kind.take(checks, where, value),
) -> dict[str, Any] | None:
    """Read the declared fields of a class from a table. A value that cannot be read is noted and left out.

    Returns
    -------
    dict or None
        The values by field; None if `table` is not a table.
    """
    if not isinstance(table, Mapping):
        checks.finding("type", "", f"must be a table of keys and values (got {show(table)})")
        return None
    known = {name: field for name, field in declared(of).items() if name not in leave_out}
    checks.keys("", table, known, [name for name, field in known.items() if field.required])
    found = {}
    for name, field in known.items():
        if name in table:
            told = len(checks.findings)
            value = take(field.kind, checks, name, table[name])
            if len(checks.findings) == told:
                found[name] = value
    return found


# Values that differ between cells

#: Name of the segment, and of the stage, of a model that declares none.
ALL = "all"


@attrs.frozen
class Cell:
    """One segment and one stage, and a goal where the model has several desired outcomes for them.

    Examples
    --------
    >>> str(Cell("enterprise", "scaling"))
    'enterprise/scaling'
    """

    segment: str
    stage: str
    goal: str | None = None

    def __str__(self) -> str:
        return f"{self.segment}/{self.stage}" + (f"/{self.goal}" if self.goal is not None else "")


@attrs.frozen
class Column(Described):
    """A value that each customer has in a column of the data; see `column`.

    Examples
    --------
    >>> Column("sla_hours") == column("sla_hours")
    True
    """

    place: ClassVar[str] = "column"

    name: str = attrs.field(metadata={"kind": Name(), "about": "Its name."})


def column(name: str) -> Column:
    """Take a floor or a target from a column of the customers' data.

    A customer without a value there counts as a customer whose measure is missing.

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
    """A number for each cell: a default, with exceptions by segment, stage or both; see `per_cell`.

    Examples
    --------
    >>> isinstance(per_cell(24, {"enterprise": 1}), PerCell)
    True
    """

    default: Scalar | None
    values: tuple[tuple[str, Scalar], ...] = ()

    @cached_property
    def table(self) -> dict[str, Scalar]:
        """The exceptions, by key."""
        return dict(self.values)

    def at(self, segment: str, stage: str) -> Scalar | None:
        """Return the value of one cell: the most specific key wins, and a segment wins over a stage."""
        table = self.table
        for key in (f"{segment}/{stage}", segment, f"{ANY}/{stage}"):
            if key in table:
                return table[key]
        return self.default

    def __iter__(self) -> Iterator[Scalar]:
        yield from (value for value in (self.default, *self.table.values()) if value is not None)


Value = float | Column | PerCell


def per_cell(default: float | Column | None, values: Mapping[str, float | Column]) -> PerCell:
    """Give a number that differs between cells.

    Parameters
    ----------
    default
        The value of every cell that no key names; None if the keys name every cell.
    values
        The exceptions. A key is ``"segment"``, ``"*/stage"`` or ``"segment/stage"``. The most specific key wins, and
        a segment wins over a stage (docs/meaning, clause 2.1).

    Raises
    ------
    ModelError
        If a key is malformed. The field that takes the result checks the numbers, and `outcomegap.check` checks that
        each key names a segment or stage of the model.

    Examples
    --------
    >>> target = per_cell(500, {"enterprise": 50_000, "enterprise/scaling": 200_000})
    >>> target.at("enterprise", "adopting"), target.at("enterprise", "scaling"), target.at("startup", "scaling")
    (50000, 200000, 500)
    """
    return PerCell(default, tuple(sorted((cell_key(key), value) for key, value in values.items())))


def cell_key(key: str) -> str:
    """Return a key of a per-cell number, or raise a ModelError if it is malformed."""
    parts = key.split("/")
    whole = len(parts) == 1 and parts[0] not in ("", *RESERVED)
    pair = len(parts) == 2 and all(p not in ("", "default") for p in parts) and parts[1] != ANY
    if not (whole or pair):
        message = f"{key!r} is not a per-cell key; write 'segment', '*/stage' or 'segment/stage'"
        raise ModelError.of("per-cell-key", "per_cell", message)
    return key


def at(value: Value, segment: str, stage: str) -> Scalar | None:
    """Return the value in one cell; None if no key and no default gives it."""
    return value.at(segment, stage) if isinstance(value, PerCell) else value


def in_cells(value: Value, cells: Iterable[Cell]) -> list[Scalar | None]:
    """Return the value in each cell."""
    return [at(value, cell.segment, cell.stage) for cell in cells]
