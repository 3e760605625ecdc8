"""The contract: public names, what they take, what they hand out, and that each says so with an example."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import outcomegap as og
from tests.scoring.section_3 import model as email_model

#: Names, and the arguments that people write by name.
CALLS = {
    "ProductFunction": "floor target curve missing after owner remedy description",
    "SuccessGap": "floor target curve missing after owner remedy description bridgeable status",
    "Expectation": "floor target curve missing after owner remedy description",
    "Measure": "unit low high description",
    "RequiredOutcome": "needs promised measured_by description",
    "AppropriateExperience": "expects description",
    "DesiredOutcome": "name segments stages achieved_at appropriate_at min_coverage",
    "OutcomeModel": "desired_outcomes segments stages inputs description",
    "Segment": "ideal description",
    "Stage": "description",
    "Inputs": "id keep segment stage measures tables",
    "AllOf": "name",
    "AnyOf": "name",
    "AtLeast": "k name",
    "Mean": "weights name",
    "per_cell": "default values",
    "column": "name",
    "curve": "name fn slope sql",
    "Scorer": "dtype threads",
    "Scorer.score": "segment stage goal id on_bad progress",
    "Scorer.score_one": "row segment stage goal",
    "Scores.attribution": "",
    "Scores.leverage": "",
    "Scores.gain": "",
    "Scores.unknown": "",
    "Scores.by": "weight",
    "Scores.worklist": "value keep",
    "Scores.change_since": "earlier",
    "Scores.save": "path",
    "Scores.to_frame": "",
    "Score.to_dict": "",
    "Finding": "rule where message severity",
    "Problem": "rule message column value rows count suggestion",
    "load": "",
    "dump": "",
    "loads": "",
    "dumps": "",
    "load_scores": "",
    "check": "",
    "diff": "",
    "success_graph": "segment stage",
    "explain": "",
    "simulate": "seed",
    "read_customers": "",
    "gallery.load": "",
    "OutcomeGapError": "",
    "ModelError": "",
    "DataError": "",
    "EngineError": "",
}


def found(path):
    thing = og
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing


@pytest.mark.parametrize("path", CALLS)
def test_the_contract(path):
    assert path.partition(".")[0] in dir(og)
    thing = found(path)
    assert callable(thing)
    if CALLS[path]:
        assert set(CALLS[path].split()) <= set(inspect.signature(thing).parameters)


def test_order_of_arguments_that_stand_without_a_name():
    def positional(path):
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
        return [name for name, p in inspect.signature(found(path)).parameters.items() if p.kind in kinds]

    assert positional("SuccessGap") == positional("Expectation") == positional("ProductFunction") == ["name", "measure"]
    assert positional("DesiredOutcome") == ["required", "experience"]
    assert positional("RequiredOutcome") == positional("AppropriateExperience") == ["name"]
    assert positional("explain")[:3] == ["scorer", "start", "end"]
    assert positional("simulate")[:2] == ["model", "n"]
    assert len(positional("diff")) == 2
    assert positional("Scorer.score")[1:] == ["customers"]


def test_what_scores_hand_out():
    scores = og.Scorer(email_model()).score(og.simulate(email_model(), 20, seed=1))
    arrays = ("desired", "gap", "required", "experience", "required_gap", "experience_gap", "low", "high", "coverage")
    arrays += ("required_low", "required_high", "experience_low", "experience_high", "state", "point_state")
    for name in arrays:
        values = getattr(scores, name)
        assert values.shape == (20,), name
        assert not values.flags.writeable, name
    for explanation in (scores.attribution(), scores.leverage(), scores.gain(), scores.unknown()):
        assert explanation.values.shape == explanation.observed.shape == explanation.applies.shape == (20, 6)
        assert explanation.steps == tuple(step.name for step in scores.model.steps)
        assert len(explanation.to_frame()) > 0
    assert isinstance(email_model().fingerprint, str)
    assert og.check(email_model()) == ()


def test_the_gallery_and_its_fellows_are_reached_by_name():
    assert isinstance(og.gallery.load("airline"), og.OutcomeModel)
    for room in ROOMS:
        assert inspect.getdoc(getattr(og, room))


ROOMS = [name for name in og.__all__ if inspect.ismodule(getattr(og, name))]
PUBLIC = [name for name in og.__all__ if name not in ROOMS]
#: What the rooms offer by their own name, such as ``churn.Ledger``.
OFFERED = [f"{room}.{name}" for room in ROOMS for name in getattr(getattr(og, room), "__all__", ())]


@pytest.mark.parametrize("name", [*PUBLIC, *OFFERED])
def test_each_says_what_it_is_with_an_example(name):
    """The examples are run: every docstring of the package is a test."""
    text = inspect.getdoc(found(name))
    assert text
    assert text.splitlines()[0].endswith((".", ":")), "the first line is a sentence"
    assert ">>> " in text


@pytest.mark.parametrize("name", [*PUBLIC, *OFFERED])
def test_each_method_says_what_it_does(name):
    thing = found(name)
    if not inspect.isclass(thing):
        return
    for attribute, value in vars(thing).items():
        plain = value.fget if isinstance(value, property) else getattr(value, "func", value)
        if not attribute.startswith("_") and inspect.isfunction(plain) and plain.__module__.startswith("outcomegap"):
            assert inspect.getdoc(getattr(thing, attribute)), f"{name}.{attribute}"


@pytest.mark.parametrize("name", ["Skorer", "AllOff", "_secret", "scorer"])
def test_a_name_that_is_not_there(name):
    with pytest.raises(AttributeError, match=f"{name}$"):
        found(name)
    assert not hasattr(og, name)


HEAVY = {
    *("pandas", "polars", "pyarrow", "duckdb", "narwhals", "networkx", "cattrs", "oxidd", "click", "tomli_w", "yaml"),
    *("hypothesis", "tqdm", "matplotlib", "jinja2", "sqlglot", "scipy", "sklearn", "openpyxl", "numpy", "attr"),
}


def loaded_by(code):
    """Which of the heavy modules a fresh interpreter holds after some code."""
    command = [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return HEAVY & {name.partition(".")[0] for name in done.stdout.split()}


BUILD = """
import outcomegap as og
step = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4)
suits = og.Expectation("reply", og.Measure("hours"), floor=48, target=24)
outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=step), og.AppropriateExperience("how", expects=suits))
model = og.OutcomeModel("phone", desired_outcomes=[outcome])
"""
SCORE = "scorer = og.Scorer(model)\nscorer.score({'calls': [1, 2], 'hours': [30, None]}).desired\n"


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        ("import outcomegap", set()),
        ("import outcomegap as og; og.__version__; dir(og)", set()),
        ("import outcomegap as og; og.DataError", {"attr"}),
        (BUILD + "og.check(model); model.fingerprint", {"attr", "numpy"}),
        (BUILD + SCORE, {"attr", "numpy"}),
        (BUILD + "og.Scorer(model).score_one({'calls': 1})", {"attr", "numpy"}),
    ],
)
def test_only_what_is_used_is_loaded(code, needed):
    assert loaded_by(code) == needed
