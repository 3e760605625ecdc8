"""Scores as a query: the columns of `ScoreColumns` in SQL, for a data warehouse."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cached_property, partial, reduce
from typing import Any

import attrs
import numpy as np
import sqlglot
from sqlglot import exp

from outcomegap.checks import choice
from outcomegap.engines.sql import (
    DOUBLE,
    FALSE,
    LARGEST,
    NULL,
    TEXT,
    TRUE,
    WHOLE,
    Attainments,
    Layers,
    Node,
    Passes,
    Sql,
    Turn,
    Value,
    as_sql,
    called,
    cases,
    clipped,
    column,
    every,
    greater,
    layered,
    lesser,
    negated,
    own_text,
    some,
    text,
    total,
)
from outcomegap.errors import DataError
from outcomegap.explanation.gradients import nodes_of
from outcomegap.listing import beside
from outcomegap.model.model import CustomJoin, JoinRule, WeakestJoin
from outcomegap.program import Compiled
from outcomegap.scoring.columns import AVERAGED, FRAMED, At, ScoreColumns, StepValue, computed
from outcomegap.scoring.customers import axes_of
from outcomegap.scoring.states import MET, STATES, TOLERANCE

DIALECTS = ("duckdb", "postgres", "snowflake", "bigquery", "spark", "databricks")
#: Text that dbt puts a table's name for.
JINJA = re.compile(r"\{\{ *(ref|source)\( *'[\w.-]+' *(, *'[\w.-]+' *)?\) *\}\}")
#: What dbt takes for its own language wherever it stands.
JINJA_READS = re.compile(r"\{[{%#]")
#: How many bytes of a name PostgreSQL keeps.
POSTGRES_NAME = 63
#: How many columns a layer may have.
MOST_COLUMNS = {"postgres": 1_600}


class WeakestInSql(WeakestJoin):
    """D = min(R, E)."""

    def desired(self, r: Any, e: Any) -> Any:
        return lesser(r, e)

    def parts(self, r: Any, e: Any) -> tuple[Any, Any]:
        return 1.0 - r, r - lesser(r, e)

    def scales(self, r: Any, e: Any) -> tuple[Any, Any]:
        return 1.0, share(self.parts(r, e)[1], e)


@attrs.frozen
class OwnInSql:
    """A join of the user's own, by its ``sql`` (D) and ``sql_required_gap``."""

    join: CustomJoin

    def _asked(self, member: str, r: Sql, e: Sql) -> Sql:
        found = own_text(f"join {self.join.name!r}", getattr(self.join.rule, member, None), r=r, e=e)
        return cases((r.missing | e.missing, NULL), otherwise=found)

    def desired(self, r: Sql, e: Sql) -> Sql:
        return clipped(self._asked("sql", r, e))

    def parts(self, r: Sql, e: Sql) -> tuple[Sql, Sql]:
        first = self._asked("sql_required_gap", r, e)
        return first, (1.0 - self.desired(r, e)) - first

    def scales(self, r: Sql, e: Sql) -> tuple[Sql, Sql]:
        first, second = self.parts(r, e)
        return share(first, r), share(second, e)


def joined(one: Sql, other: Sql) -> Sql:
    """Put one text behind another."""
    return Sql(("joined",), (one, other), lambda n: exp.DPipe(this=n[0], expression=n[1]))


def share(part: Sql, side: Sql) -> Sql:
    """Divide a part of the gap by what its side lacks of 1; 0 where it lacks nothing."""
    return cases((side.missing, NULL), (side < 1.0, part / (1.0 - side)), otherwise=0.0)


def in_sql(rule: JoinRule) -> Any:
    """Return a join whose methods take and return expressions."""
    return OwnInSql(rule) if isinstance(rule, CustomJoin) else WeakestInSql() if isinstance(rule, WeakestJoin) else rule


