"""The SQL engine: programs as layered queries for a data warehouse, which compute what `NumpyBlocks` computes.

Formulas are trees of `Sql` that share branches. `layered` gives what is read more than once, or stands too deep, a
column of its own in the first layer of the query that can compute it; so everything is written once, and the text grows
linearly. sqlglot writes each expression in the dialect of the warehouse.

What is missing is NULL from the first layer on, and never NaN: warehouses sort NaN above all numbers. Arithmetic keeps
NULL; comparisons of NULL are never true, so that each CASE ends with a branch that keeps it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any

import attrs
import numpy as np
import sqlglot
from numpy.typing import NDArray
from sqlglot import exp

from outcomegap.errors import EngineError
from outcomegap.model.custom import Curve
from outcomegap.model.gate import EDGE, Numeric, NumericGate, PowerMean, Weakest
from outcomegap.model.step import Knots, Linear, Smooth, Threshold
from outcomegap.program import NO_COLUMN, Bounds, Compiled, MeanRows, Op, Side

Floats = NDArray[np.float64]
#: A piece of sqlglot's tree.
Node = Any
Numbers = tuple[int, ...]
LARGEST = float(np.finfo(np.float64).max)
#: A decimal of so many digits becomes the same float however a warehouse reads it; others are cast from text.
DIGITS = 15
#: So many expressions stand in one another at most: parsers go only so deep.
DEEPEST = 12
#: So many layers, each as wide as can be, are planned in seconds; ten times as many take gigabytes.
DEEP = 100
DOUBLE, TEXT, WHOLE = "DOUBLE", "TEXT", "BIGINT"


@attrs.frozen(eq=False, repr=False)
class Sql:
    """An expression: what it does, the expressions that it reads, and how it is written from theirs.

    Two with the same `does` and `reads` are the same.
    """

    does: tuple[object, ...]
    reads: tuple[Sql, ...]
    write: Callable[[list[Node]], Node]
    #: Whether it may name what it reads several times, so that this must be a column.
    repeats: bool = False
    #: What is computed before it, though it reads nothing of that.
    after: tuple[Sql, ...] = ()

    def __add__(self, other: Value) -> Sql:
        return _binary(exp.Add, self, other)

    def __radd__(self, other: Value) -> Sql:
        return _binary(exp.Add, other, self)

    def __sub__(self, other: Value) -> Sql:
        return _binary(exp.Sub, self, other)

    def __rsub__(self, other: Value) -> Sql:
        return _binary(exp.Sub, other, self)

    def __mul__(self, other: Value) -> Sql:
        return _binary(exp.Mul, self, other)

    def __rmul__(self, other: Value) -> Sql:
        return _binary(exp.Mul, other, self)

    def __truediv__(self, other: Value) -> Sql:
        return _binary(exp.Div, self, other)

    def __rtruediv__(self, other: Value) -> Sql:
        return _binary(exp.Div, other, self)

    def __ge__(self, other: Value) -> Sql:
        return _binary(exp.GTE, self, other)

    def __gt__(self, other: Value) -> Sql:
        return _binary(exp.GT, self, other)

    def __le__(self, other: Value) -> Sql:
        return _binary(exp.LTE, self, other)

    def __lt__(self, other: Value) -> Sql:
        return _binary(exp.LT, self, other)

    def __and__(self, other: Sql) -> Sql:
        return _binary(exp.And, self, other)

    def __or__(self, other: Sql) -> Sql:
        return _binary(exp.Or, self, other)

    def equals(self, other: Value) -> Sql:
        """Whether it is the same number or text."""
        return _binary(exp.EQ, self, other)

    def among(self, texts: Iterable[str]) -> Sql:
        """Whether it is one of some texts."""
        listed = tuple(texts)
        return Sql(
            ("in", listed),
            (self,),
            lambda n: exp.In(this=_inner(n[0]), expressions=[exp.Literal.string(each) for each in listed]),
        )

    @property
    def missing(self) -> Sql:
        """Whether it is NULL."""
        return Sql(("missing",), (self,), lambda n: exp.Is(this=_inner(n[0]), expression=exp.Null()))

    @property
    def there(self) -> Sql:
        """Whether it is not NULL."""
        return negated(self.missing)

    def cast(self, kind: str) -> Sql:
        """Convert it to `DOUBLE`, `TEXT` or `WHOLE`."""
        return Sql(("cast", kind), (self,), lambda n: exp.Cast(this=n[0], to=exp.DataType.build(kind)))


#: A value of a program: an expression, or a number that is the same for all customers.
Value = Sql | float


def leaf(*does: object, node: Node) -> Sql:
    return Sql(does, (), lambda _nodes: node.copy())


def number(value: float) -> Sql:
    """Write a number so that every warehouse reads exactly this float."""
    short = f"{value:.{DIGITS}g}"
    if "e" in short or float(short) != value:
        return text(repr(value)).cast(DOUBLE)
    node = exp.Literal.number(short if "." in short else f"{short}.0")
    return leaf("number", short, node=exp.Paren(this=node) if value < 0 else node)


def text(value: str) -> Sql:
    """Write a text; the dialect's writer escapes it."""
    return leaf("text", value, node=exp.Literal.string(value))


