"""Tallies of batches: the same bits from any order and parts, and the answers of all customers scored together."""

from __future__ import annotations

import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import outcomegap as og
from outcomegap.scoring import tally as module
from outcomegap.scoring.tally import BINS
from outcomegap.testing import customers, models
from tests.scoring.outside import Outside, Small

MODEL = og.gallery.load("email-marketing")
SCORER = og.Scorer(MODEL)
PLANS = np.array(["pro", "basic", None], dtype=object)
NAMES = st.sampled_from([(), ("segment",), ("segment", "stage"), ("plan",), ("plan", "segment"), ("seats",)])


def some(n: int, seed: int = 1, missing: float = 0.3) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    frame = og.simulate(MODEL, n, seed=seed, missing=missing)
    more = {"plan": PLANS[random.integers(0, 3, n)], "seats": random.integers(1, 9, n) / 7.0}
    return {name: np.asarray(values) for name, values in (frame | more).items()}


def taken(frame: dict[str, Any], rows: Any) -> dict[str, Any]:
    return {name: values[rows] for name, values in frame.items()}


def bits(frame: dict[str, Any]) -> dict[str, Any]:
    return {name: v.tolist() if v.dtype == object else (v.dtype, v.tobytes()) for name, v in frame.items()}


def assert_same_groups(found: og.SegmentScores, expected: og.SegmentScores) -> None:
    """The same bits, but for quantiles, which are right to half a step."""
    mine, theirs = found.to_frame(), expected.to_frame()
    for name in [name for name in mine if name.startswith("desired_q")]:
        one, other = mine.pop(name), theirs.pop(name)
        np.testing.assert_allclose(one, other, rtol=0, atol=found.quantile_error + 1e-15, equal_nan=True)
    assert bits(mine) == bits(theirs)
    assert bits(found.gaps_frame()) == bits(expected.gaps_frame())
    assert [group.key for group in found] == [group.key for group in expected]
    assert found.total.to_dict() | {"quantiles": 0} == expected.total.to_dict() | {"quantiles": 0}
    assert str(found) == str(expected)


def assert_same_list(found: og.Worklist, expected: og.Worklist) -> None:
    assert list(found.columns) == list(expected.columns)
    for name, values in expected.columns.items():
        np.testing.assert_array_equal(found.columns[name], values, err_msg=name)
        assert found.columns[name].dtype == values.dtype, name
    assert (found.total, found.set_aside, found.need_data.total) == (
        expected.total,
        expected.set_aside,
        expected.need_data.total,
    )
    assert found.text() == expected.text()
    np.testing.assert_array_equal(found.positions, expected.positions)


@given(st.integers(0, 10_000), st.randoms(use_true_random=False), st.booleans(), NAMES)
@settings(max_examples=25, deadline=None)
def test_any_order_and_parts_give_the_same_bits(seed, random, weighted, by) -> None:
    frame, weight, rows = some(60, seed), "seats" if weighted else None, [*range(60)]
    whole = SCORER.score(frame)
    random.shuffle(rows)
    ends = [0, *sorted(random.choices(range(61), k=4)), 60]
    tallies = [og.Tally(SCORER, by, weight) for _ in range(3)]
    for start, stop in pairwise(ends):
        random.choice(tallies).add(SCORER.score(taken(frame, rows[start:stop])))
    random.shuffle(tallies)
    found = (tallies[0] + tallies[1] + tallies[2]).by()
    assert_same_groups(found, whole.by(*by, weight=weight))
    at_once = og.Tally(SCORER, by, weight).add(whole).by()
    assert bits(found.to_frame()) == bits(at_once.to_frame())  # the quantiles too