@attrs.frozen
class Asked:
    """What is asked of a query; see `outcomegap.Scorer.to_sql`."""

    table: str
    dialect: str
    id: str | None
    keep: tuple[str, ...]
    attribution: bool
    by: tuple[str, ...]
    weight: str | None
    columns: Mapping[str, str]
    booleans: tuple[str, ...]


class WarehouseColumns(ScoreColumns[Any, "dict[str, Sql]"]):
    """The columns of the scores of a model, as expressions over the layers of a query."""

    def __init__(self, compiled: Compiled, asked: Asked) -> None:
        self.compiled, self.model, self.asked = compiled, compiled.model, asked
        self.layers = Layers()
        self.every_cell = np.arange(len(self.model.cells))
        #: Rule and column of each problem, and the rows that have it.
        self.problems: list[tuple[str, Sql]] = []
        self.largest, self.turn = as_sql(LARGEST), Turn(MOST_COLUMNS.get(asked.dialect, math.inf) / 2)
        limits = [(m.name, m.low, m.high) for m in self.model.measures]
        measures = [self._number(f"m{n}", *each) for n, each in enumerate(limits)]
        own = [self._number(f"o{n}", name, None, None) for n, name in enumerate(self.model.columns)]
        #: The axes that the model declares, and the names of each.
        self.axes = axes_of(self.model)
        self._find_cells()
        self.weight: Value = 1.0
        if asked.weight is not None:
            given = self._number("w", asked.weight, 0.0, None)
            self.weight = cases((given.missing, 0.0), otherwise=given)
        self.attainments = Attainments(self.layers, compiled, measures, own)
        self.passes = [Passes(self.attainments, n) for n in range(len(compiled.programs))]
        self.ends = self._ends()

    # What the query reads

    def of_table(self, name: str) -> Sql:
        """Return a column of the customers' table, by the name that the model has for it."""
        return column(self.asked.columns.get(name, name), quoted=True)

    def _number(self, as_name: str, name: str, low: float | None, high: float | None) -> Sql:
        """Read a column of numbers: NULL where it is missing, NaN or not allowed; note what is not."""
        raw, largest = self.of_table(name), self.largest
        if name in self.asked.booleans:
            raw = cases((raw, 1.0), (negated(raw), 0.0))
        x, said = self.layers.take(as_name, raw.cast(DOUBLE)), self.asked.columns.get(name, name)
        least, most = (0.0 - largest if low is None else low), (largest if high is None else high)
        # NaN is greater than every number, or neither greater nor less: no condition holds of it, nor of its negative.
        self.problems.append((f"infinite: {said}", (x < 0.0 - largest) | (0.0 - x < 0.0 - largest)))
        outside = ([] if low is None else [(x < low) & (x >= 0.0 - largest)]) + (
            [] if high is None else [(x > high) & (x <= largest)]
        )
        self.problems += [(f"out-of-range: {said}", some(outside))] if outside else []
        return cases(((x >= least) & (x <= most), x))

    def _find_cells(self) -> None:
        """Note whose segment, stage or goal is missing or unknown, and which of them occur together nowhere."""
        found: list[Sql] = []
        for place, (axis, names) in enumerate(self.axes.items()):
            value = self.layers.take(f"axis{place}", self.of_table(axis).cast(TEXT))
            blank, said = value.missing | called(exp.Trim, value).equals(text("")), self.asked.columns.get(axis, axis)
            found.append(value.among(names))
            # unknown-segment, unknown-stage, unknown-goal; missing-segment, missing-stage, missing-goal
            self.problems.append((f"unknown-{axis}: {said}", negated(blank) & negated(found[-1])))
            self.problems.append((f"missing-{axis}: {said}", blank))
        keys = [tuple(getattr(cell, axis) for axis in self.axes) for cell in self.model.cells]
        if len(keys) < np.prod([len(names) for names in self.axes.values()]):
            goal = f": {self.asked.columns.get('goal', 'goal')}" if "goal" in self.axes else ""
            self.problems.append((f"no-such-cell{goal}", every([*found, column("key0").missing])))

    def key(self, place: int, name: str) -> Sql:
        """Return what customers are grouped by: a segment, stage or goal that the model knows, or any column."""
        if name not in self.axes:
            return self.layers.take(f"k{place}", self.of_table(name))
        value = column(f"axis{[*self.axes].index(name)}")
        return cases((value.among(self.axes[name]), value))

    @cached_property
    def ideal(self) -> Sql:
        """Whether the segment is one that the product is made for; an unknown one counts as one."""
        others = [segment.name for segment in self.model.segments if not segment.ideal]
        return cases((column("axis0").among(others), FALSE), otherwise=TRUE) if others else TRUE

    # Programs

    @cached_property
    def bad(self) -> Sql:
        """Whether a row has a problem."""
        of = self.compiled.program_of.astype(np.float64)
        program = self.layers.by_cell(of, self.every_cell)
        self.problems += [(f"not-a-number: {where}", fault) for where, fault in self.attainments.faults]
        for number, passes in enumerate(self.passes):
            here = [program.equals(float(number))] if isinstance(program, Sql) else []
            self.problems += [(f"not-a-number: {where}", every([*here, fault])) for where, fault in passes.faults]
        return some(condition for _, condition in self.problems)

    @cached_property
    def program(self) -> Sql:
        """The number of each row's program; NULL for a row with a problem."""
        of = self.compiled.program_of.astype(np.float64)
        return cases((self.bad, NULL), otherwise=self.layers.by_cell(of, self.every_cell))

    @cached_property
    def problem(self) -> Sql:
        """What is wrong with a row, as rules and columns; NULL if nothing is."""
        said = (cases((condition, text(f"; {what}")), otherwise=text("")) for what, condition in self.problems)
        cut = Sql(("cut",), (reduce(joined, said),), lambda n: exp.Substring(this=n[0], start=exp.Literal.number(3)))
        return cases((self.bad, cut))

    def by_program(self, values: Iterable[Value]) -> Sql:
        """Return that of some values, one for each program, which is the row's; NULL for a row with a problem."""
        return cases(*((self.program.equals(float(number)), value) for number, value in enumerate(values)))

    def _ends(self) -> dict[At, tuple[Sql, Sql]]:
        """Return R and E whatever the coverage, and what they are with everything missing at its floor or target."""
        values: dict[At, list[list[Value]]] = {"point": [], "low": [], "high": []}
        for passes in self.passes:
            for at, found in values.items():
                steps, parameters = passes.point, passes.present
                if at != "point":
                    after = self.turn.next(sum(len(row.args) for side in passes.program.sides for row in side.code))
                    ends = (passes.filled(a, 0.0 if at == "low" else 1.0) for a in passes.attained)
                    steps, parameters = [attrs.evolve(end, after=after) for end in ends], passes.full
                roots = [passes.forward(side, steps, parameters)[side.root] for side in passes.program.sides]
                self.turn.ended(roots)
                found.append(roots)
        required, experience = (
            {at: self.by_program([each[side] for each in of]) for at, of in values.items()} for side in (0, 1)
        )
        return {at: (required[at], experience[at]) for at in values}

    def _counted(self, holds: Callable[[Sql], Sql], *sides: int) -> Sql:
        """Count the steps of which something holds."""
        rows = ([row for side in sides for row in passes.program.sides[side].steps] for passes in self.passes)
        return self.by_program(
            total(cases((holds(passes.attained[row]), 1.0), otherwise=0.0) for row in listed)
            for passes, listed in zip(self.passes, rows, strict=True)
        )

    # The columns of a score

    def _side(self, side: int, at: At) -> Sql:
        raw = self.ends["point"][side]
        if at != "point":
            return (lesser if at == "low" else greater)(self.ends[at][side], raw)
        least = self.layers.by_cell(self.compiled.min_coverage, self.every_cell)
        return cases((self._observed(side) < least, NULL), otherwise=raw)

    def _observed(self, *sides: int) -> Sql:
        sizes = self.compiled.sizes[list(sides)].sum(axis=0).astype(np.float64)
        seen = self._counted(lambda attained: attained.there, *sides)
        return seen / self.layers.by_cell(sizes, self.every_cell)

    def _joined(self, ask: Callable[[JoinRule, Sql, Sql], Sql], required: Sql, experience: Sql) -> Sql:
        return self.by_program(ask(in_sql(passes.program.outcome.join), required, experience) for passes in self.passes)

    @property
    def limited(self) -> bool:
        """Whether weights of AnyOf may keep a part of the gap out of reach."""
        return any(any(passes.program.limited) for passes in self.passes)

    def _beyond(self, side: int) -> Sql:
        ones = (
            (each.program.sides[side], each.forward(each.program.sides[side], [1.0] * len(each.attained), each.present))
            for each in self.passes
        )
        lacks = [1.0 - values[ruled.root] for ruled, values in ones]
        return 0.0 * self._side(side, "point") + self.by_program(lacks)

    @computed
    def high(self) -> Sql:
        """D if everything missing were at its target, or D itself if that is more."""
        return greater(*(self._desired_at(*self.ends[at]) for at in ("high", "point")))

    @computed
    def met(self) -> Sql:
        """The number of steps that are fully attained."""
        return self._counted(lambda attained: attained >= MET, 0, 1).cast(WHOLE)

    @computed
    def steps(self) -> Sql:
        """The number of steps in the cell."""
        sizes = self.compiled.sizes.sum(axis=0).astype(np.float64)
        return cases((self.program.there, self.layers.by_cell(sizes, self.every_cell))).cast(WHOLE)

    @computed
    def state(self) -> Sql:
        """The name of the state."""
        low, high = (self._state_at(at) for at in ("low", "high"))
        return cases((self.program.missing, NULL), (low.equals(high), low), otherwise=text("uncertain"))

    @computed
    def point_state(self) -> Sql:
        """The name of the state that R and E themselves have."""
        return cases((self.program.missing, NULL), otherwise=self._state_at("point"))

    @property
    def state_codes(self) -> Sql:
        """The state; a query knows it by its name."""
        return self.state

    @property
    def point_codes(self) -> Sql:
        """The state of R and E; a query knows it by its name."""
        return self.point_state

    def _state_at(self, at: At) -> Sql:
        r, e = self._side(0, at), self._side(1, at)
        limits = (self.compiled.achieved_at, self.compiled.appropriate_at)
        achieved, appropriate = (self.layers.by_cell(limit - TOLERANCE, self.every_cell) for limit in limits)
        branches = (
            (r.missing | e.missing, text("uncertain")),
            (r < achieved, text("failing")),
            (e < appropriate, text("tolerating")),
        )
        return cases(*branches, otherwise=text("successful"))

    def _explain(self, name: StepValue) -> dict[str, Sql]:
        """Return each step's part of the gap."""
        assert name == "attribution"
        shares: list[dict[int, Sql]] = []
        for passes in self.passes:
            rule, sides = in_sql(passes.program.outcome.join), passes.program.sides
            found: dict[int, Sql] = {}
            for side, scale, gap in zip(
                sides, rule.scales(*self.ends["point"]), (self.required_gap, self.experience_gap), strict=True
            ):
                known = cases((gap.there, scale))
                parts = passes.parts(side, nodes_of(side), self.turn)
                found |= {passes.program.steps[row]: parts.get(row, 0.0) * known for row in side.steps}
            shares.append(found)
        return {
            step.name: self.by_program(each.get(at, 0.0) for each in shares) for at, step in enumerate(self.model.steps)
        }