def column(name: str, *, quoted: bool = False) -> Sql:
    """Return a column of ours, or `quoted` one of the customers' table."""
    return leaf("column", name, quoted, node=exp.column(name, quoted=quoted))


NULL, TRUE, FALSE = (
    leaf(name, node=node) for name, node in (("null", exp.Null()), ("true", exp.true()), ("false", exp.false()))
)


def as_sql(value: Value) -> Sql:
    """Return an expression; a number is written."""
    return value if isinstance(value, Sql) else number(value)


def negated(condition: Sql) -> Sql:
    """Whether a condition does not hold; NULL where it is NULL."""
    return Sql(("not",), (condition,), lambda n: exp.Not(this=_inner(n[0])))


def every(conditions: Iterable[Sql]) -> Sql:
    return reduce(Sql.__and__, conditions)


def some(conditions: Iterable[Sql]) -> Sql:
    return reduce(Sql.__or__, conditions)


def cases(*branches: tuple[Sql, Value], otherwise: Value = NULL) -> Sql:
    """Return the value of the first condition that holds."""

    def write(nodes: list[Node]) -> Node:
        ifs = [exp.If(this=nodes[at], true=nodes[at + 1]) for at in range(0, len(nodes) - 1, 2)]
        return exp.Case(ifs=ifs, default=nodes[-1])

    values = [*(value for _, value in branches), otherwise]
    reads = (*(each for branch in branches for each in branch), otherwise)
    found = Sql(("case",), tuple(map(as_sql, reads)), write)
    # Literals alone would be decimals, whose arithmetic is another one in each warehouse.
    return found.cast(DOUBLE) if all(isinstance(value, float) or value is NULL for value in values) else found


def lesser(a: Sql, b: Sql) -> Sql:
    """Return the lesser of two numbers, NULL if one is missing; LEAST skips NULL in most warehouses."""
    return cases((a <= b, a), (b < a, b))


def greater(a: Sql, b: Sql) -> Sql:
    """Return the greater of two numbers; NULL if one is missing."""
    return cases((a >= b, a), (b > a, b))


def clipped(found: Sql) -> Sql:
    """Cut a number to [0, 1]; NULL if it is NaN, or infinite."""
    return cases(
        ((found >= 0.0) & (found <= 1.0), found), ((found > 1.0) & (found <= LARGEST), 1.0), (found < 0.0, 0.0)
    )


def called(function: type[exp.Func], *given: Value) -> Sql:
    """Call a function of one or two expressions."""
    return Sql(
        (function,), tuple(map(as_sql, given)), lambda n: function(**dict(zip(("this", "expression"), n, strict=False)))
    )


def total(terms: Iterable[Value]) -> Value:
    """Add from left to right."""
    found: Value = reduce(lambda a, b: a + b, terms)
    return found


def own_text(where: str, written: str | None, *given: Value, **named: Value) -> Sql:
    """Read a user's own expression, which is DuckDB's SQL; `where` names the curve, gate or join.

    Raises
    ------
    EngineError
        If there is none, or it is no expression of its placeholders.
    """
    if not isinstance(written, str):
        raise EngineError(f"{where} has no sql: give it sql, the same formula as an SQL expression")
    places = {name: f"og_{name}" for name in (*map(str, range(len(given))), *named)}
    try:
        filled = written.format(
            *(places[str(at)] for at in range(len(given))), **{name: places[name] for name in named}
        )
        read = sqlglot.parse_one(filled, dialect="duckdb")
    except (AttributeError, IndexError, KeyError, ValueError, sqlglot.ParseError, sqlglot.TokenError) as error:
        raise EngineError(
            f"{where}: sql must be an SQL expression of its placeholders (got {written!r:.80})"
        ) from error

    def write(nodes: list[Node]) -> Node:
        fill = dict(zip(places.values(), nodes, strict=True))
        found = read.transform(
            lambda node: fill[node.name].copy() if isinstance(node, exp.Column) and node.name in fill else node
        )
        return exp.Paren(this=found)

    return Sql(("own", where, written), tuple(map(as_sql, (*given, *named.values()))), write, repeats=True).cast(DOUBLE)