@given(st.data(), models(), st.integers(0, 1000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_models_of_all_kinds(data, model, seed) -> None:
    frame = {name: np.asarray(v) for name, v in data.draw(customers(model, max_rows=12)).items()}
    size, scorer = len(next(iter(frame.values()))), og.Scorer(model)
    whole, cut = scorer.score(frame), seed % (size + 1)
    tally = og.Tally(scorer, ("segment", "stage"), worklist=4)
    for part in (slice(0, cut), slice(cut, None)):
        tally.add(scorer.score(taken(frame, part)))
    assert_same_groups(tally.by(), whole.by("segment", "stage"))
    assert_same_list(tally.worklist(), whole.worklist(limit=4))


@given(
    st.integers(0, 10_000),
    st.integers(1, 30),
    st.lists(st.integers(0, 80), max_size=5),
    st.booleans(),
    st.integers(1, 3),
)
@settings(max_examples=20, deadline=None)
def test_the_worklist_is_that_of_all_customers(seed, most, cuts, valued, top) -> None:
    frame = some(80, seed, missing=0.6)
    frame["segment"][seed % 80] = "nowhere"
    for name in MODEL.measures[:3]:  # many customers are equal, and their order is that of the input
        frame[name.name] = np.round(frame[name.name])
    asked = {"value": "seats" if valued else None, "keep": ["plan", "stage"], "top": top}
    expected = SCORER.score(frame, on_bad="set_aside").worklist(limit=most, **asked)
    parts = []
    for start, stop in pairwise([0, *sorted(cuts), 80]):
        tally = og.Tally(SCORER, worklist=most, start=start, **asked)
        scores = SCORER.score(taken(frame, slice(start, stop)), on_bad="set_aside")
        parts.append(pickle.loads(pickle.dumps(tally.add(scores))))
    found = parts[-1]
    for part in parts[-2::-1]:
        found = found + part
    assert_same_list(found.worklist(), expected)


@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_all_kinds_and_pickles(kind) -> None:
    frame = some(50)
    tally = og.Tally(SCORER, ["plan", "segment"], worklist=3)
    for rows in (slice(0, 20), slice(20, 20), slice(20, 50)):
        tally.add(SCORER.score(kind(taken(frame, rows))))
    tally = pickle.loads(pickle.dumps(tally))
    whole = SCORER.score(kind(frame))
    assert type(tally.by().to_frame()) is type(whole.by("plan").to_frame()) is kind or kind is pa.table
    assert str(tally.by()) == str(whole.by("plan", "segment"))
    assert tally.worklist().text() == whole.worklist(limit=3).text()
    assert repr(tally) == "<Tally of 50 customers by plan, segment>"


def test_quantiles_are_right_to_half_a_step() -> None:
    frame = some(3000, missing=0)
    scores = SCORER.score(frame)
    chances = [0, 0.001, 0.01, 1 / 3, 0.5, 0.999, 1]
    for weight in (None, "seats"):
        found = og.Tally(SCORER, "segment", weight, quantiles=chances).add(scores).by()
        expected = scores.by("segment", weight=weight, quantiles=chances)
        assert found.quantile_error == 0.5 / BINS
        for mine, theirs in zip([*found, found.total], [*expected, expected.total], strict=True):
            for chance in chances:
                assert abs(mine.quantiles[chance] - theirs.quantiles[chance]) <= found.quantile_error + 1e-15


@pytest.mark.parametrize("scorer", [Small(), Outside(MODEL)])
def test_scorers_of_your_own(scorer) -> None:
    frame = some(40) | {"logins": np.arange(40) * 0.7, "hours": np.arange(40)[::-1] * 1.5}
    tally = og.Tally(scorer, "plan", worklist=6)
    for rows in (slice(0, 11), slice(11, 40)):
        tally.add(scorer.score(taken(frame, rows)))
    whole = scorer.score(frame)
    assert str(tally.by()) == str(whole.by("plan"))
    assert_same_list(tally.worklist(), whole.worklist(limit=6))


def test_without_gaps() -> None:
    scores = SCORER.score(some(40))
    found, expected = og.Tally(SCORER, "segment", gaps=False).add(scores).by(), scores.by("segment")
    assert [(g.desired, g.states, g.gaps) for g in found] == [(g.desired, g.states, ()) for g in expected]
    assert len(found.gaps_frame()["gap"]) == 0
    assert found.to_frame()["top_gap"].tolist() == [None] * len(found)
    assert "Gaps were not asked for." in str(found)


def test_notes_and_customers_without_a_weight_are_counted() -> None:
    frame = some(10)
    frame["seats"][[2, 7]] = np.nan
    frame["segment"][3] = "nowhere"
    tally = og.Tally(SCORER, (), "seats")
    for rows in (slice(0, 5), slice(5, 10)):
        tally.add(SCORER.score(taken(frame, rows), on_bad="set_aside"))
    text = str(tally.by())
    assert "2 customers without seats: in no mean and no share" in text
    assert "1 of 10 rows set aside for their problems." in text


def test_what_a_tally_refuses(monkeypatch) -> None:
    scores, tally = SCORER.score(some(20)), og.Tally(SCORER, "plan")
    with pytest.raises(og.DataError, match="no scores were added"):
        tally.by()
    with pytest.raises(og.DataError, match="keeps nobody"):
        tally.add(scores).worklist()
    with pytest.raises(og.DataError, match="differ in names, listed"):
        tally.merge(og.Tally(SCORER, "segment", worklist=3))
    other = og.Scorer(og.gallery.load("email-validation"))
    with pytest.raises(og.DataError, match="is of scores by 'E-mail marketing', not by"):
        tally.add(other.score(og.simulate(other.model, 3, seed=1)))
    override = og.Override(scores.id[0], state="failing", reason="r", author="a", until="2026-12-31")
    with pytest.raises(og.DataError, match="takes no overrides"):
        tally.add(scores.with_overrides([override], as_of="2026-01-01"))
    for name in ("weight", "value"):
        with pytest.raises(og.DataError, match=f"{name} must be the name of a column"):
            og.Tally(SCORER, **{name: np.ones(20)})
    with pytest.raises(og.DataError, match=r"'plam'.*did you mean 'plan'"):
        og.Tally(SCORER, "plam").add(scores)
    monkeypatch.setattr(module, "MOST_GROUPS", 3)
    with pytest.raises(og.DataError, match="more than 3 groups by customer"):
        og.Tally(SCORER, "customer").add(scores)


def test_batches_are_scored_one_by_one() -> None:
    frame, asked = some(30), []

    def batches():
        for rows in (slice(0, 0), slice(0, 12), slice(12, 30)):
            asked.append(rows)
            yield pa.record_batch(taken(frame, rows))

    found = SCORER.score_batches(batches(), id="plan")
    assert asked == []
    first = next(found)
    assert (len(asked), len(first), first.id_column, first.problems) == (1, 0, "plan", ())
    whole = SCORER.score(frame)
    assert np.concatenate([scores.gap for scores in found]).tobytes() == whole.gap.tobytes()


def test_problems_say_which_batch() -> None:
    frame = some(30)
    frame["segment"][[3, 17]] = "startupp"
    batches = [taken(frame, rows) for rows in (slice(0, 10), slice(10, 15), slice(15, 30))]
    with pytest.raises(og.DataError, match=r"^batch 0: model .* holds segment 'startupp'") as caught:
        list(SCORER.score_batches(batches))
    assert caught.value.problems[0].message.startswith("batch 0: column 'segment' holds segment 'startupp'")
    scores = list(SCORER.score_batches(batches, on_bad="set_aside"))
    assert [[(problem.message[:8], problem.rows) for problem in each.problems] for each in scores] == [
        [("batch 0:", (3,))],
        [],
        [("batch 2:", (2,))],
    ]
    with pytest.raises(og.DataError, match=r"^batch 1: [^\n]*\n  there is no column"):
        list(SCORER.score_batches([frame | {"segment": some(30)["segment"]}, {"customer": [1]}]))
