"""Scores out of arrays: handed what a model's scores say, they say the same everywhere; and small ones by hand."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.present import one_customer, report
from outcomegap.scoring import STATES, Scores
from outcomegap.scoring.groups import plain_list
from outcomegap.testing import check_scorer, random_model, random_rows
from tests.frames.kinds import KINDS, listed, make
from tests.scoring.example import email_customers, email_model
from tests.scoring.outside import DESIRED, FRAME, GAIN, PARTS, REACHED, Outside, Small, handed_over, small
from tests.scoring.test_segments import assert_same, brute

GALLERY = og.gallery.names()
#: What the worklist says of data that are missing hangs on `unknown`, which scores from outside cannot say.
UNSAID = {"lacking", "lacking_column", "at_stake"}


def same_columns(one: Any, other: Any, *, but: set[str] = frozenset(), rows: Any = slice(None)) -> None:
    found, wanted = listed(one), listed(other)
    assert [name for name in found if name not in but] == [name for name in wanted if name not in but]
    for name in set(wanted) - set(but):
        was, now = np.array(wanted[name], dtype=object)[rows], np.array(found[name], dtype=object)[rows]
        if all(isinstance(value, (int, float, type(None))) for value in was.tolist()):
            np.testing.assert_allclose(now.astype(float), was.astype(float), rtol=0, atol=1e-12, err_msg=name)
        else:
            assert now.tolist() == was.tolist(), name


def whole(model: og.OutcomeModel) -> bool:
    """Tell whether each leaf stands in each cell: an outline cannot say otherwise."""
    return not model.goals and bool(og.Scorer(model).compiled.applies.all())


# -- the same as a model's own scores --------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [0, 0.2])
@pytest.mark.parametrize("name", GALLERY)
def test_gallery_models(name: str, missing: float) -> None:
    model = og.gallery.load(name)
    customers = og.simulate(model, 300, seed=4, missing=missing)
    agree(og.Scorer(model).score(customers))


@pytest.mark.parametrize("seed", [seed for seed in range(80) if not random_model(seed).goals][:40])
def test_invented_models(seed: int) -> None:
    model = random_model(seed)
    agree(og.Scorer(model).score(random_rows(seed, model, 40, missing=seed % 2 == 0) | {"id": list(range(40))}))


def test_enough_of_them_have_each_leaf_in_each_cell() -> None:
    models = [random_model(seed) for seed in range(80)]
    assert sum(whole(model) for model in models if not model.goals) > 20


def agree(scores: Scores) -> None:
    """Make sure that scores from outside say what the model's say, as far as an outline can."""
    table, model = scores._table, scores.model
    there = {name: table.values(name) for name in table.names}
    there["half"] = np.arange(len(scores)) % 2
    scores, other = scores.scorer.score(there), handed_over(scores, there)
    counts = set() if whole(model) else {"coverage", "met", "leaves", "steps", "missing", "goal"}
    sides = {"required_gap", "experience_gap"}  # sums of parts here: compared within what rounding makes of them
    scored = ~np.isnan(scores.desired)
    same_columns(other.to_frame(), scores.to_frame(), but=sides | counts)
    for name in sides:
        np.testing.assert_allclose(getattr(other, name)[scored], getattr(scores, name)[scored], rtol=0, atol=1e-9)
    axes = [axis for axis in ("segment", "stage") if getattr(model, f"{axis}s")]
    weights = np.arange(len(scores)) % 7
    for names in ([], axes, ["half"], [*axes, "half"]):
        for weight in (None, weights):
            one, two = other.by(*names, weight=weight), scores.by(*names, weight=weight)
            same_columns(one.to_frame(), two.to_frame(), but=sides | counts)
            if whole(model):
                same_columns(one.gaps_frame(), two.gaps_frame())
            for field in sides:
                np.testing.assert_allclose(one.to_frame()[field], two.to_frame()[field], rtol=0, atol=1e-9)
    assert other.order().tolist() == scores.order().tolist()
    assert other.order(weights).tolist() == scores.order(weights).tolist()
    # where the state is uncertain, the model's own point state says which side comes first
    sure = np.flatnonzero((scores.state != "uncertain")[scores.worklist().rows])
    top = min(3, len(model.leaves))
    mine, theirs = (each.worklist(value=weights, keep=["half"], top=top) for each in (other, scores))
    assert mine.rows.tolist() == theirs.rows.tolist()
    same_columns(mine.to_frame(), theirs.to_frame(), but=UNSAID | counts, rows=sure)
    parents = [f"P{number % 5}" for number in range(len(scores))]
    for how, weight in (("mean", None), ("weighted", weights), ("worst", None)):
        one, two = other.roll_up(parents, how, weight), scores.roll_up(parents, how, weight)
        same_columns(one.to_frame(), two.to_frame(), but=sides | {"state"})