def _inner(node: Node) -> Node:
    """Put an expression in brackets where it stands inside another."""
    return exp.Paren(this=node) if isinstance(node, (exp.Binary, exp.Not)) else node


def _binary(kind: type[exp.Binary], first: Value, second: Value) -> Sql:
    # typed and safe say that / divides floats, so that no dialect converts or guards them again
    said = {"typed": True, "safe": False} if kind is exp.Div else {}
    chains = kind in (exp.Add, exp.Mul, exp.And, exp.Or)  # a + b + c is (a + b) + c everywhere

    def write(nodes: list[Node]) -> Node:
        left, right = nodes
        return kind(this=left if chains and type(left) is kind else _inner(left), expression=_inner(right), **said)

    return Sql((kind,), (as_sql(first), as_sql(second)), write)


# Layers


class Layers:
    """What a query reads: the columns of its first layer.

    Attributes
    ----------
    base
        What is taken of the customers' table, under names of ours.
    lookup
        Columns of the table of cells: name -> one text a cell, None for no number.
    """

    def __init__(self) -> None:
        self.base: dict[str, Sql] = {}
        self.lookup: dict[str, list[str | None]] = {}
        self._known: dict[tuple[str | None, ...], str] = {}

    def take(self, name: str, value: Sql) -> Sql:
        """Take something of the customers' table."""
        self.base[name] = value
        return column(name)

    def by_cell(self, numbers: Floats, among: NDArray[Any]) -> Value:
        """Return a number that each cell has; a plain number where all cells `among` agree."""
        here = numbers[among]
        if len(here) and (here == here[0]).all():
            return float(here[0])
        said = tuple(None if math.isnan(value) else repr(value) for value in numbers.tolist())
        if said not in self._known:
            self._known[said] = f"c{len(self.lookup)}"
            self.lookup[self._known[said]] = list(said)
        return column(self._known[said])


@attrs.frozen(eq=False)
class Layered:
    """Expressions laid out in layers.

    Parameters
    ----------
    layers
        For each layer the columns that it adds, by name; each reads columns of layers before it alone.
    selected
        What is selected from the last layer.
    read
        The names of all columns that are read.
    """

    layers: list[dict[str, Node]]
    selected: list[Node]
    read: dict[str, None]

    def taken(self, most: int | None) -> list[list[str]]:
        """Return what each layer takes of the one before: all, or what is read later where there are too many columns.

        Raises
        ------
        EngineError
            If a layer needs more than `most` columns, or all layers together too many.
        """
        if most is None:
            return [["*"]] * len(self.layers)
        later, read = list[set[str]](), {each.name for node in self.selected for each in node.find_all(exp.Column)}
        for made in reversed(self.layers):
            later.append(set(read))
            read |= {each.name for node in made.values() for each in node.find_all(exp.Column)}
        there, found, planned = [*self.read], list[list[str]](), 0
        for made, needed in zip(self.layers, reversed(later), strict=True):
            wide = len(there) + len(made) > most
            there = [name for name in there if not wide or name in needed]
            found.append([*there] if wide else ["*"])
            there += made
            planned += len(there)
            if len(there) > most or planned > DEEP * most:
                message = (
                    f"a query of {len(self.layers):,} layers and {len(there):,} columns is too large for the warehouse"
                )
                raise EngineError(f"{message}; leave out attribution, or make a model for some of the segments")
        return found


