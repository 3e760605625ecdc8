"""The [inputs] table: read with every mistake at once, written, and described by its schema."""

from __future__ import annotations

import string
import tomllib

import jsonschema
import pytest
import tomli_w
from hypothesis import given, settings, strategies as st

from outcomegap.checks import Checks
from outcomegap.errors import Finding
from outcomegap.files.kinds import table_schema, write_fields
from outcomegap.model.declaration import Part
from outcomegap.model.inputs import AGGREGATES, NEED_TIME, UNITS, Inputs

SECTION_3 = """
id = "Kunde"
keep = ["CSM", "renewal_date"]
segment = { column = "plan", values = { startup = ["Basic", "Starter"], enterprise = ["Pro+"] } }
stage = { column = "tenure_months", bands = { onboarding = [0, 3], adopting = [3, 12], scaling = [12] } }
[measures]
first_reply_hours = { column = "Reply (h)", decimal = "," }
training_days = { column = "Trained?", values = { Yes = 2, No = 0 } }
offer_score = { column = "Rating (1-5)", missing = [0] }
list_size = { table = "contacts", by = "account", aggregate = "count", time = "created_at", within_days = 90 }
"""
AIRLINE = """
id = "id"
keep = { sex = "gender" }
segment = { columns = ["type_of_travel", "class"], values = { business = [["Business travel", "Business"]], leisure = [["Personal Travel", "*"]] }, otherwise = "other" }
stage = { column = "customer_type", values = { first = "disloyal Customer", loyal = "Loyal Customer" } }
missing = [0]
as_of = 2026-01-31
[measures]
wifi = "inflight_wifi_service"
arrival_delay = { column = "arrival_delay_in_minutes", missing = [], divided_by = 60 }
age = { start = "born", unit = "years", date_format = "%d.%m.%Y" }
[tables.tickets]
file = "tickets.csv.gz"
by = "account"
via = "accounts"
time = "at"
[[expect]]
table = "tickets"
earlier = ["customers", "signup_date"]
later = "at"
"""


SCHEMA = table_schema(Inputs)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def made(data: dict) -> tuple[Inputs | None, list[Finding]]:
    checks = Checks()
    return Part(Inputs).take(checks, "inputs", data), checks.findings


def read(text: str) -> tuple[Inputs | None, list[Finding]]:
    return made(tomllib.loads(text))


@pytest.mark.parametrize("text", [SECTION_3, AIRLINE, ""])
def test_written_form_reads_back(text: str) -> None:
    inputs, findings = read(text)
    assert not findings
    assert inputs is not None
    written = write_fields(inputs)
    VALIDATOR.validate(written)
    assert read(tomli_w.dumps(written)) == (inputs, [])
    assert hash(read(tomli_w.dumps(written))[0]) == hash(inputs)


def test_section_3_means_what_it_says() -> None:
    inputs, _ = read(SECTION_3)
    assert inputs is not None
    assert inputs.segment.values == {"startup": (("Basic",), ("Starter",)), "enterprise": (("Pro+",),)}
    assert inputs.stage.bands[-1] == ("scaling", 12.0, None)
    assert inputs.measures["list_size"].of_none == 0.0
    assert inputs.measures["offer_score"].missing == (0.0,)
    assert list(inputs.keep) == ["CSM", "renewal_date"]


def test_every_mistake_is_told_at_once_with_its_path() -> None:
    _, findings = read(
        """
        idd = "x"
        segment = { columns = ["a", "b"], values = { x = [["only one"]] } }
        [measures]
        reply = { table = "tickets", aggregate = "medain", within_days = -1 }
        share = { table = "tickets", aggregate = "share" }
        score = { colum = "Rating", decimal = ",,", values = { Yes = "2" } }
        [tables.t]
        vai = "u"
        [[expect]]
        earlier = "a"
        """
    )
    assert {(f.where, f.rule) for f in findings} == {
        ("inputs.idd", "unknown-key"),
        ("inputs.segment.values.x", "inputs"),
        ("inputs.measures.reply.aggregate", "inputs"),
        ("inputs.measures.reply.within_days", "inputs"),
        ("inputs.measures.share.matching", "inputs"),
        ("inputs.measures.score.colum", "unknown-key"),
        ("inputs.measures.score.decimal", "inputs"),
        ("inputs.measures.score.values.Yes", "inputs"),
        ("inputs.tables.t.vai", "unknown-key"),
        ("inputs.expect[0].earlier", "inputs"),
    }
    assert len(findings) == 10