@pytest.mark.parametrize("name", GALLERY)
def test_parents_are_in_the_state_of_their_means(name: str) -> None:
    model = og.gallery.load(name)
    customers = og.simulate(model, 100, seed=2, missing=0)
    scores = og.Scorer(model).score(customers)
    limits = {(o.achieved_at, o.appropriate_at) for o in model.desired_outcomes}
    if len(limits) > 1 or not all(isinstance(limit, float) for limit in next(iter(limits))):
        pytest.skip("thresholds differ between cells")
    achieved, appropriate = next(iter(limits))
    other = handed_over(scores, customers, state=None, achieved_at=achieved, appropriate_at=appropriate)
    assert other.state.tolist() == scores.state.tolist()
    parents = [f"P{number % 40}" for number in range(100)]
    assert other.roll_up(parents).state.tolist() == scores.roll_up(parents).state.tolist()


def test_leaves_read_off_the_frame_stand_where_the_models_do() -> None:
    """Per-cell targets, a target of the customer's own, and whatever is missing in each."""
    customers = email_customers(200, seed=3, missing=0.25)
    scores = og.Scorer(email_model()).score(customers)
    other = handed_over(scores, customers, attainment=None)
    np.testing.assert_array_equal(other.attainment().values, scores.attainment().values)
    known = scores.state != "uncertain"
    for one, two in zip(other.worklist(top=6), scores.worklist(top=6), strict=True):
        if known[customers["id"].index(one["id"])]:
            assert {n: v for n, v in one.items() if n not in UNSAID} == {
                n: v for n, v in two.items() if n not in UNSAID
            }
    for name in customers["id"][:40]:
        one, two = one_customer(other, name), one_customer(scores, name)
        facts = {gap.name: (gap.value, gap.floor, gap.target, gap.stands_at, gap.absent) for gap in two.gaps}
        assert str(
            {gap.name: (gap.value, gap.floor, gap.target, gap.stands_at, gap.absent) for gap in one.gaps}
        ) == str({gap.name: facts[gap.name] for gap in one.gaps})


def test_the_kit() -> None:
    assert check_scorer(Outside(email_model()), email_customers(60, seed=2)) == 19
    assert check_scorer(Outside(og.gallery.load("airline")), og.simulate(og.gallery.load("airline"), 60, seed=1)) >= 18


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), exact=st.booleans(), weighted=st.booleans())
def test_groups_of_any_arrays_equal_a_plain_loop(seed: int, exact: bool, weighted: bool) -> None:
    """No model makes these numbers: parts of any sign where they need not sum, leaves missing wherever they like."""
    rng = np.random.default_rng(seed)
    n, leaves = int(rng.integers(1, 25)), 3
    desired = np.where(rng.random(n) < 0.2, np.nan, rng.random(n))
    parts = rng.normal(size=(n, leaves))
    if exact:
        parts = rng.dirichlet(np.ones(leaves), n) * (1 - np.nan_to_num(desired))[:, None]
    gain = rng.random((n, leaves)) * (1 - np.nan_to_num(desired))[:, None]
    reached = np.where(rng.random((n, leaves)) < 0.3, np.nan, rng.integers(0, 3, (n, leaves)) / 2)
    names = [og.SuccessGap(f"g{number}", og.Measure(f"m{number}"), floor=0, target=1) for number in range(leaves)]
    scorer = Small(leaves=names, segments=["a", og.Segment("b", ideal=False)])
    frame = {"segment": rng.choice(["a", "b"], n).tolist(), "x": rng.choice(["u", "v"], n).tolist()}
    said = {"parts": parts, "gain": gain, "exact": exact, "low": np.zeros(n), "high": np.ones(n)}
    scores = og.OutcomeScores(scorer, frame, desired=desired, attainment=reached, **said)
    weights = rng.random(n).tolist() if weighted else [1.0] * n
    by = scores.by("x", weight=weights)
    for group in by:
        rows = [
            row
            for row in range(n)
            if frame["x"][row] == group.key["x"] and (frame["segment"][row] == "a") == group.ideal
        ]
        assert_same(group, brute(scores, rows, weights))
    assert_same(by.total, brute(scores, [row for row in range(n) if frame["segment"][row] == "a"], weights))


# -- every kind of frame ---------------------------------------------------------------------------------------------

OWN = {"points": [25, 100, None, 50], "band": ["low", "high", None, "mid"]}