def layered(selected: Sequence[Sql]) -> Layered:
    """Give what is read more than once, or stands too deep, a column in the first layer that can compute it."""
    each, reads, waits, numbers = _numbered(selected)
    uses = Counter(below for at, found in enumerate(reads) for below in found * (2 if each[at].repeats else 1))
    uses.update(numbers)
    uses.update(place for before in waits for place in before)
    nodes, height, layer, names = list[Node](), list[int](), list[int](), dict[int, str]()
    sums, layers = set[int](), list[dict[str, Node]]()

    def node_of(at: int) -> Node:
        return exp.column(names[at]) if at in names else nodes[at] if reads[at] else each[at].write([])

    for at, (here, below, before) in enumerate(zip(each, reads, waits, strict=True)):
        nodes.append(here.write([node_of(place) for place in below]))
        height.append(1 + max((height[place] for place in below), default=-1))
        layer.append(max((layer[place] for place in (*below, *before)), default=0))
        if here.does[0] in (exp.Sum, exp.Count) or sums.intersection(below):
            sums.add(at)
        elif below and (uses[at] > 1 or height[at] == DEEPEST):
            layers.extend({} for _ in range(layer[at] + 1 - len(layers)))
            names[at] = f"v{len(names)}"
            layers[layer[at]][names[at]] = nodes[at]
            height[at], layer[at] = 0, layer[at] + 1
    read = {str(here.does[1]): None for here in each if here.does[0] == "column"}
    return Layered(layers, [node_of(at) for at in numbers], read)


def _numbered(selected: Sequence[Sql]) -> tuple[list[Sql], list[Numbers], list[Numbers], list[int]]:
    """Number all expressions below some, after those that they read or wait for; the same ones have one number.

    Returns
    -------
    list, list, list, list
        The expressions, the numbers of what each reads, of what each waits for; the numbers of `selected`.
    """
    each, reads, waits = list[Sql](), list[Numbers](), list[Numbers]()
    known, number, stack = dict[object, int](), dict[int, int](), list(selected)
    while stack:
        here = stack[-1]
        waiting = [below for below in (*here.reads, *here.after) if id(below) not in number]
        stack.extend(waiting)
        if not waiting:
            below, before = (tuple(number[id(one)] for one in listed) for listed in (here.reads, stack.pop().after))
            number[id(here)] = known.setdefault((here.does, below), len(each))
            if number[id(here)] == len(each):
                each.append(here)
                reads.append(below)
                waits.append(before)
    return each, reads, waits, [number[id(one)] for one in selected]


# Attainments


