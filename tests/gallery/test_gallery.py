"""The example models: sound, quick to load, and saying what the texts behind them say."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys

import numpy as np
import pytest

import outcomegap as og
from outcomegap.graph import success_graph, to_mermaid
from tests.docs.pages import ROOT

NAMES = ("airline", "airline-fitted", "email-marketing", "email-validation", "telco", "telco-fitted")
SIX_GAPS = {
    "list is built",
    "copy persuades",
    "call to action is strong",
    "subject line convinces",
    "landing page converts",
    "offer is irresistible",
}


@pytest.fixture(scope="module", params=NAMES)
def model(request):
    return og.gallery.load(request.param)


def test_names():
    assert og.gallery.names() == NAMES


@pytest.mark.parametrize(
    "name", ["email_marketing", "E-mail marketing".replace("E-mail", "email"), "email-marketing.toml"]
)
def test_other_spellings(name):
    assert og.gallery.load(name) == og.gallery.load("email-marketing")


def test_an_unknown_name():
    with pytest.raises(og.ModelError, match=r"no example model 'airlne' \(did you mean 'airline'\?\)"):
        og.gallery.load("airlne")
    with pytest.raises(
        og.ModelError,
        match="known: 'airline', 'airline-fitted', 'email-marketing', 'email-validation', 'telco', 'telco-fitted'",
    ):
        og.gallery.text("../errors")
    with pytest.raises(og.ModelError, match="no example model 3"):
        og.gallery.path(3)


def test_the_file_is_the_model(model):
    name = {m.name: n for n, m in ((n, og.gallery.load(n)) for n in NAMES)}[model.name]
    assert og.load(og.gallery.path(name)) == model
    assert og.loads(og.gallery.text(name)) == model
    assert og.loads(og.dumps(model, "json"), "json") == model


#: What people are told of a model, though it is meant so: one measure, and two steps of opposite directions.
TOLD = {"Household telecommunications, fitted": ["opposite-directions"]}


def test_nothing_to_find(model):
    assert [finding.rule for finding in og.check(model)] == TOLD.get(model.name, [])


def test_every_step_says_who_and_what(model):
    assert all(step.owner and step.remedy for step in model.steps)
    assert all(m.low is not None for m in model.measures)
    assert all(o.required.promised for o in model.desired_outcomes)


def test_stages_move(model):
    """What a customer wants is not the same in every stage."""
    stages = model.stage_names
    for segment in model.segment_names:
        graphs = [success_graph(model, segment=segment, stage=stage) for stage in stages]
        said = [(dict(g.nodes(data=True)), {(a, b): d for a, b, d in g.edges(data=True)}) for g in graphs]
        assert all(said[i] != said[i + 1] for i in range(len(said) - 1)), segment


def test_loading_reads_one_small_file():
    code = (
        "import sys, outcomegap as og; og.gallery.load('email-marketing');"
        "print([m for m in ('networkx', 'pandas', 'polars', 'oxidd', 'hypothesis') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_email_marketing_has_all_six_gaps():
    model = og.gallery.load("email-marketing")
    gaps = {step.name for step in model.steps if isinstance(step, og.SuccessGap)}
    assert gaps == SIX_GAPS
    assert any(isinstance(step, og.ProductFunction) for step in model.steps)
    graph = success_graph(model, segment="startup", stage="scaling")
    chain = ["campaigns are sent", "e-mails are delivered", "subject line convinces", "call to action is strong"]
    assert all(graph.has_edge(a, b) for a, b in itertools.pairwise(chain))
    assert {o.required for o in model.desired_outcomes} == {model.desired_outcomes[0].required}


@pytest.fixture(scope="module")
def validation():
    return og.gallery.load("email-validation")


def wanted_by(model, segment):
    """Return measures as everything this segment wants in every stage, and nothing that only others want."""
    row = {}
    for outcome in model.desired_outcomes:
        side = [step for step in model.steps if step.side == "required"]
        wishes = outcome.experience.expects.children
        mine = segment in outcome.segments
        for step in (*side, *wishes):
            floor, targets = step.floor, step.target if isinstance(step.target, og.model.PerCell) else [step.target]
            best = max(targets) if max(targets) > floor else min(targets)
            row[step.measure.name] = best if mine or step in side else floor
    return row


@pytest.mark.parametrize("stage", ["early", "growing", "established"])
def test_same_required_outcome_other_experience(validation, stage):
    """Everything a start-up wants is there, and nothing that an enterprise wants."""
    row = wanted_by(validation, "startup")
    scorer = og.Scorer(validation)
    startup = scorer.score_one({"segment": "startup", "stage": stage, **row})
    enterprise = scorer.score_one({"segment": "enterprise", "stage": stage, **row})
    assert (startup.required, startup.experience, startup.desired, startup.state) == (1, 1, 1, "successful")
    assert (enterprise.required, enterprise.experience, enterprise.state) == (1, 0, "tolerating")
    parts = scorer.score({name: [value] for name, value in {"segment": "enterprise", "stage": stage, **row}.items()})
    values = np.asarray(parts.attribution().values)[0]
    six = values[values > 0]
    assert six == pytest.approx([1 / 6] * 6, abs=1e-12)


def test_both_share_the_required_outcome(validation):
    startup, enterprise = validation.desired_outcomes
    assert startup.required == enterprise.required
    assert len(enterprise.experience.expects.children) == 6
    assert len(set(enterprise.experience.expects.weights)) == 1
    assert not set(startup.experience.expects.children) & set(enterprise.experience.expects.children)


def test_airline_columns(shared_data):
    """Every measure is a column of the survey, ratings of 0 are missing, and every passenger has a cell."""
    model = og.gallery.load("airline")
    done = og.read_customers(model, shared_data / "airline.csv.gz")
    frame = done.frame
    assert len(frame) == 103_904
    raw = np.genfromtxt(shared_data / "airline.csv.gz", delimiter=",", names=True, dtype=None, encoding="utf-8")
    for measure in model.measures:
        values = np.asarray(frame[measure.name], dtype=float)
        if measure.unit == "points":
            assert np.array_equal(np.isnan(values), raw[measure.name] == 0)
        assert np.nanmin(values) >= measure.low
    assert set(frame["segment"]) == set(model.segment_names)
    assert set(frame["stage"]) == set(model.stage_names)
    assert [s.name for s in model.segments if not s.ideal] == ["personal, economy"]


def test_airline_late_is_worse():
    model = og.gallery.load("airline")
    graph = success_graph(model)
    for name in ("flight arrives in time", "no long wait at the gate"):
        assert all(
            success_graph(model, segment=s).nodes[name]["floor"] > graph.nodes[name]["target"]
            for s in model.segment_names
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_on_the_page_is_the_graph(name):
    """The page says which graph, in a comment before the picture: <!-- graph: {"segment": "startup"} -->."""
    places = (ROOT / "docs" / "gallery" / f"{name}.md", ROOT / "docs" / f"{name}.md")
    page = next(place for place in places if place.exists()).read_text(encoding="utf-8")
    found = re.findall(r"<!-- graph: (\{.*?\}) -->\n```mermaid\n(.*?)\n```", page, re.DOTALL)
    assert found
    for asked, picture in found:
        assert picture == to_mermaid(success_graph(og.gallery.load(name), **json.loads(asked)))