def shown(scores: og.OutcomeScores) -> dict[str, Any]:
    return {
        "scores": scores.to_frame(),
        "groups": scores.by("plan", "band", weight="mrr").to_frame(),
        "gaps": scores.by("plan").gaps_frame(),
        "worklist": scores.worklist(value="mrr", keep=["plan", "points"], top=2).to_frame(),
        "parents": scores.roll_up(["X", "X", None, "Y"]).to_frame(),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_kind_of_frame_comes_out(kind: str) -> None:
    frame = make(kind, FRAME)
    wanted = shown(small(parts=PARTS, gain=GAIN, columns=OWN))
    scores = small(frame, parts=PARTS, gain=GAIN, columns=OWN)
    for name, made in shown(scores).items():
        assert type(made) is type(make("polars" if kind in ("lazy", "narwhals") else kind, FRAME)) or kind in (
            "batch",
            "capsule",
            "narwhals",
        )
        back = {n: [None if v is None or v != v else v for v in vs] for n, vs in listed(made).items()}
        for column, values in wanted[name].items():
            plain = [None if v is None or v != v else v for v in values.tolist()]
            assert back[column] == plain, (name, column)


def test_pandas_keeps_its_index() -> None:
    frame = pd.DataFrame(FRAME, index=pd.Index([9, 8, 7, 6], name="at"))
    scores = small(frame, columns=OWN)
    assert scores.to_frame().index.equals(frame.index)
    assert scores.to_frame()["band"].isna().tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    "make_array",
    [
        list,
        tuple,
        np.array,
        lambda values: np.array(values, dtype=np.float32),
        lambda values: pd.Series(values, index=[9, 8, 7, 6]),
        lambda values: pd.array(values, dtype="Float64"),
        lambda values: [None if value != value else value for value in values],
        lambda values: [pd.NA if value != value else value for value in values],
        lambda values: pl.Series(values, nan_to_null=True),
        lambda values: pa.array(values, from_pandas=True),
        lambda values: pa.chunked_array([pa.array(values, from_pandas=True)]),
        lambda values: np.ma.masked_invalid(np.array(values)),
    ],
)
def test_arrays_of_any_kind(make_array: Any) -> None:
    scores = small(desired=make_array(DESIRED), columns={"points": make_array(DESIRED)})
    np.testing.assert_array_equal(scores.desired, DESIRED)
    np.testing.assert_array_equal(wrap(scores.to_frame()).floats("points").values, DESIRED)


@pytest.mark.parametrize(
    "make_matrix",
    [
        np.array,
        lambda rows: rows.tolist(),
        lambda rows: [[None if v != v else v for v in row] for row in rows.tolist()],
        pd.DataFrame,
        lambda rows: pd.DataFrame(rows).convert_dtypes(),
        lambda rows: pl.DataFrame(rows, orient="row"),
        np.ma.masked_invalid,
    ],
)
def test_matrices_of_any_kind(make_matrix: Any) -> None:
    scores = small(attainment=make_matrix(REACHED), parts=make_matrix(PARTS), gain=make_matrix(GAIN))
    np.testing.assert_array_equal(scores.attainment().values, REACHED)
    np.testing.assert_array_equal(scores.attribution().values, PARTS)
    np.testing.assert_array_equal(scores.gain().values, GAIN)


def test_a_duckdb_relation() -> None:
    rows = "('Acme', 5.0, 36.0), ('Beta', 20.0, 24.0)"
    relation = duckdb.sql(f"select * from (values {rows}) t(id, logins, hours)")
    scores = Small().score(relation)
    assert scores.desired.tolist() == [0.125, 1.0]
    assert isinstance(scores.to_frame(), duckdb.DuckDBPyRelation)


# -- by hand ---------------------------------------------------------------------------------------------------------


def test_what_is_read_off_the_frame() -> None:
    scores = small(parts=PARTS, gain=GAIN)
    np.testing.assert_array_equal(scores.attainment().values, REACHED)
    assert scores.coverage.tolist() == [1, 1, 0.5, 1]
    assert scores.met.tolist() == [0, 2, 0, 0]
    assert scores.leaves.tolist() == [2] * 4
    assert scores.state.tolist() == ["failing", "successful", "uncertain", "successful"]
    np.testing.assert_array_equal(scores.required_gap, [0.5, 0, np.nan, 0.375])
    np.testing.assert_array_equal(scores.experience_gap, [0.25, 0, np.nan, 0.125])
    np.testing.assert_array_equal(scores.low, [0.25, 1, 0, 0.5])
    np.testing.assert_array_equal(scores.high, [0.25, 1, 1, 0.5])
    assert scores.exact
    assert scores.explains
    first, second, third, lacking = scores.worklist()
    assert [first[n] for n in ("id", "next_gap", "stands_at", "owner")] == ["Acme", "logins", "5 of 20", "customer"]
    assert (first["share"], first["gain"]) == (0.5 / 0.75, 0.25)
    assert (second["id"], second["next_gap"]) == ("Dora", "logins")
    assert (third["id"], third["next_gap"]) == ("Beta", None)
    assert [lacking[n] for n in ("id", "section", "lacking", "lacking_column")] == [
        "Cato",
        "need data",
        "logins",
        "logins",
    ]
    basic = scores.by("plan")["basic"]
    assert (basic.customers, basic.need_data, basic.desired, basic.gaps[0].share) == (2, 1, 0.25, 0.5 / 0.75)