class Attainments:
    """The attainment of each step of a model, as columns: NULL where it is missing.

    Parameters
    ----------
    layers
        The query.
    compiled
        The model.
    measures, own
        The values of the model's measures and columns; NULL where missing.
    """

    def __init__(self, layers: Layers, compiled: Compiled, measures: list[Sql], own: list[Sql]) -> None:
        self.layers, self.compiled, self.measures, self.own = layers, compiled, measures, own
        #: Where a curve of the user's own gave no number: its name, and the condition.
        self.faults: list[tuple[str, Sql]] = []
        used = np.flatnonzero(compiled.applies.any(axis=0)).tolist()
        self.columns = {position: self._of(position) for position in used}

    def _by_cell(self, position: int, numbers: Floats) -> Value:
        return self.layers.by_cell(numbers, np.flatnonzero(self.compiled.applies[:, position]))

    def _of(self, position: int) -> Sql:
        """Compute curve(clip((x - floor) / (target - floor), 0, 1))."""
        step = self.compiled.model.steps[position]
        x, floor, target = self.measures[self.compiled.measure_of[step]], self.compiled.floor, self.compiled.target
        beyond: list[tuple[Sql, Value]] = []
        if floor.own[position] or target.own[position]:
            low, high = (self._end(position, bound) for bound in (floor, target))
            span = high - low
            ways = [1, -1]
            beyond = self._beyond(position, x, high, as_sql(span))
        else:
            spans = target.numbers[position] - floor.numbers[position]
            low, span = self._by_cell(position, floor.numbers[position]), self._by_cell(position, spans)
            there = spans[self.compiled.applies[:, position]]
            ways = [way for way in (1, -1) if (way * there > 0).any()]
        ahead, wide = x - low, as_sql(span)
        # The quotient would be cut exactly where x lies at target or floor, or beyond.
        full = {way: ahead >= wide if way > 0 else ahead <= wide for way in ways}
        none = {way: ahead <= 0.0 if way > 0 else ahead >= 0.0 for way in ways}
        if len(ways) > 1:
            runs = {1: wide > 0.0, -1: wide < 0.0}
            full, none = ({way: runs[way] & holds for way, holds in each.items()} for each in (full, none))
            wide = called(exp.Nullif, wide, 0.0)
        z = cases(*beyond, (some(full.values()), 1.0), (some(none.values()), 0.0), otherwise=ahead / wide)
        return z if isinstance(step.curve, Linear) else self._curve(step.curve, z)

    def _end(self, position: int, bound: Bounds) -> Value:
        """Return a floor or target that some customers bring along."""
        fixed = self._by_cell(position, bound.numbers[position])
        which = self._by_cell(position, bound.columns[position].astype(np.float64))
        if isinstance(which, float):
            return fixed if which == NO_COLUMN else self.own[int(which)]
        used = sorted(set(bound.columns[position].tolist()) - {NO_COLUMN})
        fixed = fixed if isinstance(fixed, Sql) or not math.isnan(fixed) else NULL
        return cases(*((which.equals(float(place)), self.own[place]) for place in used), otherwise=fixed)

    def _beyond(self, position: int, x: Sql, target: Value, span: Sql) -> list[tuple[Sql, Value]]:
        """Say what holds where a customer's own end makes the target equal the floor, or lie beyond it."""
        way = self.compiled.model.steps[position].way
        own = [bound.columns[position] != NO_COLUMN for bound in (self.compiled.floor, self.compiled.target)]
        here = self._by_cell(position, (own[0] | own[1]).astype(np.float64))
        asked = [] if isinstance(here, float) else [here.equals(1.0)]
        if way == 0:
            return [(every([*asked, span.equals(0.0)]), NULL)]
        beyond = every([*asked, span <= 0.0 if way > 0 else span >= 0.0])
        return [
            (beyond & (x >= target if way > 0 else x <= target), 1.0),
            (beyond & x.there & as_sql(target).there, 0.0),
        ]

    def _curve(self, curve: Curve, z: Sql) -> Sql:
        if isinstance(curve, Threshold):
            return cases((z >= curve.at, 1.0), (z < curve.at, 0.0), otherwise=z)
        if isinstance(curve, Smooth):
            return z * z * (3.0 - 2.0 * z)
        if isinstance(curve, Knots):
            starts, values, rises = (piece.tolist() for piece in curve.pieces())
            pieces = [(z >= s, v + r * (z - s)) for s, v, r in zip(starts, values, rises, strict=True)]
            return cases((z >= 1.0, 1.0), *pieces[::-1], otherwise=z)
        where = f"curve {curve.name!r}"
        # The user's text sees no NULL and neither end: the ends are exact, and logarithms have none.
        inner = cases(((z > 0.0) & (z < 1.0), z), otherwise=0.5)
        found = own_text(where, getattr(curve, "sql", None), z=inner)
        self.faults.append((where, no_number(found)))
        ends = ((z >= 1.0, 1.0), (z <= 0.0, 0.0))
        return cases((z.missing, NULL), *ends, otherwise=clipped(found))


def no_number(found: Sql) -> Sql:
    """Whether something that may be NULL is no finite number."""
    finite = (found >= -LARGEST) & (found <= LARGEST)
    return cases((finite, 0.0), otherwise=1.0).equals(1.0)


# Programs


