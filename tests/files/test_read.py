"""Whole files: versions, sections, segments and stages, names, all mistakes at once."""

from __future__ import annotations

import pytest

import outcomegap.files as files
from outcomegap.files.model_file import read_model
from outcomegap.model import OutcomeModel
from tests.files.texts import MAIL, changed, data, findings_of, rules, told


def test_the_file_of_the_design_is_the_model_of_the_design():
    import outcomegap as og

    delivered = og.ProductFunction(
        "e-mails delivered", og.Measure("delivery_rate", low=0, high=1), floor=0.80, target=0.99
    )
    contacts = og.SuccessGap(
        "list built",
        og.Measure("list_size", unit="contacts", low=0),
        floor=0,
        target=og.per_cell(500, {"enterprise": 50_000, "enterprise/scaling": 200_000}),
        owner="customer",
        remedy="list-building guide",
        after=[delivered],
    )
    copy = og.SuccessGap(
        "copy persuades",
        og.Measure("click_rate", low=0, high=1),
        floor=0,
        target=0.03,
        curve="smooth",
        status="being closed",
    )
    offer = og.SuccessGap(
        "offer is irresistible", og.Measure("offer_score", low=0, high=10), floor=3, target=8, bridgeable=False
    )
    reply = og.Expectation(
        "support replies",
        og.Measure("first_reply_hours", unit="h", low=0),
        floor=48,
        target=og.per_cell(og.column("sla_hours"), {"enterprise": 1}),
    )
    training = og.Expectation("formal training", og.Measure("training_days"), floor=0, target=2, missing=0.25)
    model = og.OutcomeModel(
        "E-mail marketing",
        desired_outcomes=[
            og.DesiredOutcome(
                og.RequiredOutcome(
                    "sales from e-mail", needs=og.AllOf(delivered, contacts, og.AnyOf(copy, offer)), promised=True
                ),
                og.AppropriateExperience(
                    "how they want to get there", expects=og.Mean(reply, training, weights=(2, 1))
                ),
                achieved_at=og.per_cell(0.5, {"*/scaling": 0.75}),
            )
        ],
        segments=["startup", "enterprise"],
        stages=["onboarding", "adopting", "scaling"],
    )
    assert files.loads(MAIL) == model


@pytest.mark.parametrize("version", ["2", "true", '"1"', "[1]", "0", "1.5"])
def test_another_version_is_not_read_further(version):
    found = findings_of(changed("schema_version = 1", f"schema_version = {version}\nnonsense = 1"))
    assert [f.where for f in found] == ["schema_version"]
    assert found[0].rule == "schema-version"


def test_a_missing_version_is_one_mistake_among_others():
    assert set(told(changed("schema_version = 1", "schema_versoin = 1"))) == {"schema_version", "schema_versoin"}


@pytest.mark.parametrize("whole", [None, [], "text", 5, [{"name": "x"}]])
def test_a_file_is_a_table(whole):
    model, findings = read_model(whole)
    assert model is None
    assert [f.rule for f in findings] == ["type"]


def test_all_at_once():
    text = """
    schema_version = 1
    segments = ["startup", { name = "enter/prise" }, "startup"]
    stages = ["onboarding"]
    expectation = 1
    [measures]
    a = { low = 5, high = 1 }
    b = { unit = 3 }
    [functions."runs"]
    measure = "a"
    floor = 0
    target = { default = inf, "*/onbording" = nan }
    [gaps."runs"]
    measure = "aa"
    floor = 1
    target = 1
    missing = 2
    [gaps."list"]
    measure = "a"
    floor = 1
    target = 1
    curve = "liner"
    status = "shut"
    after = ["run", "suits"]
    [expectations.suits]
    measure = "b"
    flor = 1
    [gates."suits"]
    any_of = []
    [gates."both"]
    all_of = ["lists"]
    any_of = ["list"]
    [[desired_outcomes]]
    segments = ["enterprise"]
    stages = ["onbording"]
    achieved_at = 0
    required = { nam = "r", at_least = 3, of = ["list", "list"], measured_by = "rums" }
    experience = { name = "e", mean = { suits = -1, suit = { startup = 0 } } }
    """
    found = told(text)
    assert set(found) == {
        "expectation",
        "name",
        "segments[1].name",
        "measures.a",
        "measures.b.unit",
        "functions.runs.target.default",
        "functions.runs.target.*/onbording",
        "gaps.runs",
        "gaps.runs.measure",
        "gaps.runs.missing",
        "gaps.list",
        "gaps.list.curve",
        "gaps.list.status",
        "gaps.list.after[0]",
        "expectations.suits.flor",
        "expectations.suits.floor",
        "expectations.suits.target",
        "gates.suits",
        "gates.both",
        "desired_outcomes[0].stages[0]",
        "desired_outcomes[0].achieved_at",
        "desired_outcomes[0].required",
        "desired_outcomes[0].required.nam",
        "desired_outcomes[0].required.name",
        "desired_outcomes[0].required.measured_by",
        "desired_outcomes[0].experience.mean.suits",
        "desired_outcomes[0].experience.mean.suit",
        "desired_outcomes[0].experience.mean.suit.startup",
    }
    assert "did you mean 'expectations'" in found["expectation"]
    assert "did you mean 'a'" in found["gaps.runs.measure"]
    assert "did you mean 'floor'" in found["expectations.suits.flor"]
    assert "did you mean 'runs'" in found["desired_outcomes[0].required.measured_by"]
    assert "inf" in found["functions.runs.target.default"]