@pytest.mark.parametrize(
    ("said", "states"),
    [
        ({}, ["failing", "successful", "uncertain", "successful"]),
        ({"achieved_at": 0.75}, ["failing", "successful", "uncertain", "failing"]),
        ({"achieved_at": 0}, ["successful", "successful", "uncertain", "successful"]),
        ({"low": [0, 0, 0, 0]}, ["failing", "uncertain", "uncertain", "uncertain"]),
        ({"high": [1, 1, 1, 1]}, ["uncertain", "successful", "uncertain", "successful"]),
        (
            {"required": [0.5, 1, 0.5, 0.4], "experience": [0.5, 0.4, np.nan, 1]},
            ["successful", "tolerating", "uncertain", "failing"],
        ),
        ({"required": [0.5, 1, 0.5, 0.4]}, ["failing", "successful", "uncertain", "successful"]),
        (
            {"required": [0.5, 1, 0.5, 0.4], "experience": [1] * 4, "achieved_at": 0.6},
            ["failing", "successful", "failing", "failing"],
        ),
        (
            {"state": ["failing", None, "tolerating", "successful"]},
            ["failing", "uncertain", "tolerating", "successful"],
        ),
        ({"state": ["failing", math.nan, "", "successful"]}, ["failing", "uncertain", "uncertain", "successful"]),
    ],
)
def test_states(said: dict[str, Any], states: list[str]) -> None:
    scores = small(**said)
    assert scores.state.tolist() == states
    assert scores.by().total.state_counts == {state: states.count(state) for state in STATES}


def test_order_of_need_is_by_state_then_gap_then_value() -> None:
    scores = small(desired=[0.4, 0.6, 0.4, np.nan], state=["successful", "failing", "successful", "failing"])
    assert scores.order().tolist() == [1, 0, 2, 3]
    assert scores.order("mrr").tolist() == [1, 2, 0, 3]


def test_the_side_that_the_state_calls_for_comes_first() -> None:
    one = {"desired": [0.25] * 4, "parts": [[0.25, 0.5]] * 4, "attainment": [[0.5, 0.5]] * 4}
    states = ["failing", "tolerating", "uncertain", "successful"]
    sides = {"required": [0.5] * 4, "experience": [0.5] * 4}
    found = {row["id"]: row["next_gap"] for row in small(**one, **sides, state=states).worklist()}
    assert found == {"Acme": "logins", "Beta": "replies", "Cato": "replies", "Dora": "replies"}
    # R is not known: no side goes first
    assert [row["next_gap"] for row in small(**one, state=states).worklist()] == ["replies"] * 4


def test_without_parts_nobody_says_which() -> None:
    scores = small()
    assert not scores.explains
    for asked in ("attribution", "gain"):
        with pytest.raises(og.EngineError, match=r"scorer 'small' does not say .*; hand .*= to og.OutcomeScores"):
            getattr(scores, asked)()
    assert [row["next_gap"] for row in scores.worklist()] == [None] * 4
    assert "does not say which steps" in str(scores.by("plan"))
    assert "does not say which steps" in report(scores, by="plan")
    assert np.isnan(scores.required_gap).all()
    with pytest.raises(og.EngineError):
        scores.roll_up(["X"] * 4).attribution  # noqa: B018
    assert scores.roll_up(["X"] * 4)["X"]["top_gap"] is None
    assert {gap.share for gap in scores.by().total.gaps} != {0.0}  # not a zero: not said


def test_gain_alone_ranks() -> None:
    rows = list(small(gain=GAIN).worklist())
    assert [(row["id"], row["next_gap"], row["share"]) for row in rows[:2]] == [
        ("Acme", "logins", None),
        ("Dora", "replies", None),
    ]


def test_parts_that_are_not_meant_to_sum() -> None:
    parts = PARTS * 0.8
    with pytest.raises(og.ModelError, match=r"parts do not sum to the gap.*0.6 instead of 0.75 in row 0"):
        small(parts=parts)
    scores = small(parts=parts, exact=False)
    assert not scores.exact
    found = scores.attribution()
    np.testing.assert_allclose(found.residual, [0.15, 0, np.nan, 0.1])
    np.testing.assert_allclose(found.values.sum(axis=1) + found.residual, scores.gap)
    assert "20.0 % of the total gap is left over" in str(scores.by())
    assert small(parts=PARTS, exact=False).exact  # they do sum