class Passes:
    """One program over the rows of a query: parameters, forward and reverse passes.

    The methods have the formulas of `outcomegap.engines.numpy_blocks` in the same order.

    Parameters
    ----------
    attainments
        The query, the model, and its steps.
    place
        The number of the program.
    """

    def __init__(self, attainments: Attainments, place: int) -> None:
        compiled, self.layers = attainments.compiled, attainments.layers
        self.program, self.tables = compiled.programs[place], compiled.tables[place]
        self.cells = np.flatnonzero(compiled.program_of == place)
        #: Where a gate of the user's own gave no number: its name, and the condition.
        self.faults: list[tuple[str, Sql]] = []
        self.attained = [attainments.columns[position] for position in self.program.steps]
        stand_ins = [self.layers.by_cell(row, self.cells) for row in self.tables.stand_in]
        self.point: list[Value] = [self.filled(a, s) for a, s in zip(self.attained, stand_ins, strict=True)]
        self.full = self._parameters(present=False)
        self.present = self._parameters(present=True)

    def filled(self, attained: Sql, stand_in: Value) -> Sql:
        return cases((attained.missing, stand_in), otherwise=attained)

    # Parameters

    def _parameters(self, *, present: bool) -> list[Value]:
        """Return the parameter rows (`MeanRows`, `Draw`), with full weights or over what is present."""
        program, first = self.program, len(self.program.steps)
        rows: list[Value] = [math.nan] * program.parameters
        for draw, chances in zip(program.draws, self.tables.draws, strict=True):
            rows[draw.row - first] = self.layers.by_cell(chances, self.cells)
        for place, (mean, weights) in enumerate(zip(program.means, self.tables.weights, strict=True)):
            found: list[Value] = [self.layers.by_cell(row, self.cells) for row in weights]
            if present:
                found = self._kept(mean, found)
            found.append(total(found))
            if place in program.drawn:
                found += self._draws(found[: mean.size])
            rows[mean.first - first : mean.first - first + len(found)] = found
        return rows

    def _kept(self, mean: MeanRows, weights: list[Value]) -> list[Value]:
        """Drop children whose steps are all absent; where all children are absent none is dropped."""
        can_go = [all(self.tables.skips[row] for row in steps) for steps in mean.presence]
        gone = [every(self.attained[row].missing for row in steps) for steps in mean.presence]
        each = list(zip(can_go, gone, weights, strict=True))
        kept: list[Value] = [cases((mask, 0.0), otherwise=weight) if can else weight for can, mask, weight in each]
        if not all(can_go):
            return kept
        left = as_sql(total(kept))
        return [cases((left > 0.0, found), otherwise=weight) for found, weight in zip(kept, weights, strict=True)]

    def _draws(self, weights: list[Value]) -> list[Value]:
        found, rest = list[Value](), weights[-1]
        for weight in reversed(weights[:-1]):
            rest = rest + weight
            found.append(
                weight / rest if isinstance(rest, float) else cases((rest > 0.0, weight / rest), otherwise=0.0)
            )
        return found[::-1]

    # Passes

    def forward(self, side: Side, steps: Sequence[Value], parameters: Sequence[Value]) -> list[Value]:
        """Return every value of R, or of E; see `Op`."""
        v: list[Value] = [*steps, *parameters]
        v.extend([math.nan] * (side.base + len(side.code) - len(v)))
        v.extend((1.0, 0.0))
        for position, (op, args) in enumerate(side.code):
            if op is Op.BOTH:
                found = v[args[0]] * v[args[1]]
            elif op is Op.EITHER:
                found = (1.0 - v[args[0]]) * v[args[1]] + v[args[0]]
            elif op is Op.CHOOSE:
                found = (v[args[1]] - v[args[2]]) * v[args[0]] + v[args[2]]
            elif op is Op.MEAN:
                mean = self.program.means[args[0]]
                terms = [v[arg] * v[mean.first + child] for child, arg in enumerate(args[1:])]
                found = total(terms) / v[mean.total]
            else:
                found = self._gate(self.program.numerics[args[0]], [as_sql(v[arg]) for arg in args[1:]])
            v[side.base + position] = found
        return v

    def _gate(self, gate: NumericGate, below: list[Sql]) -> Value:
        if isinstance(gate, Weakest):
            return reduce(lesser, below)
        if isinstance(gate, PowerMean):
            return self._power_mean(gate, below)
        assert isinstance(gate, Numeric)
        where = f"gate {gate.gate.name!r}"
        found = own_text(where, getattr(gate.gate, "sql", None), *below)
        self.faults.append((where, no_number(found)))
        return clipped(found)

    def _power_mean(self, gate: PowerMean, below: list[Sql]) -> Sql:
        whole, rising = reduce(lambda a, b: a + b, gate.weights), gate.r > 0
        most = reduce(greater if rising else lesser, below)
        divisor = cases((most <= 0.0, 1.0), otherwise=most)
        ratios = [child / divisor if rising else most / cases((child > 0.0, child), otherwise=1.0) for child in below]
        found = as_sql(total(power(each, abs(gate.r)) * w for each, w in zip(ratios, gate.weights, strict=True)))
        if rising:
            return most * power(found / whole, 1.0 / gate.r)
        mean = most * power(whole / cases((most <= 0.0, whole), otherwise=found), -1.0 / gate.r)
        return cases((mean > 1.0, 1.0), otherwise=mean)

    def _slopes(self, gate: NumericGate, below: list[Sql], out: Sql) -> Iterator[Value]:
        """Return the derivatives of a gate on numbers by its children."""
        if isinstance(gate, Weakest):
            least = [cases((child.equals(out), 1.0), otherwise=0.0 * child) for child in below]
            yield from (each / total(least) for each in least)
        elif isinstance(gate, PowerMean):
            kept = [cases((child < EDGE, EDGE), otherwise=child) for child in below]
            mean, whole = self._power_mean(gate, kept), sum(gate.weights)
            each = zip(kept, gate.weights, strict=True)
            yield from ((w / whole) * power(child / mean, gate.r - 1.0) for child, w in each)
        else:
            named = gate.gate.name if isinstance(gate, Numeric) else gate.kind
            raise EngineError(f"gate {named!r} has slopes in Python alone: attribution cannot be written in SQL")

    def reverse(self, side: Side, v: list[Value]) -> dict[int, Value]:
        """Return for each step row the derivative of R, or E, by it; `v` is what `forward` returned."""
        steps, flows = len(self.program.steps), dict[int, list[Value]]()
        if side.root < side.base:
            return {side.root: 1.0} if side.root < steps else {}
        flows[side.root] = [1.0]

        def flow(target: int, value: Value) -> None:
            if 0 <= target < steps or target >= side.base:
                flows.setdefault(target, []).append(value)

        for position in range(len(side.code) - 1, -1, -1):
            if side.base + position not in flows:
                continue
            g = total(flows.pop(side.base + position))
            op, args = side.code[position]
            if op is Op.BOTH:
                flow(args[0], g * v[args[1]])
                flow(args[1], g * v[args[0]])
            elif op is Op.EITHER:
                flow(args[0], g * (1.0 - v[args[1]]))
                flow(args[1], g * (1.0 - v[args[0]]))
            elif op is Op.CHOOSE:
                flow(args[0], g * (v[args[1]] - v[args[2]]))
                flow(args[1], g * v[args[0]])
                flow(args[2], g * (1.0 - v[args[0]]))
            elif op is Op.MEAN:
                mean = self.program.means[args[0]]
                each = g / v[mean.total]
                for child, arg in enumerate(args[1:]):
                    flow(arg, each * v[mean.first + child])
            else:
                below, out = [as_sql(v[arg]) for arg in args[1:]], as_sql(v[side.base + position])
                for arg, slope in zip(args[1:], self._slopes(self.program.numerics[args[0]], below, out), strict=True):
                    flow(arg, g * slope)
        return {target: total(of) for target, of in flows.items()}

    def parts(self, side: Side, nodes: tuple[Floats, Floats], turn: Turn) -> dict[int, Sql]:
        """Return each step row's part of 1 - R, or 1 - E: the gradient along the line from all attained, integrated.

        `nodes` are nodes and weights of Gauss and Legendre on [0, 1].
        """
        lack = {row: as_sql(1.0 - self.point[row]) for row in side.steps}
        sums: dict[int, Value] = {}
        for t, weight in zip(*(axis.tolist() for axis in nodes), strict=True):
            between, after = list(self.point), turn.next(sum(len(row.args) for row in side.code))
            for row, missing in lack.items():
                between[row] = attrs.evolve(missing * -t + 1.0, after=after)
            for row, slope in self.reverse(side, self.forward(side, between, self.present)).items():
                sums[row] = sums[row] + slope * weight if row in sums else slope * weight
            turn.ended(sums.values())
        return {row: found * lack[row] for row, found in sums.items()}


@attrs.define(eq=False)
class Turn:
    """Lets passes that are together too wide for a warehouse be computed one after the other.

    Parameters
    ----------
    most
        How many arguments of instructions may be at work at once.
    """

    most: float
    _at_work: int = 0
    _last: tuple[Sql, ...] = ()
    _after: tuple[Sql, ...] = ()

    def next(self, arguments: int) -> tuple[Sql, ...]:
        """Return what another pass waits for."""
        if self._at_work and self._at_work + arguments > self.most:
            self._at_work, self._after = 0, self._last
        self._at_work += arguments
        return self._after

    def ended(self, results: Iterable[Value]) -> None:
        """Say what a pass results in."""
        self._last = tuple(result for result in results if isinstance(result, Sql))


def power(x: Sql, exponent: float) -> Sql:
    """Return a column to a power; as in NumPy, the commonest powers are no power."""
    if exponent in (1.0, 2.0):
        return x if exponent == 1.0 else x * x
    return called(exp.Sqrt, x) if exponent == 0.5 else called(exp.Pow, x, exponent)
