"""A model kept as a sheet: what goes in comes out, by way of csv and xlsx; what cannot is named."""

from __future__ import annotations

import csv
import io
import time

import attrs
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import outcomegap as og
import outcomegap.files as files
from outcomegap.files.sheet import sheet_bytes
from outcomegap.model import Numeric
from outcomegap.testing import models
from tests.files.awkward import LATE, awkward_models
from tests.files.test_round_trip import ladder
from tests.numeric import Both
from tests.scoring.test_joins import Geometric

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
SUFFIXES = [".csv", ".xlsx"]
HEAD = "kind,name,group,combine,measure,floor,target,target:enterprise,weight"


def there_and_back(model, folder, suffix):
    path = folder / f"model{suffix}"
    og.dump(model, path)
    again = og.load(path, curves={"late": LATE})
    assert again == model
    assert again.fingerprint == model.fingerprint
    assert [step.name for step in again.steps] == [step.name for step in model.steps]
    # Names of gates, descriptions, inputs: whatever a model file holds.
    assert files.write_model(again) == files.write_model(model)
    return again


def sheet(folder, *rows, head=HEAD, name="mail.csv", encoding="utf-8"):
    path = folder / name
    path.write_text("\n".join([head, *rows]), encoding=encoding)
    return path


@given(model=models(), suffix=st.sampled_from(SUFFIXES))
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_models_that_can_be_scored(model, suffix, tmp_path):
    there_and_back(model, tmp_path, suffix)


