"""Queries in DuckDB against NumPy, on every example and on invented models."""

from __future__ import annotations

import math

import numpy as np
import pytest

import outcomegap as og
from outcomegap.scoring.warehouse import MOST_COLUMNS
from outcomegap.testing import random_model, random_rows
from tests.warehouses import as_arrow, expected, numbered, worst

duckdb = pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        made.execute("SET threads = 1")
        yield made


def asked(connection, query, frame):
    connection.register("customers", as_arrow(frame))
    return connection.sql(query).to_arrow_table().to_pydict()


def agrees(connection, model, frame, *, attribution=True, within=0.0):
    frame = numbered(frame)
    query = og.Scorer(model, threads=1).to_sql("customers", id="row", attribution=attribution)
    found = worst(expected(model, frame, attribution=attribution), asked(connection, query, frame))
    assert found <= within
    return query


@pytest.mark.parametrize("name", ["airline", "email-marketing", "email-validation", "telco"])
def test_examples_bit_by_bit(connection, name):
    model = og.gallery.load(name)
    for missing in (0, 0.15, 1.0):
        agrees(connection, model, og.simulate(model, 100, seed=3, missing=missing))


@pytest.mark.parametrize("start", range(0, 200, 25))
def test_invented_models_bit_by_bit(connection, start):
    """Only powers other than squares and roots may differ, in the last digit."""
    for seed in range(start, start + 25):
        model = random_model(seed, max_steps=7, columns=seed % 3 == 0, joins=seed % 2 == 0, numeric=seed % 7 == 0)
        frame = {name: list(values) for name, values in random_rows(seed, model, 8, missing=True).items()}
        for name in (each.name for each in model.measures):
            frame[name] = [math.nan if x is None and at % 2 else x for at, x in enumerate(frame[name])]
        agrees(connection, model, frame, attribution=seed % 5 == 0, within=1e-12 if seed % 7 == 0 else 0.0)


# Data


def step(name, **fields):
    return og.SuccessGap(
        name,
        og.Measure(name, low=fields.pop("low", None), high=fields.pop("high", None)),
        **{"floor": 0, "target": 1} | fields,
    )


def model_of(needs, expects=None, join="product", **fields):
    suits = og.Expectation("suits", og.Measure("suits"), floor=0, target=1) if expects is None else expects
    required, experience = og.RequiredOutcome("what", needs=needs), og.AppropriateExperience("how", expects=suits)
    return og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(required, experience, join=join)], **fields)


def test_nothing_missing_nan_and_null(connection):
    model = model_of(og.AllOf(step("a"), step("b", floor=2, target=0)), segments=["x", "y"])
    frame = {
        "segment": ["x", "y", "x", "y", "x"],
        "a": [math.nan, None, 0.5, 1e300, -1e300],
        "b": [1.0, math.nan, None, 0.0, 5e-324],
        "suits": [None, 1.0, math.nan, 0.3, 0.7],
    }
    agrees(connection, model, frame)


def test_rows_with_problems_stay_and_say_why(connection):
    model = model_of(
        og.AllOf(step("a", low=0, high=10), step("t", target=og.column("due"))), segments=["x", "y"], stages=["s", "t"]
    )
    frame = {
        "segment": ["x", "z", None, " ", "y", "x", "x", "y", "x", "x"],
        "stage": ["s", "s", "t", "u", "t", "s", "t", "t", None, "s"],
        "a": [1.0, 1.0, 2.0, -1.0, 11.0, math.inf, -math.inf, math.nan, 0.5, 1.0],
        "t": [1.0, math.inf, 2.0, 0.0, 1.0, 0.5, math.nan, None, 1.0, 1.0],
        "due": [2.0, 1.0, 2.0, 2.0, -math.inf, 1.0, math.nan, 2.0, None, -1.7976931348623157e308],
        "suits": [1.0] * 10,
    }
    agrees(connection, model, frame)


