"""Scores of groups, against plain Python loops, pandas and Polars group-bys, and NumPy's own weighted quantiles."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.frames.arrays import plain_values
from outcomegap.scoring import STATES, Scores, groups as module
from outcomegap.scoring.groups import Groups, _dense, factor, groups_of
from outcomegap.stats import weighted_quantiles as quantiles_of
from outcomegap.testing import customers, models
from tests.scoring.example import STAGES, email_customers, email_model, email_scores

MEANS = ("desired", "required", "experience", "gap", "required_gap", "experience_gap", "low", "high")


def mean(pairs: list[tuple[float, float]]) -> float:
    """Weighted mean of (weight, value) pairs."""
    whole = math.fsum(w for w, _ in pairs)
    return math.fsum(w * x for w, x in pairs) / whole if whole else math.nan


def brute(scores: Scores, rows: list[int], weight: list[float]) -> dict[str, Any]:
    """Everything said of one group, one customer and one step at a time."""
    live = [i for i in rows if scores.cell[i] >= 0]
    scored = [i for i in live if not math.isnan(scores.desired[i])]
    found: dict[str, Any] = {
        "customers": len(rows),
        "set_aside": len(rows) - len(live),
        "need_data": len(live) - len(scored),
        "weight": math.fsum(weight[i] for i in live),
        "scored_weight": math.fsum(weight[i] for i in scored),
        "coverage": mean([(weight[i], scores.coverage[i]) for i in live]),
    }
    for name in MEANS:
        found[name] = mean([(weight[i], getattr(scores, name)[i]) for i in scored])
    found["state_counts"] = {s: sum(scores.state[i] == s for i in live) for s in STATES}
    found["states"] = {s: mean([(weight[i], float(scores.state[i] == s)) for i in live]) for s in STATES}
    found["gaps"] = brute_gaps(scores, live, scored, weight)
    return found


def brute_gaps(scores: Scores, live: list[int], scored: list[int], weight: list[float]) -> dict[str, dict[str, Any]]:
    parts, gain, reached = scores.attribution(), scores.gain(), scores.attainment()
    whole = math.fsum(weight[i] * scores.gap[i] for i in scored)
    gaps: dict[str, dict[str, Any]] = {}
    for number, step in enumerate(scores.model.steps):
        here = [i for i in live if parts.applies[i, number]]
        if not here:
            continue
        seen = [i for i in here if parts.observed[i, number]]
        unseen = [i for i in scored if parts.applies[i, number] and not parts.observed[i, number]]
        total = math.fsum(weight[i] * parts.values[i, number] for i in scored)
        blind = math.fsum(weight[i] * parts.values[i, number] for i in unseen)
        gaps[step.name] = {
            "share": total / whole if whole else 0.0,
            "unknown_share": blind / whole if whole else 0.0,
            "part": mean([(weight[i], parts.values[i, number]) for i in scored]),
            "gain": mean([(weight[i], gain.values[i, number]) for i in scored]),
            "attainment": mean([(weight[i], reached.values[i, number]) for i in seen]),
            "customers": len(here),
            "affected": sum(reached.values[i, number] < 1 - 1e-9 for i in seen),
            "missing": len(here) - len(seen),
            "owner": step.owner,
            "remedy": step.remedy,
            "side": step.side,
            "kind": step.kind,
            "measure": step.measure.name,
            "unit": step.measure.unit,
        }
    return gaps


def assert_same(group: Any, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        found = getattr(group, name)
        if name == "gaps":
            assert {gap.name for gap in found} == set(value)
            for gap in found:
                for field, number in value[gap.name].items():
                    assert getattr(gap, field) == pytest.approx(number, abs=1e-12, nan_ok=True), (gap.name, field)
        else:
            assert found == pytest.approx(value, abs=1e-12, rel=1e-12, nan_ok=True), name


# One customer, by hand


def test_the_worked_example() -> None:
    customer = {
        "segment": ["startup"],
        "stage": ["onboarding"],
        "delivery_rate": [0.99],
        "list_size": [250],
        "click_rate": [0.015],
        "offer_score": [3],
        "first_reply_hours": [12],
        "training_days": [1],
        "sla_hours": [1.0],
    }
    total = og.Scorer(email_model()).score(customer).by().total
    assert total.required == pytest.approx(0.25)
    assert total.experience == pytest.approx(5 / 6)
    assert total.gap == pytest.approx(1 - 0.25 * 5 / 6)
    assert total.required_gap == pytest.approx(0.75)
    assert total.experience_gap == pytest.approx(0.25 / 6)
    parts = {gap.name: gap.part for gap in total.gaps}
    assert parts["list built"] == pytest.approx(0.4166667, abs=1e-7)
    assert parts["copy persuades"] == pytest.approx(1 / 6)
    assert parts["offer is irresistible"] == pytest.approx(1 / 6)
    assert parts["formal training"] == pytest.approx(0.25 / 6)
    assert total.gaps[0].name == "list built"
    assert total.gaps[0].share == pytest.approx(0.4166667 / total.gap, abs=1e-7)
    assert total.gaps[0].gain == pytest.approx(0.2083333, abs=1e-7)
    assert (total.gaps[0].affected, total.gaps[0].missing, total.gaps[0].unit) == (1, 0, "contacts")
    assert total.quantiles == {q: pytest.approx(total.desired) for q in (0.1, 0.25, 0.5, 0.75, 0.9)}
    assert total.states["failing"] == 1.0


# Against loops and other libraries


@pytest.mark.parametrize("weight", [None, "mrr"])
@pytest.mark.parametrize("names", [(), ("segment",), ("segment", "stage"), ("csm",), ("csm", "stage"), ("renewal",)])
def test_every_group_equals_a_plain_loop(names: tuple[str, ...], weight: str | None) -> None:
    scores = email_scores(240)
    data = email_customers(240)
    by = scores.by(*names, weight=weight)
    weights = [1.0] * 240 if weight is None else data["mrr"].tolist()
    ideal = [segment != "hobby" for segment in data["segment"]]
    columns = [np.asarray(data[name]).astype(object).tolist() for name in names]
    places: dict[Any, list[int]] = {}
    for row in range(240):
        places.setdefault((ideal[row], *(column[row] for column in columns)), []).append(row)
    groups = [by.total, *by.apart] if not names else list(by)
    assert len(groups) == len(places)
    for group in groups:
        assert_same(group, brute(scores, places[group.ideal, *group.key.values()], weights))


def test_small_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = email_scores(200)
    whole = scores.by("segment", "stage", weight="mrr")
    monkeypatch.setattr(module, "CHUNK", 7)
    parts = scores.by("segment", "stage", weight="mrr")
    for a, b in zip(whole, parts, strict=True):
        assert a.gap == pytest.approx(b.gap, rel=1e-13)
        assert [g.name for g in a.gaps] == [g.name for g in b.gaps]
        assert (a.customers, a.need_data, a.set_aside, a.state_counts) == (
            b.customers,
            b.need_data,
            b.set_aside,
            b.state_counts,
        )


def test_means_equal_pandas_and_polars_group_bys() -> None:
    scores = email_scores(400, seed=3, spoil=0)
    by = scores.by("csm", "segment", weight="mrr")
    names = ("desired", "gap", "experience_gap")
    frame = pd.DataFrame(email_customers(400, seed=3)).assign(**{name: getattr(scores, name) for name in names})
    known = frame.dropna(subset="desired")
    for group in by:
        rows = known[(known.csm.isna() if group.key["csm"] is None else known.csm == group.key["csm"])]
        rows = rows[rows.segment == group.key["segment"]]
        assert group.scored == len(rows)
        assert group.desired == pytest.approx(np.average(rows.desired, weights=rows.mrr))
        assert group.experience_gap == pytest.approx(np.average(rows.experience_gap, weights=rows.mrr))
    weighted = (
        pl.from_pandas(known)
        .group_by("segment")
        .agg((pl.col("gap") * pl.col("mrr")).sum() / pl.col("mrr").sum(), pl.len())
    )
    assert {row[0]: pytest.approx(row[1]) for row in weighted.rows()} == {
        g.key["segment"]: g.gap for g in scores.by("segment", weight="mrr")
    }


# Properties


@st.composite
def scored(draw: Any) -> tuple[Scores, np.ndarray]:
    model = draw(models(max_steps=5, max_cells=4))
    rows = draw(customers(model, max_rows=8, min_rows=1))
    n = len(next(iter(rows.values())))
    weights = draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0, 100.0]), min_size=n, max_size=n))
    return og.Scorer(model).score(rows), np.array(weights)


@settings(max_examples=40, deadline=None)
@given(scored())
def test_shares_and_totals(case: tuple[Scores, np.ndarray]) -> None:
    scores, weights = case
    by = scores.by("segment", "stage", weight=weights)
    assert sum(group.customers for group in by) == len(scores)
    for group in (*by, by.total):
        shares = sum(gap.share for gap in group.gaps) + group.out_of_reach_share
        assert shares == pytest.approx(1.0 if group.scored_weight and group.gap > 1e-12 else shares, abs=1e-9)
        assert group.unknown_share == pytest.approx(sum(gap.unknown_share for gap in group.gaps))
        assert 0 <= group.unknown_share <= shares - group.out_of_reach_share + 1e-12
        if group.scored_weight:
            assert group.required_gap + group.experience_gap == pytest.approx(group.gap)
            parts = sum(gap.part for gap in group.gaps)
            assert parts + group.out_of_reach == pytest.approx(group.gap, abs=1e-9)
            assert group.low - 1e-9 <= group.desired <= group.high + 1e-9
        if group.weight:
            assert sum(group.states.values()) == pytest.approx(1.0)
        assert [gap.share for gap in group.gaps] == pytest.approx(sorted((g.share for g in group.gaps), reverse=True))
    ideal = [group for group in by if group.ideal]
    for name in MEANS:
        expected = mean([(group.scored_weight, getattr(group, name)) for group in ideal if group.scored_weight])
        assert getattr(by.total, name) == pytest.approx(expected, nan_ok=True)


@settings(max_examples=25, deadline=None)
@given(scored(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(case: tuple[Scores, np.ndarray], random: Any) -> None:
    scores, weights = case
    order = list(range(len(scores)))
    random.shuffle(order)
    mixed_rows = {name: scores.table.values(name)[order] for name in scores.table.names}
    mixed = scores.scorer.score(mixed_rows)
    for a, b in zip(scores.by("segment", weight=weights), mixed.by("segment", weight=weights[order]), strict=True):
        assert (a.key, a.customers, a.state_counts) == (b.key, b.customers, b.state_counts)
        assert a.quantiles == pytest.approx(b.quantiles, nan_ok=True)
        assert [g.name for g in a.gaps] == [g.name for g in b.gaps]
        assert [g.share for g in a.gaps] == pytest.approx([g.share for g in b.gaps], abs=1e-9)


# Weights, empty groups, wrong use


def test_no_weight_at_all_gives_nan_means() -> None:
    scores = email_scores(50)
    group = scores.by("segment", weight=np.zeros(50))["startup"]
    assert group.customers > 0
    assert group.weight == 0
    assert math.isnan(group.desired)
    assert math.isnan(group.coverage)
    assert math.isnan(group.quantiles[0.5])
    assert all(math.isnan(share) for share in group.states.values())
    assert all(gap.share == 0.0 and math.isnan(gap.gain) for gap in group.gaps)
    assert "-" in str(scores.by("segment", weight=np.zeros(50)))


def test_everything_met_has_no_shares() -> None:
    customers = {name: values[:4] for name, values in email_customers(4, missing=0).items()}
    full = {"delivery_rate": 1.0, "list_size": 1e6, "click_rate": 1.0, "offer_score": 10.0, "training_days": 9.0}
    customers |= {name: np.full(4, value) for name, value in full.items()} | {"first_reply_hours": np.zeros(4)}
    total = og.Scorer(email_model()).score(customers).by().total
    assert total.gap == 0.0
    assert [gap.share for gap in total.gaps] == [0.0] * 6
    assert total.unknown_share == 0.0
    assert [gap.affected for gap in total.gaps] == [0] * 6


def test_a_customer_without_a_weight_is_in_no_mean_and_told() -> None:
    scores = email_scores(40)
    weights, zero = np.arange(1.0, 41.0), np.arange(1.0, 41.0)
    weights[[7, 9]], zero[[7, 9]] = math.nan, 0.0
    found, same = scores.by("segment", weight=weights), scores.by("segment", weight=zero)
    assert [group.to_dict() for group in found] == [group.to_dict() for group in same]
    told = f"2 customers without the weights given: in no mean and no share ({scores.id[7]}, {scores.id[9]})."
    assert (told in str(found), told in str(same)) == (True, False)


@pytest.mark.parametrize("bad", [-1.0, math.inf])
def test_weights_that_are_no_weights(bad: float) -> None:
    scores = email_scores(40, spoil=2)
    weights = np.ones(40)
    weights[[7, 9]] = bad
    with pytest.raises(DataError, match=r"a weight must be a number, 0 or more.*2 rows: \S+, \S+\)") as caught:
        scores.by("segment", weight=weights)
    assert caught.value.problems[0].rows == (7, 9)
    weights = np.ones(40)
    weights[0] = bad  # a row set aside has no weight to give
    assert scores.by(weight=weights).total.weight == scores.by().total.weight


def test_weights_too_large_to_add_up() -> None:
    with pytest.raises(DataError, match="too large for a float"):
        email_scores(40).by(weight=np.full(40, 1e308))


def test_wrong_names_columns_and_quantiles() -> None:
    scores = email_scores(40)
    with pytest.raises(DataError, match=r"'segmnt'.*did you mean 'segment'") as caught:
        scores.by("segmnt", "cms")
    assert [problem.suggestion for problem in caught.value.problems] == ["segment", "csm"]
    with pytest.raises(DataError, match="did you mean 'mrr'"):
        scores.by("segment", weight="mr")
    with pytest.raises(DataError, match="must hold numbers"):
        scores.by("segment", weight="csm")


def test_lookups() -> None:
    by = email_scores(200).by("segment", "stage")
    assert by["enterprise", "scaling"].key == {"segment": "enterprise", "stage": "scaling"}
    assert by["enterprise", "scaling"].name == "enterprise / scaling"
    assert ("enterprise", "scaling") in by
    assert "enterprise" not in by
    with pytest.raises(DataError, match=r"'enterprize / scaling' by segment, stage \(did you mean"):
        by["enterprize", "scaling"]
    total = email_scores(200).by()
    assert len(total) == 1
    assert total[()] == total.total
    with pytest.raises(DataError, match="no group"):
        total["startup"]


def test_segments_that_are_not_ideal_stand_apart() -> None:
    scores = email_scores(200)
    by = scores.by("segment")
    assert [(g.name, g.ideal) for g in by] == [("startup", True), ("enterprise", True), ("hobby", False)]
    assert [g.name for g in by.apart] == ["hobby"]
    assert by.total.customers + by["hobby"].customers == 200
    assert by.total.customers == scores.by().total.customers == scores.by("csm").total.customers
    assert [group.name for group in scores.by().apart] == ["not ideal"]
    per_csm = scores.by("csm")
    assert len(per_csm) == 8
    assert per_csm["Sara"].ideal
    assert [g.customers for g in per_csm] == [
        *(g.customers for g in per_csm if g.ideal),
        *(g.customers for g in per_csm.apart),
    ]


def test_no_customers() -> None:
    scores = og.Scorer(email_model()).score({name: list(v)[:0] for name, v in email_customers(3).items()})
    by = scores.by("segment")
    assert (len(by), by.total.customers, by.apart) == (0, 0, ())
    assert math.isnan(by.total.desired)
    assert len(scores.by()) == 1
    assert "0 customers" in str(by)
    assert by.gaps_frame()["gap"].shape == (0,)


# Frames and tables


@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame])
def test_frames_are_of_the_kind_that_came_in(frame: Any) -> None:
    scores = email_scores(120, frame=frame)
    by = scores.by("segment", "csm", weight="mrr")
    table, gaps = by.to_frame(), by.gaps_frame()
    assert isinstance(table, frame)
    assert isinstance(gaps, frame)
    assert list(table["desired"]) == pytest.approx([group.desired for group in by])
    assert list(table["desired_q50"]) == pytest.approx([group.quantiles[0.5] for group in by])
    assert list(table["count_failing"]) == [group.state_counts["failing"] for group in by]
    assert list(table["top_gap"]) == [group.gaps[0].name for group in by]
    flat = [(group, rank, gap) for group in by for rank, gap in enumerate(group.gaps, start=1)]
    assert list(gaps["rank"]) == [rank for _, rank, _ in flat]
    assert list(gaps["gap"]) == [gap.name for _, _, gap in flat]
    assert list(gaps["segment"]) == [group.key["segment"] for group, _, _ in flat]
    for name in ("share", "part", "gain", "attainment", "customers", "affected", "missing", "unknown_share"):
        assert list(gaps[name]) == pytest.approx([getattr(gap, name) for _, _, gap in flat]), name


def test_frame_of_the_total_and_clashing_names() -> None:
    scores = email_scores(60)
    one = scores.by(weight="mrr").to_frame()
    assert one["desired"] == pytest.approx([scores.by(weight="mrr").total.desired])
    assert len(scores.by().gaps_frame()["gap"]) == 6
    customers = email_customers(60) | {"gap": [f"g{number % 2}" for number in range(60)]}
    frame = og.Scorer(email_model()).score(customers).by("gap").to_frame()
    assert list(frame)[:2] == ["gap", "ideal"]
    assert "gap (score)" in frame


def test_what_people_read() -> None:
    by = email_scores(200).by("segment", weight="mrr")
    text = str(by)
    assert text.startswith("E-mail marketing by segment: 200 customers, weighted by mrr\n")
    assert "hobby (not ideal)" in text
    assert "2 of 200 rows set aside for their problems." in text
    assert "list-building guide" in text
    lines = text.splitlines()
    assert [line.split()[0] for line in lines[4:8]] == ["startup", "enterprise", "total", "hobby"]


def test_a_table_of_large_groups_loads_no_scipy() -> None:
    code = (
        "import sys, outcomegap as og; model = og.gallery.load('email-marketing');"
        "said = str(og.Scorer(model).score(og.simulate(model, 2000, seed=1)).by('segment')); print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_gaps_say_where_work_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GAPS", 6)
    by = email_scores(200).by("segment")
    named = {gap.name: (gap.status, gap.bridgeable) for gap in by.total.gaps}
    assert named["copy persuades"] == ("being closed", True)
    assert named["offer is irresistible"] == ("open", False)
    assert named["support replies"] == ("open", True)
    assert "copy persuades (being closed)" in str(by)
    assert "offer is irresistible (cannot be bridged)" in str(by)


def test_html_is_escaped() -> None:
    customers = email_customers(20) | {"<b>": ["<script>alert(1)</script>"] * 20}
    html = og.Scorer(email_model()).score(customers).by("<b>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<b>" not in html


def test_plain_data() -> None:
    import json

    group = email_scores(100).by("segment", weight=np.zeros(100))["startup"]
    data = json.loads(json.dumps(group.to_dict(), allow_nan=False))
    assert data["key"] == {"segment": "startup"}
    assert data["desired"] is None
    assert data["quantiles"]["0.5"] is None
    assert data["gaps"][0]["measure"] == group.gaps[0].measure


def test_names_as_a_list() -> None:
    scores = email_scores()
    assert str(scores.by(["segment", "stage"])) == str(scores.by("segment", "stage"))


def test_a_group_without_a_gap_is_told() -> None:
    model = og.OutcomeModel(
        "two",
        desired_outcomes=[
            og.DesiredOutcome(
                og.RequiredOutcome("in use", needs=og.SuccessGap("used", og.Measure("hours"), floor=0, target=10)),
                og.AppropriateExperience("how", expects=og.Expectation("fast", og.Measure("pace"), floor=0, target=1)),
            )
        ],
    )
    rows = [{"hours": 10.0, "pace": 1.0, "team": "a"}, {"hours": 5.0, "pace": 1.0, "team": "b"}]
    rows += [{"hours": None, "pace": 1.0, "team": "c"}]
    lines = str(og.Scorer(model).score(rows).by("team")).splitlines()
    assert any(line.split()[:3] == ["a", "no", "gap"] for line in lines)
    assert any(line.split()[:3] == ["c", "no", "score"] for line in lines)
    assert not any("no gap" in line for line in str(og.Scorer(model).score(rows[:1]).by("team")).splitlines())


# Who is in which group


def keys_of(groups: Groups) -> list[tuple[Any, ...]]:
    """Each group's values."""
    return list(zip(*map(plain_values, groups.columns.values()), strict=True))