def test_columns_of_ones_own() -> None:
    scores = small(columns=OWN | {"segment": list("uvuv")})
    assert [group.name for group in scores.by("band")] == ["high", "low", "mid", "-"]
    assert [group.name for group in scores.by("segment")] == ["u", "v"]
    assert scores.by("plan", weight="mrr")["pro"].weight == 20
    assert [row["band"] for row in scores.worklist(keep=["band"])] == ["low", "mid", "high", None]
    assert "band" not in FRAME


@pytest.mark.parametrize("name", ["desired", "state", "override", "effective_score", "row", "rank"])
def test_columns_of_a_scores_name_are_not_lost(name: str) -> None:
    frame = {column: values for column, values in FRAME.items() if column != "id"}
    scores = small(frame, columns={name: [1, 2, 3, 4]})
    said = og.Override(1, state="failing", reason="r", author="a", until="2026-12-31")
    for each in (scores, scores.with_overrides([said], as_of="2026-01-01")):
        made = each.to_frame()
        assert sum(values.tolist() == [1, 2, 3, 4] for values in made.values()) == 1
        np.testing.assert_array_equal(made["desired"], DESIRED)
        assert made["state"].tolist() == scores.state.tolist()
    assert scores.with_overrides([said], as_of="2026-01-01").to_frame()["override"].tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_names_of_columns_that_stand_in_each_others_way() -> None:
    made = small(columns={"desired": [1] * 4, "desired (column)": [2] * 4}).to_frame()
    assert {name: made[name][0] for name in made if "(column)" in name} == {
        "desired (column)": 2,
        "desired (column) (column)": 1,
    }


def test_segments_that_are_not_ideal_stand_apart() -> None:
    scorer = Small(segments=[og.Segment("a"), og.Segment("b", ideal=False)], stages=["s", "t"])
    frame = FRAME | {"segment": list("abab"), "stage": list("ssts")}
    scores = small(frame, scorer, parts=PARTS)
    by = scores.by("segment")
    assert by.total.customers == 2
    assert [group.name for group in by.apart] == ["b"]
    assert [group.name for group in scores.by("segment", "stage")] == ["a / s", "a / t", "b / s"]
    assert "not ideal" in report(scores)
    assert [row["ideal"] for row in scores.worklist()] == [True, False, False, True]
    assert one_customer(scores, "Beta").segment == "b"


def test_parents() -> None:
    rolled = small(parts=PARTS).roll_up(["X", "X", "X", "Y"])
    assert rolled.desired.tolist() == [0.625, 0.5]
    assert rolled.need_data.tolist() == [1, 0]
    np.testing.assert_allclose(rolled.attribution, [[0.25, 0.125], [0.375, 0.125]])
    # Cato may score 0 or 1: the mean lies between 5/12 and 9/12
    assert rolled.state.tolist() == ["uncertain", "successful"]
    np.testing.assert_allclose([rolled.low[0], rolled.high[0]], [1.25 / 3, 2.25 / 3])


def test_a_parent_of_said_states_has_the_state_that_all_below_have() -> None:
    """The rule is the scorer's own: no threshold of D tells what it would say of a mean."""
    said = {"desired": [0.9, 0.9, 0.9, 0.1], "state": ["failing", "failing", "successful", "successful"]}
    rolled = small(**said).roll_up(["X", "X", "Y", "Z"])
    assert rolled.state.tolist() == ["failing", "successful", "successful"]
    assert small(**said).roll_up(["X", "X", "X", "Z"]).state.tolist() == ["uncertain", "successful"]
    assert small(**said).roll_up(["X"] * 4, "worst").state.tolist() == ["failing"]


def test_a_parent_whose_sides_hang_on_one_who_lacks_data() -> None:
    said = {"required": [1, 1, np.nan, 1], "experience": [1, 1, np.nan, 0.2]}
    assert small(**said).roll_up(["X", "X", "X", "Y"]).state.tolist() == ["successful", "tolerating"]
    rolled = small(**said, achieved_at=0.6).roll_up(["X", "Y", "Y", "X"])
    assert rolled.state.tolist() == ["successful", "uncertain"]


@pytest.mark.parametrize("how", ["mean", "worst"])
def test_a_parents_bounds_are_not_known_where_a_childs_are_not(how: str) -> None:
    scores = small(desired=[0.25, 1, 0.5, 0.5])  # of Cato a leaf is missing
    np.testing.assert_array_equal(scores.low, [0.25, 1, np.nan, 0.5])
    rolled = scores.roll_up(["X", "X", "Y", "Y"], how)
    assert np.isnan([rolled.low[1], rolled.high[1]]).all()
    assert not np.isnan([rolled.low[0], rolled.high[0]]).any()
    assert np.isnan(scores.by().total.low)
    assert "nan" not in str(rolled)


def test_customers_named_by_another_column() -> None:
    scores = small(parts=PARTS).named_by("mrr")
    assert next(row["mrr"] for row in scores.worklist()) == 10
    for column in (None, 3, ["plan"]):
        with pytest.raises(og.DataError, match="named by the name of a column"):
            scores.named_by(column)
    with pytest.raises(og.DataError, match="did you mean 'plan'"):
        scores.named_by("plam")