@pytest.mark.parametrize("rows", [0, 1])
def test_no_customer_and_one(connection, rows):
    model = og.gallery.load("telco")
    frame = og.simulate(model, 1, seed=1)
    table = as_arrow(numbered(frame)).slice(0, rows)
    connection.register("customers", table)
    for said in ({"id": "row", "attribution": True}, {"by": "segment"}):
        assert len(connection.sql(og.Scorer(model).to_sql("customers", **said)).fetchall()) == rows


def test_kinds_of_numbers(connection):
    model = model_of(og.AllOf(step("a", target=4), step("b"), step("c"), step("d")))
    connection.execute(
        "CREATE OR REPLACE TABLE kinds AS SELECT 0 AS row, 3::TINYINT AS a, TRUE AS b, 0.1::DECIMAL(5, 3) AS c, "
        "0.1::REAL AS d, 1::HUGEINT AS suits UNION ALL SELECT 1, NULL, FALSE, 1, 'nan'::REAL, NULL"
    )
    frame = {"a": [3, None], "b": [1, 0], "c": [0.1, 1], "d": [float(np.float32(0.1)), None], "suits": [1.0, None]}
    for said in ({}, {"booleans": ["b"]}):
        query = og.Scorer(model).to_sql("kinds", id="row", attribution=True, **said)
        assert worst(expected(model, numbered(frame)), connection.sql(query).to_arrow_table().to_pydict()) == 0.0


def test_rows_on_several_threads_come_by_their_id():
    model = og.gallery.load("email-marketing")
    with duckdb.connect() as connection:
        agrees(connection, model, og.simulate(model, 20_000, seed=2, missing=0.1), attribution=False)


# Groups


@pytest.mark.parametrize("weight", [None, "mrr"])
def test_groups_are_those_of_by(connection, weight):
    listed = [og.Segment("x"), og.Segment("y", ideal=False)]
    model = model_of(og.AllOf(step("a"), step("b")), segments=listed, stages=["s", "t"])
    rng = np.random.default_rng(5)
    frame = {name: np.where(rng.random(400) < 0.2, np.nan, rng.random(400)) for name in ("a", "b", "suits", "mrr")}
    frame |= {
        "segment": rng.choice(["x", "y", "z"], 400),
        "stage": rng.choice(["s", "t"], 400),
        "csm": rng.choice(["A", "B"], 400),
    }
    scores = og.Scorer(model).score(frame, on_bad="set_aside")
    for by in (("segment", "stage"), ("csm",), ("stage", "csm")):
        wanted = scores.by(*by, weight=weight).to_frame()
        connection.register("customers", as_arrow(frame))
        query = og.Scorer(model).to_sql("customers", by=by, weight=weight)
        got = connection.sql(query).to_arrow_table().to_pydict()
        assert set(got) <= set(wanted)
        rows = {tuple(got[name][at] for name in (*by, "ideal")): at for at in range(len(got["ideal"]))}
        assert len(rows) == len(got["ideal"]) == len(wanted["ideal"])
        for at, key in enumerate(zip(*(wanted[name].tolist() for name in (*by, "ideal")), strict=True)):
            for name, values in got.items():
                there, here = values[rows[key]], wanted[name][at]
                if name in (*by, "ideal") or there is None:
                    assert there == here or (there is None and here != here), name
                else:
                    assert there == pytest.approx(here, abs=1e-12), name


def test_parts_of_groups_sum_to_their_gaps(connection):
    model = og.gallery.load("email-marketing")
    frame = og.simulate(model, 300, seed=3, missing=0.1)
    connection.register("customers", as_arrow(frame))
    got = (
        connection.sql(og.Scorer(model).to_sql("customers", by="segment", attribution=True))
        .to_arrow_table()
        .to_pydict()
    )
    gaps = og.Scorer(model).score(frame).by("segment").gaps_frame()
    for at, segment in enumerate(got["segment"]):
        assert sum(got[each.name][at] for each in model.steps) == pytest.approx(got["gap"][at], abs=1e-12)
        for name, part in zip(
            gaps["gap"][gaps["segment"] == segment], gaps["part"][gaps["segment"] == segment], strict=True
        ):
            assert got[name][at] == pytest.approx(part, abs=1e-12)