# The query


def to_sql(compiled: Compiled, asked: Asked) -> str:
    """Write the query, see `outcomegap.Scorer.to_sql`."""
    choice("dialect", asked.dialect, DIALECTS)
    if asked.weight is not None and not asked.by:
        raise DataError("a weight is for groups: name them with by=")
    if asked.by and (asked.id is not None or asked.keep):
        raise DataError("groups have neither an id nor kept columns: leave out id= and keep=, or by=")
    columns = WarehouseColumns(compiled, asked)
    return written(columns, *by_group(columns)) if asked.by else written(columns, by_customer(columns))


def by_customer(columns: WarehouseColumns) -> dict[str, Sql]:
    """Return what is selected for each customer."""
    asked = columns.asked
    given = dict.fromkeys((*([] if asked.id is None else [asked.id]), *asked.keep))
    kept = {name: columns.layers.take(f"k{n}", column(name, quoted=True)) for n, name in enumerate(given)}
    made = beside(kept, {name: getattr(columns, name) for name in columns.having(FRAMED)}, "score")
    made = beside(made, columns.attribution() if asked.attribution else {}, "step")
    return beside(made, {"problem": columns.problem}, "score")


def by_group(columns: WarehouseColumns) -> tuple[dict[str, Sql], list[Sql]]:
    """Return what is selected for each group, named as in `SegmentScores.to_frame`, and the keys of groups."""
    live, scored = columns.program.there, columns.desired.there
    weight, scored_weight = (cases((here, columns.weight), otherwise=0.0) for here in (live, scored))
    states = {state: cases((columns.state.equals(text(state)), 1.0), otherwise=0.0) for state in STATES}

    def count(of: Sql) -> Sql:
        return called(exp.Sum, of).cast(WHOLE)

    def mean(value: Sql, by: Sql) -> Sql:
        return called(exp.Sum, value * by) / called(exp.Nullif, called(exp.Sum, by), 0.0)

    keys = {name: columns.key(place, name) for place, name in enumerate(dict.fromkeys(columns.asked.by))}
    made = {"ideal": columns.ideal, "customers": count(as_sql(1.0))}
    made["need_data"] = count(cases((live & negated(scored), 1.0), otherwise=0.0))
    made["set_aside"] = count(cases((live, 0.0), otherwise=1.0))
    made["weight"] = called(exp.Sum, weight)
    made |= {name: mean(getattr(columns, name), scored_weight) for name in columns.having(AVERAGED)}
    made["coverage"] = mean(columns.coverage, weight)
    made |= {f"share_{state}": mean(there, weight) for state, there in states.items()}
    made |= {f"count_{state}": count(there) for state, there in states.items()}
    parts = columns.attribution() if columns.asked.attribution else {}
    found = beside(
        beside(keys, made, "score"), {name: mean(part, scored_weight) for name, part in parts.items()}, "step"
    )
    return found, [*keys.values(), *([] if columns.ideal is TRUE else [columns.ideal])]