# -- hardly anything -------------------------------------------------------------------------------------------------


def everything(scores: og.OutcomeScores, by: str = "plan") -> str:
    """Ask all there is; return what people would read."""
    grouped = [scores.by(by), scores.by(by, weight="mrr"), scores.by()]
    listed_ = scores.worklist(top=2)
    rolled = [scores.roll_up(["X"] * len(scores), how) for how in ("mean", "worst")]
    for each in grouped:
        each.to_frame(), each.gaps_frame(), json.dumps([group.to_dict() for group in each], allow_nan=False)
    for each in rolled:
        each.to_frame()
    scores.to_frame(), listed_.to_frame(), listed_.to_csv(), listed_.to_json(), scores.order()
    ones = [one_customer(scores, name) for name in scores.id.tolist()]
    json.dumps([one.to_dict() for one in ones], allow_nan=False)
    read = [*grouped, listed_, *rolled]
    texts = [*map(str, read), *map(str, ones), *(each._repr_html_() for each in read), report(scores, by=by)]
    return "\n".join(texts)


SAID: dict[str, dict[str, Any]] = {
    "desired alone": {},
    "parts": {"parts": PARTS},
    "gain": {"gain": GAIN},
    "parts and gain": {"parts": PARTS, "gain": GAIN},
    "inexact parts": {"parts": PARTS * 0.9, "exact": False},
    "sides": {"required": [0.5, 1, np.nan, 0.8], "experience": [0.5, 1, 0.5, 0.6]},
    "one side": {"required": [0.5, 1, np.nan, 0.8]},
    "states": {"state": ["failing", "successful", None, "tolerating"]},
    "nothing known": {"desired": [np.nan] * 4, "parts": np.full((4, 2), np.nan), "gain": np.full((4, 2), np.nan)},
    "all met": {
        "desired": [1.0] * 4,
        "parts": np.zeros((4, 2)),
        "gain": np.zeros((4, 2)),
        "attainment": np.ones((4, 2)),
    },
    "bounds": {"low": [0, 0.5, 0, np.nan], "high": [1, 1, 1, np.nan]},
    "known though a leaf is missing": {"desired": [0.25, 1, 0.5, 0.5]},
}


@pytest.mark.parametrize("rows", [4, 1, 0])
@pytest.mark.parametrize("kind", ["dict", "pandas", "polars"])
@pytest.mark.parametrize("said", SAID)
def test_everything_can_be_asked(said: str, kind: str, rows: int) -> None:
    columns = {name: values[:rows] for name, values in FRAME.items()}
    if kind == "dict":
        frame: Any = {name: np.array(values) for name, values in columns.items()}
    else:
        frame = make(kind, columns)
    cut = {n: v if isinstance(v, bool) else v[:rows] for n, v in ({"desired": DESIRED} | SAID[said]).items()}
    scores = og.OutcomeScores(Small(), frame, **cut)
    ask = [scores]
    if rows:
        over = og.Override("Acme", state="failing", score=0.1, reason="r", author="a", until="2026-12-31")
        ask += [scores.with_overrides([over], as_of=day) for day in ("2026-01-01", "2027-01-01")]
    for each in ask:
        assert "nan" not in everything(each).lower().replace("finance", "")


@pytest.mark.parametrize("rows", [4, 1, 0])
@pytest.mark.parametrize("said", [{}, {"parts": np.zeros((4, 0)), "desired": [1, 1, np.nan, 1]}])
def test_no_leaves_at_all(rows: int, said: dict[str, Any]) -> None:
    cut = {name: values[:rows] for name, values in ({"desired": DESIRED} | said).items()}
    frame = {name: np.array(values[:rows]) for name, values in FRAME.items()}
    scores = og.OutcomeScores(Small(leaves=[]), frame, **cut)
    everything(scores)
    assert list(scores.by("plan").to_frame()["top_gap"]) == [None] * len(scores.by("plan"))
    assert len(scores.by("plan").gaps_frame()["gap"]) == 0
    assert scores.coverage.tolist() == [1.0 if value == value else 0.0 for value in cut["desired"]]


def test_a_list_of_no_rows_is_as_good_as_an_array() -> None:
    nobody = {name: [] for name in FRAME}
    scores = small(nobody, desired=[], parts=[], gain=[], attainment=[], state=[], columns={"band": []})
    assert scores.attribution().values.shape == (0, 2)


