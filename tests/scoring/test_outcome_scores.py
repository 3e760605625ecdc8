"""Scores out of arrays: handed what a model's scores say, they say the same everywhere."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap import one_customer
from outcomegap.frames import wrap
from outcomegap.scoring import Scores
from outcomegap.testing import check_scorer, random_model, random_rows
from tests.frames.kinds import KINDS, listed, make
from tests.scoring.example import email_customers, email_model
from tests.scoring.outside import DESIRED, FRAME, GAIN, OWN, PARTS, REACHED, Outside, Small, handed_over, small
from tests.scoring.test_groups import assert_same, brute

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
    """Tell whether each step stands in each cell: an outline cannot say otherwise."""
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


def test_enough_of_them_have_each_step_in_each_cell() -> None:
    models = [random_model(seed) for seed in range(80)]
    assert sum(whole(model) for model in models if not model.goals) > 20


def agree(scores: Scores) -> None:
    """Make sure that scores from outside say what the model's say, as far as an outline can."""
    table, model = scores.table, scores.model
    there = {name: table.values(name) for name in table.names}
    there["half"] = np.arange(len(scores)) % 2
    scores, other = scores.scorer.score(there), handed_over(scores, there)
    counts = set() if whole(model) else {"coverage", "met", "steps", "steps_met", "missing", "goal"}
    sides = {"required_gap", "experience_gap"}  # sums of parts here: compared within what rounding makes of them
    told = set() if scores.limited else set(sides)  # from outside, what is out of reach is on no side
    sides |= {"required_out_of_reach", "experience_out_of_reach"} if scores.limited else set()
    scored = ~np.isnan(scores.desired)
    same_columns(other.to_frame(), scores.to_frame(), but=sides | counts)
    for name in told:
        np.testing.assert_allclose(getattr(other, name)[scored], getattr(scores, name)[scored], rtol=0, atol=1e-9)
    axes = [axis for axis in ("segment", "stage") if getattr(model, f"{axis}s")]
    weights = np.arange(len(scores)) % 7
    for names in ([], axes, ["half"], [*axes, "half"]):
        for weight in (None, weights):
            one, two = other.by(*names, weight=weight), scores.by(*names, weight=weight)
            same_columns(one.to_frame(), two.to_frame(), but=sides | counts)
            if whole(model):
                same_columns(one.gaps_frame(), two.gaps_frame())
            for field in told:
                np.testing.assert_allclose(one.to_frame()[field], two.to_frame()[field], rtol=0, atol=1e-9)
    assert other.order().tolist() == scores.order().tolist()
    assert other.order(weights).tolist() == scores.order(weights).tolist()
    # where the state is uncertain, the model's own point state says which side comes first
    sure = np.flatnonzero((scores.state != "uncertain")[scores.worklist().positions])
    top = min(3, len(model.steps))
    mine, theirs = (each.worklist(value=weights, keep=["half"], top=top) for each in (other, scores))
    assert mine.positions.tolist() == theirs.positions.tolist()
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


def test_steps_read_off_the_frame_stand_where_the_models_do() -> None:
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
        facts = {
            gap["name"]: (gap["value"], gap["floor"], gap["target"], gap["stands_at"], gap["absent"]) for gap in two
        }
        assert str(
            {gap["name"]: (gap["value"], gap["floor"], gap["target"], gap["stands_at"], gap["absent"]) for gap in one}
        ) == str({gap["name"]: facts[gap["name"]] for gap in one})


def test_the_kit() -> None:
    assert check_scorer(Outside(email_model()), email_customers(60, seed=2)) == 19
    assert check_scorer(Outside(og.gallery.load("airline")), og.simulate(og.gallery.load("airline"), 60, seed=1)) >= 18


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), exact=st.booleans(), weighted=st.booleans())
def test_groups_of_any_arrays_equal_a_plain_loop(seed: int, exact: bool, weighted: bool) -> None:
    """No model makes these numbers: parts of any sign where they need not sum, steps missing wherever they like."""
    rng = np.random.default_rng(seed)
    n, steps = int(rng.integers(1, 25)), 3
    desired = np.where(rng.random(n) < 0.2, np.nan, rng.random(n))
    parts = rng.normal(size=(n, steps))
    if exact:
        parts = rng.dirichlet(np.ones(steps), n) * (1 - np.nan_to_num(desired))[:, None]
    gain = rng.random((n, steps)) * (1 - np.nan_to_num(desired))[:, None]
    reached = np.where(rng.random((n, steps)) < 0.3, np.nan, rng.integers(0, 3, (n, steps)) / 2)
    names = [og.SuccessGap(f"g{number}", og.Measure(f"m{number}"), floor=0, target=1) for number in range(steps)]
    scorer = Small(steps=names, segments=["a", og.Segment("b", ideal=False)])
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