@given(model=awkward_models(), suffix=st.sampled_from(SUFFIXES))
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_awkward_models_come_back_or_are_refused(model, suffix, tmp_path):
    try:
        sheet_bytes(model, suffix)
    except og.ModelError as error:
        assert error.findings  # noqa: PT017 - whatever is refused is named
        return
    there_and_back(model, tmp_path, suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", og.gallery.names())
def test_examples(name, suffix, tmp_path):
    # a sheet does not hold the verdict of a check
    there_and_back(attrs.evolve(og.gallery.load(name), verdict=None), tmp_path, suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_form_into_every_other(suffix, tmp_path):
    model = og.gallery.load("airline")
    for form in (".toml", ".json", ".yaml"):
        og.dump(there_and_back(model, tmp_path, suffix), tmp_path / f"again{form}")
        assert og.load(tmp_path / f"again{form}") == model


def test_shared_gates_stay_shared(tmp_path):
    started = time.perf_counter()
    there_and_back(ladder(100), tmp_path, ".csv")
    assert time.perf_counter() - started < 10


def test_one_requirement_a_row(tmp_path):
    rows = list(csv.DictReader(io.StringIO(sheet_bytes(og.gallery.load("email-marketing"), ".csv").decode())))
    steps = [row for row in rows if row["kind"] in ("function", "gap", "expectation")]
    assert len(steps) == len(og.gallery.load("email-marketing").steps)
    built = next(row for row in steps if row["name"] == "list is built")
    assert (built["group"], built["measure"], built["unit"]) == ("e-mail sells", "list_size", "contacts")
    assert (built["target"], built["target:enterprise"], built["target:agency/scaling"]) == ("250", "50000", "20000")
    more = [row for row in rows if row["kind"] == "also"]
    assert {row["name"] for row in more} == {"support replies", "first campaign soon"}


# Written by hand


def test_as_little_as_can_be(tmp_path):
    path = sheet(tmp_path, "gap,list built,,,list_size,0,500,,", "expectation,support replies,,,hours,48,24,,")
    model = og.load(path)
    assert model.name == "mail"
    (outcome,) = model.desired_outcomes
    assert (outcome.required.name, outcome.experience.name) == ("required outcome", "appropriate experience")
    assert og.check(model) == ()
    path.write_text(path.read_text() + "\ngap,copy,,,click_rate,0,1,,\nexpectation,training,,,days,0,2,,3\n")
    (outcome,) = og.load(path).desired_outcomes
    built, copy = og.load(path).steps[:2]
    assert outcome.required.needs == og.AllOf(built, copy)
    assert isinstance(outcome.experience.expects, og.Mean)
    assert sorted(outcome.experience.expects.weights) == [1, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("mark", [";", "\t"])
def test_as_a_spreadsheet_writes_it(tmp_path, encoding, mark):
    rows = ["segment,startup,,,,,,,", "segment,enterprise,,,,,,,", ",,,,,,,,"]
    rows += [
        "# what they need,,,,,,,,",
        "Gap, list built ,,,list_size,0,500,50000,",
        "expectation,answers,,,h,48,24.5,,",
    ]
    path = sheet(tmp_path, *rows, head=HEAD + ",# mine")
    text = path.read_text().replace(",", mark)
    path.write_text(text.replace("24.5", "24,5" if mark == ";" else "24.5"), encoding=encoding)
    model = og.load(path)
    built, answers = model.steps
    assert built.name == "list built"
    assert built.target == og.per_cell(500, {"enterprise": 50_000})
    assert answers.target == 24.5


def test_a_workbook_filled_by_hand(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "notes"
    page = book.create_sheet("model")
    page.append(["Kind", "Name", "Measure", "Floor", "Target", "Bridgeable", "Unit"])
    page.append(["gap", "list built", "list_size", 0, 500, False, 7])
    page.append(["expectation", "answers", "hours", 48.0, 24.5])
    book.save(tmp_path / "mail.xlsx")
    built, answers = og.load(tmp_path / "mail.xlsx").steps
    assert (built.bridgeable, built.measure.unit, answers.target) == (False, "7", 24.5)


def test_groups_and_groups_in_groups(tmp_path):
    rows = ["required,sales,,all of,,,,,", "group,sold,sales,any of,,,,,", "gap,copy,sold,,click,0,1,,"]
    rows += ["group,(1),sold,at least 2,,,,,", *(f"gap,{name},(1),,{name},0,1,," for name in "abc")]
    rows += ["gap,list,sales,,size,0,5,,", "also,copy,(1),,,,,,", "expectation,e,,,h,9,1,,"]
    model = og.load(sheet(tmp_path, *rows))
    step = {step.name: step for step in model.steps}
    three = og.AtLeast(2, step["a"], step["b"], step["c"], step["copy"])
    needs = model.desired_outcomes[0].required.needs
    assert needs == og.AllOf(og.AnyOf(step["copy"], three), step["list"])
    names = {gate.name for gate in needs.children if hasattr(gate, "children")}
    assert names == {"sold"}
    inner = next(child for gate in needs.children if hasattr(gate, "children") for child in gate.children)
    assert inner is not None
    data = files.write_model(model)
    assert set(data["gates"]) == {"sold"}  # the name in parentheses is the sheet's alone
    there_and_back(model, tmp_path, ".csv")


def test_how_necessary_each_member_is(tmp_path):
    rows = ["segment,enterprise,,,,,,,,", "required,sales,,all of,,,,,,", "gap,a,sales,,a,0,1,,,"]
    rows += ["group,ways,sales,any of,,,,,0.5,", "gap,b,ways,,b,0,1,,0.9,0", "gap,c,ways,,c,0,1,,,"]
    model = og.load(sheet(tmp_path, *rows, "expectation,e,,,h,9,1,,,", head=HEAD + ",weight:enterprise"))
    step = {step.name: step for step in model.steps}
    ways = og.AnyOf(step["b"], step["c"], weights=(og.per_cell(0.9, {"enterprise": 0}), 1))
    assert model.desired_outcomes[0].required.needs == og.AllOf(step["a"], ways, weights=(1, 0.5))
    there_and_back(model, tmp_path, ".csv")
    there_and_back(model, tmp_path, ".xlsx")
    two = [*rows[:3], *rows[4:], "group,ways,sales,at least 1,,,,,,", "expectation,e,,,h,9,1,,,"]
    with pytest.raises(og.ModelError, match="means nothing in 'ways', whose members have no weights"):
        og.load(sheet(tmp_path, *two, head=HEAD + ",weight:enterprise"))


def test_two_outcomes_that_share_a_part(tmp_path):
    head = "kind,name,group,measure,floor,target,required,experience,segments,achieved at,achieved at:big"
    rows = ["segment,small", "segment,big", "outcome,alone,,,,,sales,by oneself,small,,", "required,sales"]
    rows += ["outcome,together,,,,,sales,looked after,big; small,0.5,0.75", "gap,g,,m,0,1", "experience,by oneself"]
    rows += ["experience,looked after", "expectation,api,by oneself,a,0,1", "expectation,calls,looked after,c,0,1"]
    model = og.load(sheet(tmp_path, *rows, head=head))
    one, other = model.desired_outcomes
    assert one.required == other.required
    assert (one.name, one.segments, other.segments) == ("alone", ("small",), ("big", "small"))
    assert other.achieved_at == og.per_cell(0.5, {"big": 0.75})
    there_and_back(model, tmp_path, ".xlsx")


def test_what_toml_says_in_a_cell(tmp_path):
    head = "kind,name,measure,floor,target,target:big,curve,missing,after,value"
    rows = ["segment,big", 'gap,a,x,0,"{ column = ""own"" }",5,{ threshold = 0.25 },,,', "gap,b,y,0,1,,smooth,,a,"]
    rows += [
        "expectation,e,z,0,1,,,0.25,,",
        'inputs,id,,,,,,,,"""Kunde"""',
        'inputs,measures.x,,,,,,,,"{ missing = [0] }"',
    ]
    model = og.load(sheet(tmp_path, *rows, head=head))
    a, b, e = model.steps
    assert a.target == og.per_cell(og.column("own"), {"big": 5})
    assert (a.curve.at, b.curve.name, b.after, e.missing) == (0.25, "smooth", (a,), 0.25)
    assert model.inputs == og.Inputs(id="Kunde", measures={"x": {"missing": [0]}})
    there_and_back(model, tmp_path, ".csv")


# Mistakes, all at once, each with its row

E = "expectation,e,,,h,9,1,,"
G = "gap,g,,,m,0,1,,"


@pytest.mark.parametrize(
    ("rows", "where", "rule"),
    [
        ([G, E, "gapp,x,,,m,0,1,,"], "row 4, column 'kind'", "sheet"),
        ([G, E, ",x,,,m,0,1,,"], "row 4, column 'kind'", "sheet"),
        ([G, E, "gap,,,,m,0,1,,"], "row 4, column 'name'", "missing-key"),
        ([G, E, "gap,x,,,m,zero,1,,"], "row 4, gaps.x.floor", "number"),
        ([G, E, "gap,x,,,m,1.000.0,1,,"], "row 4, gaps.x.floor", "number"),
        ([G, E, "gap,x,,,m,0,1,5,"], "row 4, gaps.x.target.enterprise", "unknown-segment"),
        ([G, E, "gap,x,,,,0,1,,"], "row 4, gaps.x.measure", "missing-key"),
        ([G, E, "gap,x,,,m,1,1,,"], "row 4, gaps.x", "floor-is-target"),
        ([G, E, "gap,g,,,m,0,2,,"], "row 4, column 'name'", "duplicate-name"),
        ([G, E, "gap,x,sale,,m,0,1,,"], "row 4, column 'group'", "unknown-name"),
        ([G, E, "gap,x,,,m,0,1,,2"], "row 4, desired_outcomes[0].required.all_of[1].weight", "weights"),
        (
            [G, E, "group,x,required outcome,at least 1,,,,,", "gap,y,x,,m,0,1,,1"],
            "row 5, column 'weight'",
            "unknown-key",
        ),
        ([G, E, "also,y,required outcome,,,,,,"], "row 4, column 'name'", "unknown-name"),
        ([G, E, "segment,s,,,m,,,,"], "row 4, column 'measure'", "unknown-key"),
        ([G, E, "group,x,required outcome,some of,,,,,"], "row 4, gates.x", "gate"),
        ([G, E, "group,x,required outcome,,,,,,"], "row 4, column 'combine'", "missing-key"),
        ([G, E, "group,x,,any of,,,,,"], "row 4, column 'group'", "missing-key"),
        ([G, E, "group,x,-,any of,,,,,", "gap,y,x,,m,0,2,,"], "row 4, gates.x", "unused"),
        ([G, E, "group,x,x,any of,,,,,"], "row 4, gates.x", "circle"),
        ([G, E, "group,(x),(x),any of,,,,,"], "row 4, gates.(x)", "circle"),
        ([G, E, "gap,x,-,,m,0,2,,"], "row 4, gaps.x", "unused"),
        ([G, E, "experience,a,,,,,,,", "experience,b,,,,,,,"], "row 3, column 'group'", "missing-key"),
        ([G, E, "required,x,,,,,,,", "experience,x,,,,,,,"], "row 5, column 'name'", "duplicate-name"),
        ([G, E, "model,a,,,,,,,", "model,b,,,,,,,"], "row 5, column 'name'", "duplicate-name"),
        ([G, E, "inputs,keep,,,,,,,"], "row 4, column 'value'", "sheet"),
        ([G, E, "inputs,a b,,,,,,,"], "row 4, column 'value'", "sheet"),
        ([E], "desired_outcomes[0].required", "no-children"),
    ],
)
def test_a_mistake_is_told_with_its_row(tmp_path, rows, where, rule):
    with pytest.raises(og.ModelError) as caught:
        og.load(sheet(tmp_path, *rows))
    assert (where, rule) in {(finding.where, finding.rule) for finding in caught.value.findings}


def test_all_mistakes_at_once(tmp_path):
    rows = ["gap,a,,,m,none,1,,", "gapp,b,,,m,0,1,,", "gap,c,,,m,0,1,5,", "gap,d,,,,0,1.5.2,,", "segment,big,,,,,,,"]
    with pytest.raises(og.ModelError) as caught:
        og.load(sheet(tmp_path, *rows))
    assert [finding.where for finding in caught.value.findings] == [
        "row 3, column 'kind'",
        "row 2, gaps.a.floor",
        "row 4, gaps.c.target.enterprise",
        "row 5, gaps.d.measure",
        "row 5, gaps.d.target",
    ]


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("kind,name,mesure", "did you mean 'measure'?"),
        ("kind,name,owner:enterprise", "the same in all segments"),
        ("kind,name,target,Target", "two columns"),
        ("kind,measure", "column 'name': is not there"),
        ("", "column 'kind': is not there"),
    ],
)
def test_headings(tmp_path, head, says):
    with pytest.raises(og.ModelError, match="row 1") as caught:
        og.load(sheet(tmp_path, head=head))
    assert says in str(caught.value)


def test_rows_that_share_a_measure_agree(tmp_path):
    head = "kind,name,measure,unit,floor,target"
    rows = ["gap,a,m,h,0,1", "gap,b,m,,0,2", "expectation,e,x,,0,1"]
    model = og.load(sheet(tmp_path, *rows, head=head))
    assert {step.measure.unit for step in model.steps if step.measure.name == "m"} == {"h"}
    with pytest.raises(og.ModelError, match=r"row 3, column 'unit'.*another row says 'h' of measure 'm'"):
        og.load(sheet(tmp_path, rows[0], "gap,b,m,d,0,2", rows[2], head=head))


# What a sheet cannot hold


def simple(step=None, needs=None, **options):
    step = step or og.SuccessGap("a", og.Measure("a"), floor=0, target=1, **options)
    other = og.SuccessGap("b", og.Measure("b"), floor=0, target=1)
    suits = og.AppropriateExperience("e", expects=og.Expectation("x", og.Measure("x"), floor=0, target=1))
    required = og.RequiredOutcome("r", needs=needs(step, other) if needs else step)
    return og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(required, suits)])