def test_leaves_that_share_a_measure() -> None:
    seats = og.Measure("seats")
    leaves = [og.SuccessGap("many", seats, floor=0, target=10), og.Expectation("few", seats, floor=10, target=0)]
    scores = Small(leaves=leaves).score({"seats": [2.0, None, 10.0], "id": [1, 2, 3]})
    assert scores.attainment().values.tolist()[0] == [0.2, 0.8]
    assert np.isnan(scores.attainment().values[1]).all()
    assert one_customer(scores, 1).gaps[0].stands_at == "2 of 10"


def test_answers_in_words() -> None:
    """Measures that are no numbers: what is attained is known, where it stands is not."""
    frame = FRAME | {"logins": ["good", "fine", None, "bad"], "hours": ["soon", "late", "late", "late"]}
    scores = small(frame, attainment=REACHED, parts=PARTS, gain=GAIN)
    one = one_customer(scores, "Acme")
    assert [(gap.name, gap.attainment, gap.stands_at, gap.absent) for gap in one.gaps] == [
        ("logins", 0.25, None, None),
        ("replies", 0.5, None, None),
    ]
    rows = {row["id"]: row for row in scores.worklist()}
    assert (rows["Acme"]["next_gap"], rows["Acme"]["stands_at"]) == ("logins", None)
    assert (rows["Cato"]["lacking"], rows["Cato"]["lacking_column"]) == ("logins", "logins")
    assert "nan" not in everything(scores).lower()


# -- held, copied, sent ----------------------------------------------------------------------------------------------


