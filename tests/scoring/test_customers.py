"""Bad data: each problem says where, what and what to do; all at once; the other rows are scored as ever."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.errors import SHOWN
from outcomegap.model import AllOf, Measure, OutcomeModel, column, per_cell
from outcomegap.scoring.customers import PIECE, extremes
from tests.frames.kinds import make
from tests.model.make import desired, gap, model_of

KINDS = ("dict", "pandas", "polars", "pyarrow")
INF = math.inf

MODEL = model_of(
    AllOf(gap("list", measure=Measure("list", low=0, high=10, unit="contacts"), target=column("own")), gap("two")),
    segments=["startup", "enterprise"],
    stages=["trial", "use"],
)
SCORER = og.Scorer(MODEL)
GOOD: dict[str, list[Any]] = {
    "segment": ["startup", "enterprise", "startup"],
    "stage": ["trial", "use", "use"],
    "list": [1.0, 2.0, 3.0],
    "two": [0.5, 0.25, 1.0],
    "API": [1.0, 0.5, None],
    "own": [5.0, 6.0, 7.0],
}


def frame(kind: str, **columns: Any) -> Any:
    return make(kind, {name: values for name, values in (GOOD | columns).items() if values is not None})


def refused(customers: Any, scorer: og.Scorer = SCORER, **options: Any) -> og.DataError:
    with pytest.raises(og.DataError) as caught:
        scorer.score(customers, **options)
    return caught.value


def rows_of(kind: str, rows: list[int], **columns: Any) -> Any:
    return make(kind, {name: [values[row] for row in rows] for name, values in (GOOD | columns).items()})


#: Columns -> the one problem there is: rule, column, value, rows, nearest name, and what is said.
BAD = {
    "an unknown segment": (
        {"segment": ["startup", "enterprize", "enterprize"]},
        ("unknown-segment", "segment", "enterprize", (1, 2), "enterprise"),
        "column 'segment' holds segment 'enterprize', which the model does not have (did you mean 'enterprise'?)",
    ),
    "an unknown stage that is like none": (
        {"stage": ["trial", "use", "zzzzzz"]},
        ("unknown-stage", "stage", "zzzzzz", (2,), None),
        "column 'stage' holds stage 'zzzzzz', which the model does not have (known: 'trial', 'use')",
    ),
    "no segment": (
        {"segment": [None, "enterprise", "  "]},
        ("missing-segment", "segment", None, (0, 2), None),
        "column 'segment' is empty; every customer needs a segment (2 rows: 0, 2)",
    ),
    "no stage": (
        {"stage": ["trial", None, "use"]},
        ("missing-stage", "stage", None, (1,), None),
        "column 'stage' is empty; every customer needs a stage (1 row: 1)",
    ),
    "text where a number belongs": (
        {"list": [None, "12", "many"]},
        ("not-a-number", "list", "12", (1, 2), None),
        "column 'list' must hold numbers (got '12'); leave a missing value empty (2 rows: 1, 2)",
    ),
    "text where the customer's own number belongs": (
        {"own": ["x", None, "y"]},
        ("not-a-number", "own", "x", (0, 2), None),
        "column 'own' must hold numbers (got 'x'); leave a missing value empty (2 rows: 0, 2)",
    ),
    "too low": (
        {"list": [1.0, -0.5, -2.0]},
        ("out-of-range", "list", -0.5, (1, 2), None),
        "column 'list' holds -0.5 contacts, below 0, the least that 'list' can be (2 rows: 1, 2)",
    ),
    "too high": (
        {"list": [1.0, 10.0, 10.5]},
        ("out-of-range", "list", 10.5, (2,), None),
        "column 'list' holds 10.5 contacts, above 10, the most that 'list' can be (1 row: 2)",
    ),
    "infinities": (
        {"two": [0.5, INF, -INF]},
        ("infinite", "two", INF, (1, 2), None),
        "column 'two' holds an infinite number; leave a missing value empty (2 rows: 1, 2)",
    ),
    "an infinity where there are limits": (
        {"list": [-INF, 1.0, INF]},
        ("infinite", "list", -INF, (0, 2), None),
        "column 'list' holds an infinite number; leave a missing value empty (2 rows: 0, 2)",
    ),
    "an infinity of the customer's own": (
        {"own": [5.0, INF, 5.0]},
        ("infinite", "own", INF, (1,), None),
        "column 'own' holds an infinite number; leave a missing value empty (1 row: 1)",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", BAD)
def test_one_problem(kind, case):
    columns, (rule, where, value, rows, suggestion), message = BAD[case]
    error = refused(frame(kind, **columns))
    assert str(error) == f"model 'm' cannot score this frame: {message} [{rule}]"
    (problem,) = error.problems
    assert problem.message == message
    assert (problem.rule, problem.column, problem.value) == (rule, where, value)
    assert (problem.rows, problem.count, problem.suggestion) == (rows, len(rows), suggestion)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", BAD)
def test_set_aside_scores_the_others_as_if_they_stood_alone(kind, case):
    columns, (_, _, _, bad, _), message = BAD[case]
    if any(isinstance(value, str) for value in columns.get("list", []) + columns.get("own", [])):
        columns = {name: [None if isinstance(v, str) else v for v in values] for name, values in columns.items()}
        kind, spoilt = "dict", BAD[case][0]
    else:
        spoilt = columns
    scores = SCORER.score(frame(kind, **spoilt), on_bad="set_aside")
    assert [problem.message for problem in scores.problems] == [message]
    good = [row for row in range(3) if row not in bad]
    alone = SCORER.score(rows_of(kind, good, **columns))
    assert len(scores) == 3
    for name in ("desired", "required", "experience", "low", "high", "required_low", "coverage", "gap"):
        whole = getattr(scores, name)
        assert whole[good].tobytes() == getattr(alone, name).tobytes(), name
        assert np.isnan(whole[list(bad)]).all(), name
    assert scores.state[good].tolist() == alone.state.tolist()
    assert all(state is None for state in scores.state[list(bad)])
    assert scores.attribution().values[good].tobytes() == alone.attribution().values.tobytes()
    assert np.isnan(scores.attribution().values[list(bad)]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_column(kind):
    error = refused(frame(kind, list=None, List=[1.0, 2.0, 3.0], own=None))
    assert [problem.to_dict() for problem in error.problems] == [
        {
            "rule": "missing-column",
            "message": "there is no column 'list' (did you mean 'List'?)",
            "column": "list",
            "value": None,
            "rows": [],
            "count": 0,
            "suggestion": "List",
        },
        {
            "rule": "missing-column",
            "message": "there is no column 'own' (known: 'segment', 'stage', 'two', 'API', 'List')",
            "column": "own",
            "value": None,
            "rows": [],
            "count": 0,
            "suggestion": None,
        },
    ]
    # Of the frame as a whole, not of some rows: nothing is left to score.
    assert refused(frame(kind, list=None), on_bad="set_aside").problems[0].rule == "missing-column"


@pytest.mark.parametrize("kind", KINDS)
def test_missing_segment_and_stage_columns(kind):
    error = refused(frame(kind, segment=None, stage=None))
    assert [problem.column for problem in error.problems] == ["segment", "stage"]
    error = refused(frame(kind), segment="Segment")
    assert str(error).endswith("there is no column 'Segment' (did you mean 'segment'?) [missing-column]")
    renamed = frame(kind, segment=None, Plan=GOOD["segment"], stage=None, Phase=GOOD["stage"])
    assert SCORER.score(renamed, segment="Plan", stage="Phase").desired[0] == pytest.approx(0.1)


DUPLICATES = {
    "pandas": lambda: pd.DataFrame([[1.0, 2.0]], columns=["list", "list"]),
    "pyarrow": lambda: pa.table([[1.0], [2.0]], names=["list", "list"]),
    "records": lambda: [{"1": 1.0, 1: 2.0}],
}


@pytest.mark.parametrize("kind", DUPLICATES)
def test_two_columns_of_one_name(kind):
    (problem,) = refused(DUPLICATES[kind]()).problems
    name = "1" if kind == "records" else "list"
    assert (problem.rule, problem.column) == ("duplicate-column", name)
    assert problem.message == f"2 columns of the {kind} frame are called {name!r}; rename or drop one"


EMPTY = {"dict": dict, "pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": lambda: pa.table({})}


@pytest.mark.parametrize("kind", EMPTY)
def test_a_frame_without_columns(kind):
    (problem,) = refused(EMPTY[kind]()).problems
    assert problem.rule == "no-columns"
    assert problem.message == f"the {kind} frame has no columns; give one column a measure"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("on_bad", ["raise", "set_aside"])
def test_a_frame_without_rows(kind, on_bad):
    scores = SCORER.score(rows_of(kind, []), on_bad=on_bad)
    assert len(scores) == 0
    assert scores.desired.shape == (0,)
    assert scores.problems == ()
    assert scores.attribution().values.shape == (0, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_one_row(kind):
    scores = SCORER.score(rows_of(kind, [1]))
    assert scores.desired.tolist() == [pytest.approx(1 / 3 * 0.25 * 0.5)]
    assert scores.state.tolist() == ["failing"]


@pytest.mark.parametrize("kind", KINDS)
def test_all_values_missing(kind):
    scores = SCORER.score(frame(kind, **{name: [None] * 3 for name in ("list", "two", "API", "own")}))
    assert scores.problems == ()
    assert scores.coverage.tolist() == [0, 0, 0]
    assert np.isnan(scores.desired).all()
    assert scores.state.tolist() == ["uncertain"] * 3
    assert (scores.low.tolist(), scores.high.tolist()) == ([0] * 3, [1] * 3)


def test_what_is_no_frame():
    for nothing in (5, "list", None, [1, 2]):
        assert refused(nothing).problems[0].rule == "not-a-frame"


def test_columns_of_different_length():
    problem = refused({"list": [1.0, 2.0], "two": [1.0]}).problems[0]
    assert problem.rule == "ragged-columns"
    assert problem.message.startswith("columns differ in length: 'list' has 2 rows, 'two' has 1")


def test_a_word_that_on_bad_does_not_know():
    error = refused(frame("dict"), on_bad="ignore")
    assert [(problem.rule, problem.column, problem.value) for problem in error.problems] == [
        ("unknown-value", "on_bad", "ignore")
    ]


# --- all at once -----------------------------------------------------------------------------------------------------

MANY = {
    "segment": ["startup", "enterprize", None, "startup", "startup", "enterprise", "startup", "pro"],
    "stage": ["trial", "use", "use", "using", "use", "trial", "use", "use"],
    "list": [1.0, 2.0, 3.0, 4.0, 11.0, -1.0, INF, "ten"],
    "two": [0.5] * 8,
    "API": [1.0] * 8,
    "own": [0.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
}


def test_every_problem_is_told_at_once():
    error = refused(MANY)
    found = [(p.rule, p.column, p.rows) for p in error.problems]
    assert found == [
        ("not-a-number", "list", (7,)),
        ("infinite", "list", (6,)),
        ("out-of-range", "list", (5,)),
        ("out-of-range", "list", (4,)),
        ("unknown-segment", "segment", (1,)),
        ("unknown-segment", "segment", (7,)),
        ("missing-segment", "segment", (2,)),
        ("unknown-stage", "stage", (3,)),
    ]
    lines = str(error).splitlines()
    assert lines[0] == "model 'm' cannot score this frame: 8 problems"
    assert lines[1:] == [f"  {problem}" for problem in error.problems]
    scores = SCORER.score(MANY, on_bad="set_aside")
    assert scores.problems == error.problems
    assert np.isnan(scores.desired[1:]).all()


def test_rows_with_several_problems_are_set_aside_once():
    scores = SCORER.score(frame("dict", list=[11.0, 2.0, 3.0], two=[INF, 0.25, 1.0]), on_bad="set_aside")
    assert len(scores.problems) == 2
    assert np.isnan(scores.required).tolist() == [True, False, False]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["good", "segment", "text", "range", "infinite"]), min_size=1, max_size=12))
def test_whatever_is_set_aside_the_rest_is_bitwise_the_same(kinds):
    n = len(kinds)
    columns = {name: [GOOD[name][row % 3] for row in range(n)] for name in GOOD}
    clean = {name: list(values) for name, values in columns.items()}
    spoil = {
        "segment": ("segment", "nobody"),
        "text": ("two", "x"),
        "range": ("list", 99.0),
        "infinite": ("API", INF),
    }
    for row, what in enumerate(kinds):
        if what != "good":
            columns[spoil[what][0]][row] = spoil[what][1]
    scores, whole = SCORER.score(columns, on_bad="set_aside"), SCORER.score(clean)
    good = np.array([what == "good" for what in kinds])
    assert scores.desired[good].tobytes() == whole.desired[good].tobytes()
    assert scores.low[good].tobytes() == whole.low[good].tobytes()
    assert np.isnan(scores.desired[~good]).all()
    assert {row for problem in scores.problems for row in problem.rows} == set(np.flatnonzero(~good))


def test_long_lists_are_cut_short_and_counted():
    n = 100
    columns = {name: [GOOD[name][0]] * n for name in GOOD} | {"list": [11.0] * n, "segment": ["nobody"] * n}
    high, unknown = refused(columns).problems
    assert high.message.endswith("(100 rows: 0, 1, 2, 3, 4, ...)")
    for problem in (high, unknown):
        assert (problem.count, problem.rows) == (n, tuple(range(SHOWN)))
    # As many problems as there are unknown names; the message lists the first of them.
    columns = {name: [GOOD[name][0]] * n for name in GOOD} | {"segment": [f"s{row}" for row in range(n)]}
    error = refused(columns)
    assert len(error.problems) == n
    assert str(error).endswith(f"\n  ... and {n - SHOWN} more")
    assert len(str(error).splitlines()) == 1 + SHOWN + 1


def test_a_long_value_is_cut_short():
    error = refused(frame("dict", segment=["x" * 5000, "startup", "startup"], two=["y" * 5000, 1.0, 1.0]))
    assert max(len(problem.message) for problem in error.problems) < 400


# --- cells -----------------------------------------------------------------------------------------------------------

GOALS = OutcomeModel(
    "m",
    desired_outcomes=[desired(name="sell"), desired(gap("two"), name="learn", segments=["a"])],
    segments=["a", "b"],
)


def test_goals_are_read_and_each_cell_is_found():
    table = {"segment": ["a", "a", "b"], "goal": ["sell", "learn", "sell"], "list": [0.5] * 3, "two": [0.25] * 3}
    scores = og.Scorer(GOALS).score(table | {"API": [1.0] * 3})
    assert [str(GOALS.cells[cell]) for cell in scores.cell] == ["a/all/sell", "a/all/learn", "b/all/sell"]
    assert scores.desired.tolist() == [0.5, 0.25, 0.5]


@pytest.mark.parametrize("kind", KINDS)
def test_a_goal_that_the_segment_does_not_have(kind):
    table = {"segment": ["b", "a", "b"], "goal": ["learn", "learn", "sell"], "list": [0.5] * 3, "two": [0.25] * 3}
    scorer = og.Scorer(GOALS)
    (problem,) = refused(make(kind, table | {"API": [1.0] * 3}), scorer).problems
    assert (problem.rule, problem.column, problem.rows) == ("no-such-cell", "goal", (0,))
    assert problem.message == "the model has no desired outcome for segment 'b', goal 'learn' (1 row: 0)"
    table["goal"] = [None, "lern", "sell"]
    found = refused(make(kind, table | {"API": [1.0] * 3}), scorer).problems
    assert [(p.rule, p.rows, p.suggestion) for p in found] == [
        ("unknown-goal", (1,), "learn"),
        ("missing-goal", (0,), None),
    ]


def test_every_cell_of_a_large_model_is_found():
    segments, stages = [f"s{i}" for i in range(7)], [f"t{i}" for i in range(5)]
    target = per_cell(1, {f"{s}/{t}": 2 + 10 * i + j for i, s in enumerate(segments) for j, t in enumerate(stages)})
    scorer = og.Scorer(model_of(gap("list", target=target), segments=segments, stages=stages))
    pairs = [(s, t) for t in stages for s in segments]
    scores = scorer.score(
        {
            "segment": [s for s, _ in pairs],
            "stage": [t for _, t in pairs],
            "list": [1.0] * len(pairs),
            "API": [1.0] * len(pairs),
        }
    )
    assert [(c.segment, c.stage) for c in (scorer.model.cells[cell] for cell in scores.cell)] == pairs
    assert scores.required.tolist() == [1 / (2 + 10 * int(s[1:]) + int(t[1:])) for s, t in pairs]


def test_numbers_may_name_segments():
    scorer = og.Scorer(model_of(segments=["1", "2"]))
    table = {"list": [1.0, 1.0], "API": [1.0, 1.0]}
    assert scorer.score(table | {"segment": [2, 1]}).cell.tolist() == [1, 0]
    assert scorer.score(table | {"segment": np.array([2.0, 1.0])}).cell.tolist() == [1, 0]


def test_no_column_is_needed_where_nothing_is_declared():
    assert og.Scorer(model_of()).score({"list": [0.5], "API": [1.0]}).desired.tolist() == [0.5]


# --- own floors and targets ------------------------------------------------------------------------------------------


def test_own_ends_are_compared_in_the_cells_that_use_them():
    step = gap("list", floor=per_cell(3, {"a": column("from")}), target=per_cell(5, {"b": column("to")}))
    scorer = og.Scorer(model_of(step, segments=["a", "b"]))
    table = {"list": [4.0] * 4, "API": [1.0] * 4, "segment": ["a", "a", "b", "b"]}
    table |= {"from": [5.0, 3.0, 5.0, 3.0], "to": [5.0, 5.0, 3.0, None]}
    # The first customer's floor is 5 as the target is; the third one's target is 3 as the floor is.
    scores = scorer.score(table)
    assert scores.problems == ()
    assert scores.attainment().observed[:, 0].tolist() == [False, True, False, False]
    (note,) = scores.notes
    assert note.endswith('missing there, as nobody says which is better: say better = "more" or "less" (2 rows: 0, 2)')
    told = [str(scores.by()), scores.worklist().text()]
    assert all("say better" in " ".join(each.split()) for each in told)


def test_own_targets_on_both_sides_of_a_floor_are_told_unless_somebody_says_which_is_better():
    table = {"list": [6.0, 6.0, 6.0], "API": [1.0] * 3, "to": [8.0, 4.0, None]}
    scores = og.Scorer(model_of(gap("list", floor=5, target=column("to")))).score(table)
    (note,) = scores.notes
    assert "less is better for some (1 row: 1), and more for others" in note
    said = gap("list", floor=5, target=column("to"), better="more")
    (note,) = og.Scorer(model_of(said)).score(table).notes
    assert note.endswith("attained where the target is reached (else list it in missing) (1 row: 1)")


def test_a_target_at_the_last_float_is_one_that_everybody_reaches():
    scores = SCORER.score(frame("dict", own=[-1.7976931348623157e308] * 3, list=[1.0, 0.0, 3.0]))
    place = [step.name for step in scores.model.steps].index("list")
    assert scores.attainment().values[:, place].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("kind", KINDS)
def test_an_own_target_at_the_floor_is_attained_where_it_is_reached(kind):
    scores = SCORER.score(frame(kind, own=[5.0, 0.0, 0.0], list=[1.0, 0.0, 3.0]))
    assert scores.problems == ()
    place = [step.name for step in scores.model.steps].index("list")
    assert scores.attainment().values[:, place].tolist() == [0.2, 1.0, 1.0]
    (note,) = scores.notes
    assert note.endswith("attained where the target is reached (else list it in missing) (2 rows: 1, 2)")


def test_a_missing_own_end_is_a_missing_measure():
    scores = SCORER.score(frame("dict", own=[None, 6.0, 7.0]))
    assert scores.problems == ()
    assert scores.attainment().observed.tolist()[0] == [False, True, True]


# --- extremes --------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e9, 1e9) | st.just(math.nan), max_size=30))
def test_extremes(values):
    least, most, gaps = extremes(np.array(values, dtype=np.float64))
    known = [x for x in values if not math.isnan(x)]
    assert gaps == (len(known) < len(values))
    if known:
        assert (least, most) == (min(known), max(known))
    else:
        assert math.isnan(least)
        assert math.isnan(most)


@pytest.mark.parametrize("place", [0, PIECE - 1, PIECE, 3 * PIECE + 4])
def test_extremes_of_every_piece(place):
    values = np.zeros(3 * PIECE + 5)
    values[place] = 7
    assert extremes(values) == (0, 7, False)
    values[place] = -INF
    assert extremes(values) == (-INF, 0, False)
    values[place] = math.nan
    assert extremes(values) == (0, 0, True)
    values[:PIECE] = math.nan
    assert extremes(values) == (0, 0, True)


def test_the_frame_is_left_as_it_was():
    columns = {name: np.array(values) for name, values in (GOOD | {"list": [11.0, 1.0, 1.0]}).items()}
    before = {name: values.copy() for name, values in columns.items()}
    SCORER.score(columns, on_bad="set_aside")
    for name, values in columns.items():
        assert values.flags.writeable
        np.testing.assert_array_equal(values, before[name])