def written(columns: WarehouseColumns, selected: Mapping[str, Sql], keys: Sequence[Sql] = ()) -> str:
    """Write the query: the cells, the customers, layer after layer, and what is selected."""
    asked = columns.asked
    _must_differ(selected, asked.dialect)
    plan = layered([*selected.values(), *keys])
    base = {name: value for name, value in columns.layers.base.items() if name in plan.read}
    table, stands_for = _table(asked)
    parts = {"og_rows": _select(base, layered([*base.values()]).selected).from_(table)}
    if columns.axes:
        # DuckDB would add up groups below the join, and take hours to plan that.
        at = _joined_with_cells(columns)
        parts |= {"og_cells": _cells(columns, plan.read)}
        parts["og_joined"] = at.offset(0) if asked.dialect in FENCED else at
    for place, (made, taken) in enumerate(
        zip(plan.layers, plan.taken(MOST_COLUMNS.get(asked.dialect)), strict=True), start=1
    ):
        layer = _select(made, made.values(), *taken).from_([*parts][-1])
        # PostgreSQL would put a layer's expressions wherever the next one reads them, and grow without end.
        parts[f"og_{place}"] = layer.offset(0) if asked.dialect == "postgres" else layer
    final = _select(selected, plan.selected[: len(selected)], quoted=True).from_([*parts][-1])
    final = final.group_by(*plan.selected[len(selected) :])
    write = partial(
        exp.Expression.sql, dialect=asked.dialect, pretty=True, comments=False, max_text_width=WIDE, copy=False
    )
    layers = ",\n".join(f"{name} AS (\n{write(part)}\n)" for name, part in parts.items())
    found = f"WITH {layers}\n{write(final)}\n"
    if stands_for != PLACE and (read := JINJA_READS.search(found)):
        raise DataError(
            f"dbt would read {read[0]!r} in a name as its own; give the step, measure or segment another name"
        )
    return found.replace(PLACE, stands_for)


