"""The scorer: options, kinds of frames, who is who, threads, pickling."""

from __future__ import annotations

import io
import pickle
import sys
import threading
import warnings

import numpy as np
import pytest

import outcomegap as og
from outcomegap.model import AllOf, AtLeast, Inputs, Threshold, per_cell
from outcomegap.scoring.scorer import LONG, progress_bar
from outcomegap.testing import random_model, random_rows
from tests.frames.kinds import KINDS, make
from tests.model.make import gap, model_of

MODEL = model_of(AllOf(gap("list", target=4), gap("two")), segments=["a", "b"])
COLUMNS = {"id": ["p", "q", "r"], "segment": ["a", "b", "a"], "list": [1.0, None, 3.0], "two": [1, 1, 0]}
COLUMNS |= {"API": [0.5, 0.5, None]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "int8"}, "Scorer: dtype must be one of ('float64', 'float32') (got 'int8')"),
        ({"dtype": "f8"}, "Scorer: dtype must be one of ('float64', 'float32') (got 'f8')"),
        ({"threads": 0}, "Scorer: threads must be a positive whole number or None (got 0)"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(og.ModelError) as caught:
        og.Scorer(MODEL, **options)
    assert caught.value.findings[0].rule == next(iter(options))


def test_options_that_can_be():
    assert og.Scorer(MODEL).engine.dtype == np.float64
    assert og.Scorer(MODEL, dtype=np.dtype("float32")).score(COLUMNS).desired.dtype == np.float32
    assert og.Scorer(MODEL, threads=1).engine.threads == 1


def test_a_model_with_errors_is_refused_with_all_of_them():
    broken = model_of(gap("list", target=per_cell(1, {"x": 2, "y": 2})), segments=["a"])
    with pytest.raises(og.ModelError, match="model 'm' cannot be scored: 2 problems") as caught:
        og.Scorer(broken)
    assert [finding.rule for finding in caught.value.findings] == ["per-cell-key"] * 2


def test_what_it_hands_out():
    scorer = og.Scorer(MODEL)
    assert scorer.model is MODEL
    assert scorer.compiled.model is MODEL
    assert scorer.engine.compiled is scorer.compiled
    assert repr(scorer) == "<Scorer 'm': 3 steps, 2 cells>"
    assert scorer.score(COLUMNS).scorer is scorer


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_frame_gives_the_same_scores(kind):
    scorer = og.Scorer(MODEL)
    one, other = scorer.score(COLUMNS), scorer.score(make(kind, COLUMNS))
    for name in ("required", "experience", "desired", "low", "high", "coverage"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    assert one.state.tolist() == other.state.tolist()
    assert other.required.tolist() == [0.25, 0.5, 0.0]
    assert list(other.id) == ["p", "q", "r"]


# --- who is who ------------------------------------------------------------------------------------------------------


def ids(table, model=MODEL, **options):
    return list(og.Scorer(model).score(COLUMNS | table, **options).id)


def test_the_column_that_names_customers():
    assert ids({}) == ["p", "q", "r"]
    assert ids({"customer": ["x", "y", "z"]}) == ["x", "y", "z"]
    named = model_of(AllOf(gap("list"), gap("two")), segments=["a", "b"], inputs=Inputs(id="Kunde"))
    assert ids({"customer": ["x", "y", "z"], "Kunde": [1, 2, 3]}, named) == [1, 2, 3]
    assert ids({"customer": ["x", "y", "z"]}, named) == ["x", "y", "z"]
    assert ids({"customer": ["x", "y", "z"], "own": [7, 8, 9]}, id="own") == [7, 8, 9]


def test_a_column_of_names_that_is_not_there():
    with pytest.raises(og.DataError) as caught:
        ids({"customer_id": [1, 2, 3]}, id="customerid")
    (problem,) = caught.value.problems
    assert (problem.rule, problem.column, problem.suggestion) == ("missing-column", "customerid", "customer_id")
    assert str(caught.value) == (
        "model 'm' cannot score this frame: there is no column 'customerid' (did you mean 'customer_id'?) [missing-column]"
    )
    # Together with what else is not there.
    with pytest.raises(og.DataError) as caught:
        og.Scorer(MODEL).score({"two": [1.0]}, id="nobody")
    assert [problem.column for problem in caught.value.problems] == ["segment", "list", "API", "nobody"]


# --- threads, pickling -----------------------------------------------------------------------------------------------


def test_many_threads_may_share_one():
    model = random_model(7, max_steps=12, max_cells=9)
    scorer = og.Scorer(model)
    tables = [random_rows(seed, model, 50) for seed in range(8)]
    alone = [scorer.score(table) for table in tables]
    found: dict[int, list[tuple[bytes, bytes]]] = {}

    def work(number):
        found[number] = []
        for _ in range(10):
            scores = scorer.score(tables[number])
            found[number].append((scores.desired.tobytes(), scores.attribution().values.tobytes()))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, scores in enumerate(alone):
        assert found[number] == [(scores.desired.tobytes(), scores.attribution().values.tobytes())] * 10


@pytest.mark.parametrize("options", [{}, {"dtype": "float32", "threads": 3}])
def test_it_is_picklable_and_small(options):
    scorer = og.Scorer(model_of(AtLeast(20, *(gap(f"s{i}") for i in range(40)))), **options)
    text = pickle.dumps(scorer)
    # The model alone: generated code and diagrams are made again.
    assert len(text) < len(pickle.dumps(scorer.model)) + 300
    copy = pickle.loads(text)
    assert copy.model == scorer.model
    assert (copy.engine.dtype, copy.engine.threads) == (scorer.engine.dtype, scorer.engine.threads)
    table = {f"s{i}": [i / 40] for i in range(40)} | {"API": [1.0]}
    assert copy.score(table).desired.tobytes() == scorer.score(table).desired.tobytes()


def test_gaps_in_the_data_raise_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(10):
            model = random_model(seed, max_steps=8, columns=True)
            scores = og.Scorer(model).score(random_rows(seed, model, 20))
            scores.attribution()
            scores.unknown()


def test_scoring_twice_is_scoring_once():
    scorer = og.Scorer(MODEL)
    first = scorer.score(COLUMNS)
    kept = first.desired.copy()
    scorer.score(COLUMNS | {"list": [4.0, 4.0, 4.0]})
    assert first.desired.tobytes() == kept.tobytes()
    assert scorer.score(COLUMNS).desired.tobytes() == kept.tobytes()


def test_one_customer_is_scored_as_many_are():
    scorer = og.Scorer(MODEL)
    scores = scorer.score(COLUMNS)
    for row in range(3):
        one = scorer.score_one({name: values[row] for name, values in COLUMNS.items()})
        assert one.desired == scores.desired[row] or (np.isnan(one.desired) and np.isnan(scores.desired[row]))
        assert one.state == scores.state[row]


def test_a_bar_is_shown_where_it_is_asked_for(capsys):
    og.Scorer(MODEL).score(COLUMNS, progress=True)
    assert capsys.readouterr().out == ""
    og.Scorer(MODEL).score(COLUMNS)
    assert capsys.readouterr().err == ""


# A progress bar where somebody is watching


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("screen", "total", "show", "there"), [
    (io.StringIO, LONG, None, False), (Screen, LONG - 1, None, False), (Screen, LONG, None, True),
    (Screen, LONG, False, False), (Screen, 10, True, True),
])  # fmt: skip
def test_a_bar_is_shown_on_a_terminal_for_many_customers_only(monkeypatch, screen, total, show, there):
    monkeypatch.setattr(sys, "stderr", screen())
    with progress_bar(total, show=show) as advance:
        assert (advance is not None) == there
        if there:
            advance(total // 2)
    assert ("customers" in sys.stderr.getvalue()) == there


@pytest.mark.parametrize(("reached", "threshold"), [(7.0, 0.7), (3.0, 0.3), (6.0, 0.6), (9.0, 0.9)])
def test_single_precision_gives_the_same_state_at_a_threshold(reached, threshold):
    made = og.SuccessGap("made", og.Measure("made"), floor=0, target=10)
    suits = og.Expectation("suits", og.Measure("suits"), floor=0, target=10)
    parts = og.RequiredOutcome("what", needs=made), og.AppropriateExperience("how", expects=suits)
    outcome = og.DesiredOutcome(*parts, achieved_at=threshold, appropriate_at=threshold)
    model = og.OutcomeModel("m", desired_outcomes=[outcome])
    below = np.nextafter(reached, 0) - 1e-7
    rows = {"made": [reached, reached, below, 10, None], "suits": [10, reached, 10, below, 10]}
    expected = ["successful", "successful", "failing", "tolerating", "uncertain"]
    for dtype in ("float64", "float32"):
        assert og.Scorer(model, dtype=dtype).score(rows).state.tolist() == expected


@pytest.mark.parametrize("at", [0.1, 0.3, 0.7, 0.9])
def test_single_precision_takes_the_same_side_of_a_jump(at):
    made = og.SuccessGap("made", og.Measure("made"), floor=0.1, target=1.1, curve=Threshold(at))
    suits = og.Expectation("suits", og.Measure("suits"), floor=0, target=1)
    outcome = og.DesiredOutcome(og.RequiredOutcome("what", needs=made), og.AppropriateExperience("how", expects=suits))
    model = og.OutcomeModel("m", desired_outcomes=[outcome])
    values = 0.1 + np.linspace(at - 1e-9, at + 1e-9, 101)
    rows = {"made": values, "suits": np.ones(101)}
    wide, narrow = (og.Scorer(model, dtype=dtype).score(rows).required for dtype in ("float64", "float32"))
    assert wide.tolist() == narrow.tolist()
    assert set(wide.tolist()) == {0.0, 1.0}