def test_a_weight_that_is_none_sets_aside(connection):
    model = model_of(step("a"))
    frame = {"a": [1.0, 0.0, 0.5], "suits": [1.0] * 3, "w": [1.0, -1.0, math.inf], "who": ["A"] * 3}
    connection.register("customers", as_arrow(frame))
    query = og.Scorer(model).to_sql("customers", by="who", weight="w")
    got = connection.sql(query).to_arrow_table().to_pydict()
    assert (got["customers"], got["set_aside"], got["weight"], got["desired"]) == ([3], [2], [1.0], [1.0])


# What users bring


def test_own_curves_gates_and_joins(connection):
    late = og.curve("late", lambda z: z**3, sql="{z} * {z} * {z}")
    logged = og.curve(
        "logged", lambda z: 1 + np.log(np.maximum(z, 1e-3)) / np.log(1e3), sql="1 + ln(greatest({z}, 0.001)) / ln(1000)"
    )

    class Hardest:
        name, multilinear = "hardest", False
        sql = "least({0}, {1})"

        def forward(self, children):
            return np.minimum.reduce(children)

        def gradient(self, children, out):
            ties = sum((child == out).astype(float) for child in children)
            return [(child == out) / ties for child in children]

    class Joined:
        name, sql, sql_required_gap = "geometric", "sqrt({r} * {e})", "1 - sqrt({r})"

        def desired(self, r, e):
            return np.sqrt(r * e)

        def slopes(self, r, e):
            return np.sqrt(e / np.maximum(r, 1e-12)) / 2, np.sqrt(r / np.maximum(e, 1e-12)) / 2

        def parts(self, r, e):
            return 1 - np.sqrt(r), np.sqrt(r) - np.sqrt(r * e)

    places = [0.0, 1.0, 0.25, 0.5, None, 1e-9, math.nan, 2.0, -1.0]
    frame = {"a": places, "b": places[::-1], "suits": [0.25] * 9}
    agrees(connection, model_of(og.AllOf(step("a", curve=late), step("b", curve=logged))), frame, within=1e-12)
    agrees(connection, model_of(og.Numeric(Hardest(), step("a"), step("b"))), frame, attribution=False, within=1e-12)
    agrees(connection, model_of(og.AllOf(step("a"), step("b")), join=Joined()), frame, within=1e-12)
    with pytest.raises(og.EngineError, match="gate 'hardest' has slopes in Python alone"):
        og.Scorer(model_of(og.Numeric(Hardest(), step("a"), step("b")))).to_sql("customers", attribution=True)
    Hardest.sql = Joined.sql = None
    for model, said in (
        (model_of(step("a", curve=og.curve("mine", lambda z: z**2))), "curve 'mine' has no sql"),
        (model_of(step("a", curve=og.curve("mine", lambda z: z**2, sql="{z} * ("))), "curve 'mine': sql must be"),
        (model_of(step("a", curve=og.curve("mine", lambda z: z**2, sql="{y}"))), "curve 'mine': sql must be"),
        (model_of(og.Numeric(Hardest(), step("a"), step("b"))), "gate 'hardest' has no sql"),
        (model_of(step("a"), join=Joined()), "join 'geometric' has no sql"),
    ):
        with pytest.raises(og.EngineError, match=said.replace("(", r"\(")):
            og.Scorer(model).to_sql("customers")


def test_a_curve_that_gives_no_number_is_a_problem(connection):
    broken = og.curve("broken", lambda z: z**2, sql="CASE WHEN {z} > 0.6 THEN 'nan'::DOUBLE ELSE {z} * {z} END")
    connection.register("customers", as_arrow({"row": [0, 1, 2], "a": [0.5, 0.7, 1.0], "suits": [1.0] * 3}))
    query = og.Scorer(model_of(step("a", curve=broken))).to_sql("customers", id="row")
    got = connection.sql(query).to_arrow_table().sort_by("row").to_pydict()
    assert got["required"] == [0.25, None, 1.0]
    assert got["problem"] == [None, "not-a-number: curve 'broken'", None]