def test_rules_of_the_whole() -> None:
    _, findings = read(
        """
        [measures]
        n = { table = "tickets", aggregate = "count" }
        last = { table = "tickets", aggregate = "time_since" }
        [tables]
        a = { via = "b" }
        b = { via = "a" }
        """
    )
    told = [f.where for f in findings]
    assert told.count("inputs.measures.n") == 1
    assert "inputs.measures.last.time" in told
    assert "inputs.tables.a.via" in told
    assert [f.where for f in read('as_of = "yesterday"')[1]] == ["inputs.as_of"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = list(SCHEMA["properties"])
SOURCE_KEYS = list(SCHEMA["properties"]["stage"]["anyOf"][1]["properties"])
WILD_SOURCE = st.dictionaries(st.sampled_from(SOURCE_KEYS), JSON, max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON | WILD_SOURCE | st.dictionaries(st.text(max_size=3), WILD_SOURCE)))
def test_no_data_whatever_breaks_the_reader(data: dict) -> None:
    inputs, findings = made(data)
    assert (inputs is None) == bool(findings)
    if inputs is not None:
        assert made(write_fields(inputs)) == (inputs, [])


NAME = st.text(string.ascii_letters + "ضص(%)", min_size=1, max_size=8)
NUMBER = st.floats(-1e6, 1e6, allow_nan=False)
CODES = st.lists(st.text(max_size=4) | NUMBER | st.booleans(), min_size=1, max_size=3)
PLAIN = st.fixed_dictionaries(
    {"column": NAME},
    optional={
        "decimal": st.sampled_from(",·"),
        "thousands": st.sampled_from("' "),
        "percent": st.sampled_from(["fraction", "points"]),
        "missing": CODES,
        "times": NUMBER.filter(bool),
        "values": st.dictionaries(st.text(max_size=4), NUMBER, min_size=1, max_size=3),
    },
)
DATED = st.fixed_dictionaries({"start": NAME}, optional={"end": NAME, "unit": st.sampled_from(list(UNITS))})
EVENTS = st.fixed_dictionaries(
    {"table": NAME, "aggregate": st.sampled_from([a for a in AGGREGATES if a != "share"]), "time": NAME},
    optional={
        "by": NAME,
        "column": NAME,
        "where": st.dictionaries(NAME, CODES, max_size=2),
        "within_days": st.floats(0.5, 1e4),
        "empty": NUMBER | st.just("missing"),
    },
)
CELL = st.fixed_dictionaries(
    {"columns": st.just(["a", "b"])},
    optional={"otherwise": NAME},
).flatmap(
    lambda cell: st.lists(st.tuples(NAME, NAME | st.just("*")), min_size=1, max_size=4, unique_by=lambda p: p[0]).map(
        lambda patterns: cell | {"values": {f"name {i}": [list(p)] for i, p in enumerate(patterns)}}
    )
)
INPUTS = st.fixed_dictionaries(
    {"id": NAME},
    optional={
        "keep": st.lists(NAME, unique=True, max_size=3) | st.dictionaries(NAME, NAME, max_size=3),
        "segment": CELL | NAME,
        "stage": st.just({"column": "t", "bands": {"early": {"below": 3}, "late": [3]}}),
        "measures": st.dictionaries(NAME, PLAIN | DATED | EVENTS | NAME, max_size=4),
        "tables": st.dictionaries(NAME, st.fixed_dictionaries({}, optional={"by": NAME, "file": NAME}), max_size=3),
        "missing": CODES,
        "as_of": st.dates().map(str),
    },
)


@settings(max_examples=60, deadline=None)
@given(INPUTS)
def test_valid_inputs_round_trip_and_fit_the_schema(data: dict) -> None:
    inputs, findings = made(data)
    assert inputs is not None, findings
    VALIDATOR.validate(data)
    written = write_fields(inputs)
    VALIDATOR.validate(written)
    assert read(tomli_w.dumps(written)) == (inputs, [])


def test_times_are_needed_where_the_aggregate_says_so() -> None:
    for aggregate in NEED_TIME:
        _, findings = read(f'id = "id"\nmeasures.x = {{ table = "t", aggregate = "{aggregate}" }}')
        assert [f.where for f in findings] == ["inputs.measures.x.time"]