PLANS = ["b", None, "a", "b", "", "a"]


def scores_with(column: Any, frame: Any = dict) -> og.Scores:
    customers = email_customers(len(column), missing=0) | {"plan": column}
    return og.Scorer(email_model()).score(frame(customers))


@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_text_with_nulls_in_every_kind_of_frame(frame: Any) -> None:
    groups = groups_of(scores_with(PLANS, frame), ["plan"])
    keys = keys_of(groups)
    assert [keys[code][0] for code in groups.codes] == PLANS
    ideal = [key[0] for key, good in zip(keys, groups.ideal, strict=True) if good]
    assert ideal == sorted(k for k in ideal if k is not None) + [None] * (None in ideal)


@pytest.mark.parametrize(
    ("column", "distinct"),
    [
        (np.array([3, 1, 3, 2]), [1, 2, 3]),
        (np.array([3.5, np.nan, 1.0, np.nan]), [1.0, 3.5, None]),
        (np.array([True, False, True, True]), [False, True]),
        (np.array(["b", "a", "b", "c"]), ["a", "b", "c"]),
        (
            np.array(["2026-02-01", "NaT", "2026-01-01", "2026-02-01"], dtype="M8[D]"),
            [dt.date(2026, 1, 1), dt.date(2026, 2, 1), None],
        ),
        (
            np.array(["2026-02-01T06", "2026-01-01", "NaT", "NaT"], dtype="M8[ns]"),
            [dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1, 6), None],
        ),
        (np.array(["b", None, 3, 3], dtype=object), [3, "b", None]),
        (np.array([pd.NA, "x", float("nan"), None], dtype=object), ["x", None]),
    ],
)
def test_factor_numbers_values_in_order_with_nulls_last(column: Any, distinct: list[Any]) -> None:
    codes, values = factor(column, "plan")
    assert plain_values(values) == distinct
    assert [plain_values(values)[code] for code in codes] == plain_values(column)