def _select(names: Iterable[str], nodes: Iterable[Node], *first: str, quoted: bool = False) -> exp.Select:
    named = (exp.alias_(node, name, quoted=quoted, copy=False) for name, node in zip(names, nodes, strict=True))
    return exp.select(*first, *named, copy=False)


#: Where OFFSET 0, which drops no row, keeps the planner from moving expressions through the join with the cells.
FENCED = ("duckdb", "postgres")
#: A line of the query may be as long as it is.
WIDE = 1_000_000
PLACE = "og_table_that_dbt_names"


def _table(asked: Asked) -> tuple[Node, str]:
    """Return the customers' table, and the text that stands for it if dbt is to name it."""
    if JINJA.fullmatch(asked.table):
        return exp.to_table(PLACE), asked.table
    named = f"table must be a table's name, or a query in brackets, in {asked.dialect} (got {asked.table!r:.80})"
    try:
        if not asked.table.strip().startswith("("):
            return sqlglot.parse_one(asked.table, into=exp.Table, dialect=asked.dialect), PLACE
        (node,) = sqlglot.parse(asked.table, dialect=asked.dialect)
    except (ValueError, sqlglot.ParseError, sqlglot.TokenError) as error:
        raise DataError(named) from error
    if not isinstance(node, exp.Subquery):
        raise DataError(named)
    return exp.alias_(node, "og_table", table=True), PLACE