def test_arrays_changed_afterwards_change_nothing() -> None:
    given = {"desired": np.array(DESIRED), "attainment": REACHED.copy(), "parts": PARTS.copy(), "gain": GAIN.copy()}
    given |= {"low": np.zeros(4), "high": np.ones(4), "required": np.ones(4), "experience": np.ones(4)}
    own = {"points": np.arange(4.0), "band": np.array(list("abcd"), dtype=object)}
    frame = {
        name: np.array(values, dtype=float if name in ("logins", "hours", "mrr") else object)
        for name, values in FRAME.items()
    }
    scores = small(frame, **given, columns=own)
    before = pickle.loads(pickle.dumps(scores))
    for array in (*given.values(), *own.values(), frame["logins"], frame["hours"]):
        array[:] = 0.125
    assert str(scores.by("plan")) == str(before.by("plan"))
    assert scores.worklist().to_csv() == before.worklist().to_csv()
    assert str(scores.to_frame()) == str(before.to_frame())
    for name in ("desired", "low", "required", "gap", "state_codes", "coverage"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(scores, name)[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        scores.attribution().values[0, 0] = 1


def test_out_of_a_pickle() -> None:
    said = og.Override("Acme", score=0.1, reason="r", author="a", until="2026-12-31")
    scores = small(parts=PARTS, gain=GAIN, columns=OWN).with_overrides([said], as_of="2026-01-01")
    again = pickle.loads(pickle.dumps(scores))
    assert str(again.worklist()) == str(scores.worklist())
    assert str(again.by("band")) == str(scores.by("band"))
    assert again.overrides == scores.overrides


EVIL = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "@SUM(1)",
    "\u202eevil",
    "a\x00b",
]


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_text_stays_text(evil: str) -> None:
    gap = og.SuccessGap(f"{evil} g", og.Measure("m", unit=f"{evil} u"), floor=0, target=2, owner=evil, remedy=evil)
    scorer = Small(name=f"{evil} n", leaves=[gap], description=evil, segments=[evil.replace("/", "|"), "b"])
    frame = {"id": [evil, "x"], "segment": [evil.replace("/", "|"), "b"], "m": [1.0, 0.5], "plan": [evil, evil]}
    scores = og.OutcomeScores(
        scorer, frame, desired=[0.5, 0.25], parts=[[0.5], [0.75]], columns={f"{evil} c": [evil, 1]}
    )
    said = og.Override(evil, state="failing", reason=evil, author=evil, until="2026-12-31")
    scores = scores.with_overrides([said], as_of="2026-01-01")
    page = report(scores, keep=[f"{evil} c"], title=evil, by=f"{evil} c")
    for text in (page, scores.by("plan")._repr_html_(), scores.worklist(keep=[f"{evil} c"])._repr_html_()):
        assert "<script" not in text
        assert "<img" not in text
        assert "\x00" not in text or text is not page
    for line in scores.worklist(keep=[f"{evil} c"]).to_csv().splitlines()[1:]:
        assert not any(cell.strip('"').startswith(("=", "@")) for cell in line.split(","))


# -- many ------------------------------------------------------------------------------------------------------------


def test_two_hundred_thousand_customers() -> None:
    """Against one sum over all rows; and nothing goes row by row in Python that need not."""
    import time

    n, rng = 200_000, np.random.default_rng(1)
    frame = {"id": np.arange(n), "logins": rng.uniform(0, 30, n), "hours": rng.uniform(12, 60, n)}
    frame |= {"plan": rng.choice(np.array(["a", "b", "c"], dtype=object), n)}
    start = time.perf_counter()
    reached = og.attainments(Small(), frame)
    lacking = (1 - reached) / 2
    scores = og.OutcomeScores(
        Small(), frame, desired=1 - lacking.sum(axis=1), attainment=reached, parts=lacking, gain=lacking
    )
    by = scores.by("plan")
    assert len(list(scores.worklist(limit=20))) == 20
    assert len(report(scores, by="plan")) > 1000
    assert time.perf_counter() - start < 20
    for name in "abc":
        here = frame["plan"] == name
        assert by[name].desired == pytest.approx(scores.desired[here].mean(), abs=1e-12)
        assert {gap.name: gap.part for gap in by[name].gaps} == pytest.approx(
            dict(zip(("logins", "replies"), lacking[here].mean(axis=0), strict=True)), abs=1e-12
        )


# -- what is not made up ----------------------------------------------------------------------------------------------


def test_parts_below_nothing_are_refused_where_they_must_sum() -> None:
    with pytest.raises(og.ModelError, match=r"a part of the gap is below 0: -0.4 in row 0"):
        small(desired=[0.5] * 4, parts=[[0.9, -0.4]] * 4)
    assert not small(desired=[0.5] * 4, parts=[[0.8, -0.4]] * 4, exact=False).exact


@pytest.mark.parametrize(
    ("required", "experience", "desired", "gaps"),
    [
        (0.8, 0.5, 0.4, (0.2, 0.4)),  # the product
        (0.8, 0.5, 0.5, (0.2, 0.3)),  # the weaker one
        (0.2, 1.0, 0.6, (np.nan, np.nan)),  # some mean: nobody knows how the gap divides
    ],
)
def test_the_gap_divides_between_sides_only_where_the_rule_is_known(required, experience, desired, gaps) -> None:
    scores = small(required=[required] * 4, experience=[experience] * 4, desired=[desired] * 4)
    found = (scores.required_gap[0], scores.experience_gap[0])
    np.testing.assert_allclose(found, gaps)
    said = str(one_customer(scores, plain_list(scores.id)[0]))
    assert (" x appropriate" in said) == (desired == 0.4)


def test_a_series_of_another_index_is_refused() -> None:
    frame = pd.DataFrame({"id": ["A", "B"], "segment": ["small", "large"], "m1": [1.0, 0.0], "m2": [1.0, 0.0]})
    turned = frame.iloc[::-1]["m1"]
    with pytest.raises(og.ModelError, match="desired has another index than the customers' frame"):
        og.OutcomeScores(Small(leaves=[]), frame, desired=turned)
    assert og.OutcomeScores(Small(leaves=[]), frame, desired=frame["m1"]).desired.tolist() == [1.0, 0.0]
    assert og.OutcomeScores(Small(leaves=[]), frame, desired=turned.to_numpy()).desired.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("name", ["save", "change_since", "leverage", "unknown", "disagreement"])
def test_what_only_a_model_can_answer_says_so(name) -> None:
    with pytest.raises(og.EngineError, match="only the scores of a model"):
        getattr(small(parts=PARTS), name)()


def test_what_needs_a_model_says_so() -> None:
    scorer = Small()
    for ask in (
        lambda: og.explain(scorer, {"x": [1]}, {"x": [1]}),
        lambda: og.perception_gap(scorer, {"x": [1]}, {"x": [1]}),
        lambda: og.success_graph(scorer),
        lambda: og.diff(scorer, scorer),
    ):
        with pytest.raises(og.OutcomeGapError, match=r"og\.(Scorer|OutcomeModel)"):
            ask()


@pytest.mark.parametrize("name", og.gallery.names())
def test_the_scorer_of_a_model_is_a_scorer(name) -> None:
    from outcomegap.model.outline import Outline

    model = og.gallery.load(name)
    outline = Outline.of(og.Scorer(model))
    assert (outline.name, outline.leaves, outline.segment_names) == (model.name, model.leaves, model.segment_names)
    assert isinstance(og.Scorer(model), og.OutcomeScorer)


def test_tables_are_read_as_a_scorer_says() -> None:
    class Words:
        name = "words"
        leaves = (og.SuccessGap("usage", og.Measure("usage", low=0, high=2), floor=0, target=2),)
        inputs = og.Inputs(id="who", measures={"usage": {"values": {"good": 2, "poor": 0}}})

        def score(self, customers):
            reached = og.attainments(self, customers)
            return og.OutcomeScores(self, customers, desired=reached[:, 0], attainment=reached)

    read = og.read_customers(Words(), {"who": ["A", "B"], "usage": ["good", "poor"]})
    assert Words().score(read.frame).desired.tolist() == [1.0, 0.0]
    with pytest.raises(og.ModelError, match="or a scorer with a name and leaves"):
        og.read_customers(3, {"who": ["A"]})