def test_lists_cannot_be_grouped_by() -> None:
    column = np.empty(2, dtype=object)
    column[:] = [[1], [2]]
    with pytest.raises(DataError, match=r"'plan'.*lists or similar"):
        factor(column, "plan")


def test_groups_follow_the_models_order_and_hold_every_row_once() -> None:
    scores = scores_with(["x"] * 200)
    groups = groups_of(scores, ["stage", "segment", "stage"])
    keys = keys_of(groups)
    assert keys == list(itertools.product(STAGES, ("startup", "enterprise"))) + [(stage, "hobby") for stage in STAGES]
    data = email_customers(200, missing=0)
    assert [keys[code] for code in groups.codes] == list(zip(data["stage"], data["segment"], strict=True))
    assert groups.ideal.tolist() == [True] * 6 + [False] * 3


def test_renamed_axes_are_the_models_own() -> None:
    customers = email_customers(60)
    customers["plan"] = customers.pop("segment")
    scores = og.Scorer(email_model()).score(customers, segment="plan")
    assert [group.name for group in scores.by("segment")] == ["startup", "enterprise", "hobby"]
    assert [group.name for group in scores.by("plan")] == ["enterprise", "startup", "hobby"]


def test_axes_that_the_model_does_not_declare() -> None:
    step = og.SuccessGap("list", og.Measure("size"), floor=0, target=10)
    wish = og.Expectation("API", og.Measure("api"), floor=0, target=1)
    outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=step), og.AppropriateExperience("how", expects=wish))
    scorer = og.Scorer(og.OutcomeModel("small", desired_outcomes=[outcome]))
    data: dict[str, Any] = {"size": [1.0, 2.0], "api": [1.0, 0.0]}
    assert [group.key for group in scorer.score(data).by("segment", "goal")] == [{"segment": "all", "goal": None}]
    scores = scorer.score(data | {"segment": ["north", "south"]})
    assert [group.name for group in scores.by("segment")] == ["north", "south"]