NASTY = [
    "it's",
    'a "quoted" one',
    "back\\slash \\' OR 1=1 --",
    "`tick`",
    "{{ jinja }}",
    "名前 ü",
    "x; DROP TABLE customers",
    "%s {0} $1",
    "l" * 200,
    "new\nline",
]


def test_names_are_never_run(connection):
    steps = [step(name, curve=[(0, 0), (0.5, 0.25), (1, 1)]) for name in NASTY]
    model = model_of(og.Mean(*steps), segments=NASTY, stages=["s", NASTY[2]])
    rng = np.random.default_rng(1)
    frame = {name: rng.random(10) for name in (*NASTY, "suits")} | {"segment": NASTY, "stage": ["s", NASTY[2]] * 5}
    frame["segment"] = [*NASTY[:9], "unknown ' -- \\"]
    agrees(connection, model, frame)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake", "bigquery", "spark", "databricks"])
def test_every_dialect_reads_its_query(dialect):
    sqlglot = pytest.importorskip("sqlglot")
    steps = [step(name) for name in NASTY[:8]]
    names = {"segments": NASTY, "stages": ["s", NASTY[2]]}
    for model in (model_of(og.AllOf(*steps), **names), random_model(3), og.gallery.load("telco")):
        for said in ({"attribution": True, "keep": ["it's"]}, {"by": ["segment"], "weight": 'a "b'}):
            query = og.Scorer(model).to_sql("a.customers", dialect, **said)
            (tree,) = sqlglot.parse(query, dialect=dialect)
            texts = {each.this for each in tree.find_all(sqlglot.exp.Literal) if each.is_string}
            assert set(model.segment_names) <= texts or not model.segments
            read = {each.name for each in tree.find_all(sqlglot.exp.Column) if each.this.args.get("quoted")}
            assert {measure.name for measure in model.measures} <= read
            assert "DECIMAL" not in query
            layers = query.count("  *,") if dialect == "postgres" else 0
            joined = "og_joined AS" in query and dialect in ("duckdb", "postgres")
            assert query.count("OFFSET 0") == layers + joined


@pytest.mark.parametrize(
    "table", ["crm.customers", '"My ""Schema"""."The Customers"', "(SELECT * FROM customers WHERE a < 3)"]
)
def test_tables(table):
    with duckdb.connect() as connection:
        model = model_of(step("a"))
        connection.register("given", as_arrow({"row": [0, 1], "a": [0.5, 1.0], "suits": [1.0, 1.0]}))
        for schema, name in (("crm", "customers"), ('"My ""Schema"""', '"The Customers"'), ("main", "customers")):
            connection.execute(
                f"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE {schema}.{name} AS SELECT * FROM given"
            )
        rows = connection.sql(og.Scorer(model).to_sql(table, id="row")).to_arrow_table().to_pydict()
        assert sorted(rows["desired"]) == [0.5, 1.0]


@pytest.mark.parametrize(
    "table",
    [
        "",
        "a; DROP TABLE b",
        "(SELECT 1); DROP TABLE b",
        "a WHERE 1 = 1",
        "(SELECT 1",
        "{{ run_query('drop') }}",
        "a UNION SELECT 1",
    ],
)
def test_what_is_no_table(table):
    with pytest.raises(og.DataError, match="table must be"):
        og.Scorer(model_of(step("a"))).to_sql(table)


def test_a_comment_is_left_out():
    assert "secret" not in og.Scorer(model_of(step("a"))).to_sql("customers -- secret")


def test_dbt_names_the_table():
    query = og.Scorer(model_of(step("a"))).to_sql("{{ ref('customers') }}", "snowflake")
    assert query.count("{{ ref('customers') }}") == 1
    for name in ("{{ run_query('drop') }}", "{% do x %}", "{# hidden #}"):
        with pytest.raises(og.DataError, match="dbt would read"):
            og.Scorer(model_of(step(name))).to_sql("{{ ref('customers') }}")