@pytest.mark.parametrize("section", ["measures", "functions", "gaps", "expectations", "gates"])
def test_sections_are_tables(section):
    whole = data()
    whole[section] = ["a"]
    model, findings = read_model(whole)
    assert model is None
    assert ("type", section) in {(f.rule, f.where) for f in findings}


@pytest.mark.parametrize(
    ("old", "new", "where", "rule"),
    [
        ('segments = ["startup"', "segments = [5", "segments[0]", "type"),
        ('"onboarding", "adopting"', '"onboarding", "onboarding"', "stages[1]", "duplicate-name"),
        ('"onboarding", "adopting"', '"onboarding", "*"', "stages[1].name", "name"),
        ('{ name = "enterprise", ideal = true }', "{ ideal = true }", "segments[1].name", "missing-key"),
        ("ideal = true", 'ideal = "yes"', "segments[1].ideal", "type"),
        ("ideal = true", "idel = true", "segments[1].idel", "unknown-key"),
        ('name = "E-mail marketing"', "name = 5", "name", "type"),
        ('name = "E-mail marketing"', 'name = " x"', "name", "name"),
        ('name = "E-mail marketing"', 'name = "x"\ndescription = ["y"]', "description", "type"),
    ],
)
def test_one_mistake(old, new, where, rule):
    assert rules(changed(old, new))[where] == rule


def test_what_is_declared_is_used():
    text = changed('{ any_of = ["copy persuades", "offer is irresistible"] }', '"copy persuades"')
    found = rules(text + '[gates."both"]\nall_of = ["list built", "copy persuades"]')
    assert set(found) == {"gaps.offer is irresistible", "gates.both"}
    assert set(found.values()) == {"unused"}


def test_a_step_that_only_others_build_on_is_used():
    text = changed('all_of = ["e-mails delivered", "list built", {', 'all_of = ["list built", {')
    assert "e-mails delivered" in {step.name for step in files.loads(text).steps}


def test_a_name_is_said_once():
    found = rules(MAIL + '[functions."list built"]\nmeasure = "list_size"\nfloor = 0\ntarget = 1\n')
    assert found["gaps.list built"] == "duplicate-name"


def test_many_unknown_names_do_not_take_long():
    import time

    whole = data()
    whole["gaps"] |= {f"gap {i}": {"measure": "list_size", "floor": 0, "target": 1} for i in range(3000)}
    whole["desired_outcomes"][0]["required"]["all_of"] = [f"gop {i}" for i in range(3000)]
    started = time.perf_counter()
    model, findings = read_model(whole)
    assert time.perf_counter() - started < 15
    assert model is None
    assert sum(f.rule == "unknown-name" for f in findings) == 3000


def test_inputs_are_read_with_the_rest():
    text = MAIL + '[inputs]\nid = "Kunde"\nkeep = ["CSM"]\n[inputs.measures]\nlist_size = { colum = "Size" }\n'
    assert "did you mean 'column'" in told(text)["inputs.measures.list_size.colum"]
    model = files.loads(text.replace("colum ", "column "))
    assert isinstance(model, OutcomeModel)
    assert model.inputs is not None
    for form in ("toml", "json", "yaml"):
        assert files.loads(files.dumps(model, form), form) == model


def test_inputs_are_not_endlessly_deep():
    whole = data()
    deep: dict = {}
    for _ in range(100):
        deep = {"x": deep}
    whole["inputs"] = deep
    assert [f.rule for f in read_model(whole)[1]] == ["too-deep"]