def test_rows_set_aside_keep_their_segment_where_it_can_be_read() -> None:
    customers = email_customers(30, missing=0)
    customers["segment"][:4] = ["startup", "enterprise", "hobby", "nonsense"]
    customers["delivery_rate"][:3] = 2.0
    scores = og.Scorer(email_model()).score(customers, on_bad="set_aside")
    found = {(group.key["segment"], group.set_aside, group.ideal) for group in scores.by("segment")}
    assert found == {("startup", 1, True), ("enterprise", 1, True), ("hobby", 1, False), (None, 1, True)}
    last = [group for group in scores.by("segment") if group.key["segment"] is None]
    assert (last[0].customers, last[0].weight, last[0].gaps) == (1, 0.0, ())


def test_a_column_that_only_bears_the_name_is_not_believed() -> None:
    customers = email_customers(30, missing=0)
    customers["delivery_rate"][0] = 2.0
    customers["plan"], customers["segment"] = customers["segment"], ["startup"] * 30
    scores = og.Scorer(email_model()).score(customers, segment="plan", on_bad="set_aside")
    lost = [group for group in scores.by("segment") if group.set_aside]
    assert [group.key["segment"] for group in lost] == [None]


def test_goals() -> None:
    step = og.SuccessGap("list", og.Measure("size"), floor=0, target=10)
    wish = og.Expectation("API", og.Measure("api"), floor=0, target=1)
    how = og.AppropriateExperience("how", expects=wish)
    outcomes = [og.DesiredOutcome(og.RequiredOutcome(name, needs=step), how) for name in ("sales", "guests")]
    scores = og.Scorer(og.OutcomeModel("two", desired_outcomes=outcomes)).score(
        {"goal": ["guests", "sales", "guests"], "size": [1.0, 2.0, 3.0], "api": [1.0, 0.0, 1.0]}
    )
    assert [(group.name, group.customers) for group in scores.by("goal")] == [("sales", 1), ("guests", 2)]