def test_names_in_the_table(connection):
    model = model_of(step("a"), segments=["x"])
    connection.register(
        "customers", as_arrow({"row": [0, 1], "A A": [0.5, 7.0], "suits": [1.0, 1.0], "PLAN": ["x", "y"]})
    )
    query = og.Scorer(model).to_sql("customers", id="row", columns={"a": "A A", "segment": "PLAN"})
    got = connection.sql(query).to_arrow_table().sort_by("row").to_pydict()
    assert (got["desired"], got["problem"]) == ([0.5, None], [None, "unknown-segment: PLAN"])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"dialect": "oracle"}, "dialect"),
        ({"weight": "mrr"}, "a weight is for groups"),
        ({"by": "segment", "id": "row"}, "groups have neither"),
        ({"id": "x", "keep": ["X"]}, "cannot tell the columns 'x' and 'X' apart"),
        ({"dialect": "postgres", "keep": ["n" * 63 + "1", "n" * 63 + "2"]}, "apart"),
    ],
)
def test_what_cannot_be_written(said, told):
    with pytest.raises(og.DataError, match=told):
        og.Scorer(model_of(step("a"))).to_sql("customers", **said)


def test_ours_beside_kept_names(connection):
    connection.register("customers", as_arrow({"state": ["here"], "problem": ["none"], "a": [0.5], "suits": [1.0]}))
    query = og.Scorer(model_of(step("a"))).to_sql("customers", id="state", keep=["problem"], attribution=True)
    got = connection.sql(query).to_arrow_table().to_pydict()
    assert (got["state"], got["state (score)"], got["problem"], got["problem (score)"]) == (
        ["here"],
        ["successful"],
        ["none"],
        [None],
    )


# Text


def size_of(steps, cells, **said):
    segments = [f"segment {n:04}" for n in range(cells)]
    targets = [og.per_cell(2, {name: 2 + n + place / 7 for n, name in enumerate(segments)}) for place in range(steps)]
    listed = [step(f"step {n:03}", target=target) for n, target in enumerate(targets)]
    needs = og.AllOf(*listed[: steps // 2], og.AnyOf(*listed[steps // 2 :]))
    return len(og.Scorer(model_of(needs, segments=segments)).to_sql("customers", **said))


def test_text_grows_linearly():
    few, more, most = (size_of(steps, 10) for steps in (10, 20, 40))
    assert (most - more) < 2.2 * (more - few)
    few, more, most = (size_of(10, cells) for cells in (10, 100, 1000))
    assert (most - more) < 11 * (more - few)


def test_postgres_keeps_rows_narrow(monkeypatch):
    """It takes 1,664 columns; other warehouses take what there are."""
    scorer = og.Scorer(og.gallery.load("telco"))
    wide = scorer.to_sql("customers", "postgres", attribution=True)
    monkeypatch.setitem(MOST_COLUMNS, "postgres", 200)
    narrow = scorer.to_sql("customers", "postgres", attribution=True)
    assert len(narrow) > len(wide)  # it names the columns that it keeps
    monkeypatch.setitem(MOST_COLUMNS, "postgres", 50)
    with pytest.raises(og.EngineError, match=r"[\d,]+ layers and [\d,]+ columns is too large"):
        scorer.to_sql("customers", "postgres", attribution=True)
    assert "  *," in scorer.to_sql("customers", "duckdb", attribution=True)


@pytest.mark.parametrize("seed", [408, 558, 776])
def test_what_the_weakest_side_leaves_out_of_reach(connection, seed):
    """Where E is 1, nothing of E is out of reach, even if R is unknown."""
    model = random_model(seed, max_steps=12, columns=seed % 3 == 0, joins=True)
    agrees(connection, model, random_rows(seed, model, 10, missing=True))


def test_text_of_the_parts_grows_with_nodes_times_instructions():
    nodes = {steps: size_of(steps, 10, attribution=True) - size_of(steps, 10) for steps in (10, 20, 40)}
    assert nodes[40] < 4.4 * nodes[20] < 4.4 * 4.4 * nodes[10]