def renamed(name):
    model = simple()
    (outcome,) = model.desired_outcomes
    suits = og.AppropriateExperience(name, expects=outcome.experience.expects)
    return og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(outcome.required, suits)])


def twice():
    first, second = simple(), simple(owner="vendor")
    outcomes = [
        first.desired_outcomes[0],
        og.DesiredOutcome(
            og.RequiredOutcome("r", needs=first.steps[0], promised=True),
            second.desired_outcomes[0].experience,
            name="2",
        ),
    ]
    return og.OutcomeModel("m", desired_outcomes=outcomes)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (lambda: renamed("r"), "is called 'r' already; rename one"),
        (twice, "desired_outcomes[1].required.promised: True would be read as nothing"),
        (lambda: simple(owner=""), "gaps.a.owner: '' would be read as nothing"),
        (lambda: simple(remedy="  "), "gaps.a.remedy: '  ' would be read as nothing"),
        (lambda: simple(needs=lambda a, b: og.AllOf(a, og.AnyOf(b, name="(b)"))), "gates"),
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_a_sheet_cannot_hold_is_named_and_nothing_is_written(model, says, suffix, tmp_path):
    path = tmp_path / f"m{suffix}"
    path.write_text("as it was")
    with pytest.raises(og.ModelError) as caught:
        og.dump(model(), path)
    assert says in str(caught.value)
    assert path.read_text() == "as it was"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_part_may_have_any_name(suffix, tmp_path):
    there_and_back(renamed("-"), tmp_path, suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_code_of_ones_own_goes_by_its_name(suffix, tmp_path):
    step = og.SuccessGap("a", og.Measure("a"), floor=0, target=1, curve=og.curve("late", lambda z: z**3))
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    suits = og.AppropriateExperience("e", expects=wish)
    goal = og.DesiredOutcome(og.RequiredOutcome("r", needs=Numeric(Both(), step)), suits, join=Geometric())
    model, path = og.OutcomeModel("m", desired_outcomes=[goal]), tmp_path / f"m{suffix}"
    og.dump(model, path)
    own = {"curves": {"late": step.curve}, "gates": {"both": Both()}, "joins": {"geometric": Geometric()}}
    assert og.load(path, **own) == model
    with pytest.raises(og.ModelError) as caught:
        og.load(path)
    assert {f.rule for f in caught.value.findings} == {"unknown-curve", "unknown-gate", "unknown-join"}


def test_a_workbook_holds_no_control_characters(tmp_path):
    model = simple(remedy="bell \a")
    there_and_back(model, tmp_path, ".csv")
    with pytest.raises(og.ModelError, match="would be read as"):
        og.dump(model, tmp_path / "m.xlsx")


def test_formulas_are_text(tmp_path):
    import openpyxl

    model = simple(remedy="=1+1")
    there_and_back(model, tmp_path, ".xlsx")
    page = openpyxl.load_workbook(tmp_path / "model.xlsx").active
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value == "=1+1"} == {"s"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("m.xlsx", b"no workbook", "cannot be read as a table"),
        ("m.csv", b"kind,name\n\xff", "is not UTF-8"),
        ("m.csv", b'kind,name\n"' + b"x" * 200_000, "cannot be read as a table"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(og.ModelError, match=says):
        og.load(tmp_path / name)
    with pytest.raises(og.ModelError, match="no such file"):
        og.load(tmp_path / f"not-{name}")