def test_sparse_numbers_are_made_dense_in_order() -> None:
    codes = np.array([9_000_000, 5, 9_000_000, 70_000])
    dense, size = _dense(codes, 10_000_000)
    assert (dense.tolist(), size) == ([2, 0, 2, 1], 3)
    dense, size = _dense(np.array([4, 1, 4]), 6)
    assert (dense.tolist(), size) == ([1, 0, 1], 2)


# Quantiles

weighted_values = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.3, 0.5, 1.0, math.nan]), st.integers(0, 5)), min_size=1, max_size=12
)


@given(weighted_values, st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1.0]), min_size=1, max_size=4))
def test_quantiles_by_their_definition(pairs: list[tuple[float, int]], probabilities: list[float]) -> None:
    pairs = sorted(pairs, key=lambda pair: (math.isnan(pair[0]), pair[0]))
    values, weights = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    known = [(x, w) for x, w in pairs if not math.isnan(x) and w > 0]
    expected = []
    for q in probabilities:
        below, least = 0, math.nan
        for x, w in known:
            below += w
            if below >= Fraction(str(q)) * sum(w for _, w in known):
                least = x
                break
        expected.append(least)
    np.testing.assert_array_equal(quantiles_of(values, weights, probabilities), expected)


def test_quantiles_equal_numpys() -> None:
    scores = email_scores(300, seed=5)
    d, w = scores.desired, email_customers(300, seed=5)["mrr"] + 0.5
    probabilities = (0.0, 0.05, 0.33, 0.5, 0.8, 1.0)
    ideal = np.array([segment != "hobby" for segment in email_customers(300, seed=5)["segment"]])
    keep = ~np.isnan(d) & ideal
    expected = np.quantile(d[keep], probabilities, weights=w[keep], method="inverted_cdf")
    found = scores.by(weight=w, quantiles=probabilities).total.quantiles
    np.testing.assert_array_equal(list(found.values()), expected)
    assert tuple(found) == probabilities


@pytest.mark.parametrize("wrong", [(1.5,), (-0.1,), (math.nan,), ("x",)])
def test_probabilities_lie_between_0_and_1(wrong: object) -> None:
    with pytest.raises(DataError, match="quantiles"):
        email_scores(10).by("segment", quantiles=wrong)  # type: ignore[arg-type]


def test_a_value_without_weight_is_no_quantile() -> None:
    values, weights = np.array([0.1, 0.5, 0.9]), np.array([0.0, 1.0, 0.0])
    assert quantiles_of(values, weights, [0.0, 0.5, 1.0]).tolist() == [0.5, 0.5, 0.5]
    assert np.isnan(quantiles_of(values, np.zeros(3), [0.5])).all()