def _cells(columns: WarehouseColumns, read: Container[str]) -> exp.Select:
    """Return the parameters of each cell, as a table."""
    lookup = {name: of for name, of in columns.layers.lookup.items() if name in read}
    keys = [[getattr(cell, axis) for axis in columns.axes] for cell in columns.model.cells]
    rows = [[*key, *numbers] for key, *numbers in zip(keys, *lookup.values(), strict=True)]
    tuples = [exp.Tuple(expressions=[exp.Literal.string(each or "") for each in row]) for row in rows]
    names = [*(f"key{n}" for n in range(len(columns.axes))), *lookup]
    alias = exp.TableAlias(this=exp.to_identifier("og_values"), columns=[exp.to_identifier(name) for name in names])
    made = {
        name: (called(exp.Nullif, column(name), text("")) if None in of else column(name)).cast(DOUBLE)
        for name, of in lookup.items()
    }
    nodes = [*(exp.column(name) for name in names[: len(columns.axes)]), *layered([*made.values()]).selected]
    return _select(names, nodes).from_(exp.Values(expressions=tuples, alias=alias))


def _joined_with_cells(columns: WarehouseColumns) -> exp.Select:
    same = [
        exp.EQ(this=exp.column(f"axis{n}", "og_rows"), expression=exp.column(f"key{n}", "og_cells"))
        for n in range(len(columns.axes))
    ]
    return exp.select("og_rows.*", "og_cells.*").from_("og_rows").join("og_cells", on=exp.and_(*same), join_type="left")


def _must_differ(names: Iterable[str], dialect: str) -> None:
    """Raise an error where two columns would have one name in a warehouse."""
    seen: dict[object, str] = {}
    for name in names:
        cut = {"postgres": name.encode()[:POSTGRES_NAME], "snowflake": name}.get(dialect, name.casefold())
        if cut in seen:
            raise DataError(f"{dialect} cannot tell the columns {seen[cut]!r:.100} and {name!r:.100} apart; rename one")
        seen[cut] = name
