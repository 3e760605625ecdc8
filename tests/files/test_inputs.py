"""The [inputs] table: read with every mistake at once, written, and described by its schema."""

from __future__ import annotations

import string
import tomllib

import jsonschema
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomegap.errors import Finding
from outcomegap.files.inputs import inputs_schema, read_inputs, write_inputs
from outcomegap.model.inputs import Inputs
from outcomegap.model.source import AGGREGATES, NEED_TIME, UNITS

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


def read(text: str) -> tuple[Inputs | None, list[Finding]]:
    findings: list[Finding] = []
    return read_inputs(tomllib.loads(text), "inputs", findings), findings


@pytest.mark.parametrize("text", [SECTION_3, AIRLINE, ""])
def test_written_form_reads_back(text: str) -> None:
    inputs, findings = read(text)
    assert not findings
    assert inputs is not None
    written = write_inputs(inputs)
    jsonschema.validate(written, inputs_schema())
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
    told = {f.where: f.message for f in findings}
    assert "did you mean 'id'" in told["inputs.idd"]
    assert "one a column" in told["inputs.segment.values.x"]
    assert "did you mean 'median'" in told["inputs.measures.reply.aggregate"]
    assert "above 0" in told["inputs.measures.reply.within_days"]
    assert "matching" in told["inputs.measures.share.matching"]
    assert "did you mean 'column'" in told["inputs.measures.score.colum"]
    assert "one mark" in told["inputs.measures.score.decimal"]
    assert "number" in told["inputs.measures.score.values.Yes"]
    assert "did you mean 'via'" in told["inputs.tables.t.vai"]
    assert "later" in told["inputs.expect.0.earlier"]
    assert len(findings) == 10


def test_rules_of_the_whole() -> None:
    _, findings = read(
        """
        as_of = "yesterday"
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
    assert "inputs.as_of" in told


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = list(inputs_schema()["properties"])
SOURCE_KEYS = list(inputs_schema()["properties"]["stage"]["anyOf"][1]["properties"])
WILD_SOURCE = st.dictionaries(st.sampled_from(SOURCE_KEYS), JSON, max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON | WILD_SOURCE | st.dictionaries(st.text(max_size=3), WILD_SOURCE)))
def test_no_data_whatever_breaks_the_reader(data: dict) -> None:
    findings: list[Finding] = []
    inputs = read_inputs(data, "inputs", findings)
    assert (inputs is None) == bool(findings)
    if inputs is not None:
        again: list[Finding] = []
        assert read_inputs(write_inputs(inputs), "inputs", again) == inputs, again


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
    findings: list[Finding] = []
    inputs = read_inputs(data, "inputs", findings)
    assert inputs is not None, findings
    jsonschema.validate(data, inputs_schema())
    written = write_inputs(inputs)
    jsonschema.validate(written, inputs_schema())
    assert read_inputs(tomllib.loads(tomli_w.dumps(written)), "inputs", findings) == inputs
    assert not findings


def test_times_are_needed_where_the_aggregate_says_so() -> None:
    for aggregate in NEED_TIME:
        _, findings = read(f'id = "id"\nmeasures.x = {{ table = "t", aggregate = "{aggregate}" }}')
        assert [f.where for f in findings] == ["inputs.measures.x.time"]
