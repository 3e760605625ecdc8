"""How long customers stay: published tables, brute force, SciPy, delayed entry, and what is not to be read."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.learn import survival

# Freireich and others, Blood 21 (1963) 699-716; Gehan, Biometrika 52 (1965) 203-223: weeks of remission.
MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
LEUKAEMIA = {
    "weeks": MP + PLACEBO,
    "relapse": RELAPSED + [1] * 21,
    "drug": ["6-MP"] * 21 + ["placebo"] * 21,
}
# Miller, Survival Analysis (1981): the data `aml` of the R package survival.
AML = {
    "weeks": [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45],
    "died": [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1],
    "chemo": ["maintained"] * 11 + ["not"] * 12,
}
# Kardaun, Statistica Neerlandica 37 (1983) 103-125: 90 men with cancer of the larynx, years, by stage; - is censored.
LARYNX = {
    1: "0.6 1.3 2.4 2.5- 3.2 3.2- 3.3 3.3- 3.5 3.5 4 4 4.3 4.5- 4.5- 5.3 5.5- 5.9- 5.9- 6 6.1- 6.2- 6.4 6.5 6.5- 6.7- 7-"
    " 7.4 7.4- 8.1- 8.1- 9.6- 10.7-",
    2: "0.2 1.8 2 2.2- 2.6- 3.3- 3.6 3.6- 4 4.3- 4.3- 5- 6.2 7 7.5- 7.6- 9.3-",
    3: "0.3 0.3 0.5 0.7 0.8 1 1.3 1.6 1.8 1.9 1.9 3.2 3.5 3.7- 4.5- 4.8- 4.8- 5 5- 5.1- 6.3 6.4 6.5- 7.8 8- 9.3- 10.1-",
    4: "0.1 0.3 0.4 0.8 0.8 1 1.5 2 2.3 2.9- 3.6 3.8 4.3-",
}
STAYS = [(stage, float(said.strip("-")), not said.endswith("-")) for stage in LARYNX for said in LARYNX[stage].split()]
THROAT = dict(zip(("stage", "years", "died"), map(list, zip(*STAYS, strict=True)), strict=True))


def curve(found, **where):
    columns = found.parts["curve"].columns
    rows = np.logical_and.reduce([columns[name] == value for name, value in where.items()] or [columns["time"] >= 0])
    return {name: values[rows] for name, values in columns.items()}


def test_6_mp_as_printed():
    """Klein & Moeschberger (2003), table 4.1 and example 4.1: the estimate, its error, and the mean up to 35 weeks."""
    some = {name: values[:21] for name, values in LEUKAEMIA.items()}
    found = survival(some, "weeks", "relapse")
    table = curve(found)
    assert table["time"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert table["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert table["survival"].round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert table["error"].round(3).tolist() == [0.076, 0.087, 0.096, 0.107, 0.114, 0.128, 0.135]
    (row,) = found
    assert (row["median"], found.facts["until"]) == (23, 35)
    assert (round(row["mean"], 2), round(row["mean_error"], 3)) == (23.29, 2.827)


def test_leukaemia_log_rank_as_printed():
    """Log-rank 16.8 on 1 degree of freedom; expected 19.3 and 10.7 (Collett, Modelling Survival Data; R `survdiff`)."""
    found = survival(LEUKAEMIA, "weeks", "relapse", by="drug")
    assert found.columns["left"].tolist() == [9, 21]
    assert found.columns["expected"].round(1).tolist() == [19.3, 10.7]
    assert round(found.facts["chi_square"], 1) == 16.8
    assert found.find("placebo")["median"] == 8
    assert "trend" not in found.facts


def test_aml_as_printed():
    """The R package survival prints 7 of 10.69 and 11 of 7.31, chi square 3.4; medians 31 and 23."""
    found = survival(AML, "weeks", "died", by="chemo", until=161)
    assert found.columns["expected"].round(2).tolist() == [10.69, 7.31]
    assert (round(found.facts["chi_square"], 1), round(found.facts["p_value"], 4)) == (3.4, 0.0653)
    assert found.columns["median"].tolist() == [31, 23]
    assert found.columns["mean"].round(1).tolist() == [52.6, 22.7]
    assert found.columns["mean_error"].round(2).tolist() == [19.83, 4.18]
    kept = curve(found, chemo="maintained")
    assert kept["survival"].round(3).tolist() == [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    assert kept["error"].round(4).tolist() == [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535]


def test_a_group_that_nobody_could_leave_takes_no_degree_of_freedom():
    more = {"weeks": [1] * 7, "died": [0] * 7, "chemo": ["dummy"] * 7}
    found = survival({name: AML[name] + more[name] for name in AML}, "weeks", "died", by="chemo")
    assert found.facts["degrees"] == 1
    assert found.find("dummy")["expected"] == 0
    assert round(found.facts["chi_square"], 1) == 3.4


def test_larynx_by_stage_as_printed():
    """Klein & Moeschberger (2003), examples 7.4 and 7.6: chi square 22.76 on 3, trend z 3.72."""
    found = survival(THROAT, "years", "died", by="stage")
    assert (round(found.facts["chi_square"], 2), found.facts["degrees"]) == (22.76, 3)
    assert round(found.facts["trend"], 2) == 3.72


def brute(entry, time, event, group):
    """The tables of each time, cell by cell."""
    groups, times = sorted(set(group)), sorted({t for t, e in zip(time, event, strict=True) if e})
    more, spread = np.zeros(len(groups)), np.zeros((len(groups), len(groups)))
    for at in times:
        watched = [a < at <= t for a, t in zip(entry, time, strict=True)]
        left = [t == at and bool(e) for t, e in zip(time, event, strict=True)]
        n = np.array([sum(w for w, g in zip(watched, group, strict=True) if g == one) for one in groups], float)
        d = np.array([sum(x for x, g in zip(left, group, strict=True) if g == one) for one in groups], float)
        more += d - n * d.sum() / n.sum()
        if n.sum() > 1:
            part = n / n.sum()
            tied = d.sum() * (n.sum() - d.sum()) / (n.sum() - 1)
            spread += tied * (np.diag(part) - np.outer(part, part))
    return more, spread


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_against_brute_force_with_delayed_entry(data):
    n = data.draw(st.integers(4, 40))
    time = data.draw(st.lists(st.integers(1, 8), min_size=n, max_size=n))
    event = [True, *data.draw(st.lists(st.booleans(), min_size=n - 1, max_size=n - 1))]
    entry = [data.draw(st.integers(0, t - 1)) for t in time]
    group = [0, 1, *data.draw(st.lists(st.integers(0, 2), min_size=n - 2, max_size=n - 2))]
    found = survival({"t": time, "e": event, "a": entry, "g": group}, "t", "e", entry="a", by="g")
    more, spread = brute([-1 if a == 0 else a for a in entry], time, event, group)
    np.testing.assert_allclose(found.columns["left"] - found.columns["expected"], more, atol=1e-9)
    value = more @ np.linalg.pinv(spread, hermitian=True) @ more
    assert found.facts["chi_square"] == pytest.approx(value, abs=1e-7)
    share, watched = 1.0, curve(found, g=0)
    for place, at in enumerate(watched["time"]):
        n = sum(a < at <= t for a, t, g in zip(entry, time, group, strict=True) if g == 0)
        d = sum(t == at and e for t, e, g in zip(time, event, group, strict=True) if g == 0)
        share *= 1 - d / n
        assert watched["survival"][place] == pytest.approx(share)


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
def test_as_scipy_says():
    from scipy import stats

    rng = np.random.default_rng(0)
    time, event, group = np.ceil(rng.exponential(8, 300)), rng.random(300) < 0.6, rng.integers(0, 2, 300)
    found = survival({"t": time, "e": event, "g": group}, "t", "e", by="g")
    data = [stats.CensoredData(time[(group == g) & event], right=time[(group == g) & ~event]) for g in (0, 1)]
    assert found.facts["p_value"] == pytest.approx(stats.logrank(*data).pvalue)
    kept = stats.ecdf(data[0]).sf
    mine = curve(found, g=0)
    np.testing.assert_allclose(mine["survival"], kept.evaluate(mine["time"]))
    ends = kept.confidence_interval(method="log-log")
    alive = mine["survival"] > 0
    np.testing.assert_allclose(mine["low"][alive], ends.low.evaluate(mine["time"])[alive])
    np.testing.assert_allclose(mine["high"][alive], ends.high.evaluate(mine["time"])[alive])


def test_strata_compare_like_with_like():
    """One stratum alone gives the plain test; two add up what is more than expected, and its variance."""
    rng = np.random.default_rng(1)
    frame = {"t": rng.integers(1, 20, 200), "e": rng.random(200) < 0.7, "g": rng.integers(0, 2, 200)}
    frame["s"] = rng.integers(0, 2, 200)
    both = survival(frame, "t", "e", by="g", strata="s")
    parts = [
        brute(*([-1] * int(at.sum()), *(frame[n][at] for n in ("t", "e", "g"))))
        for at in (frame["s"] == s for s in (0, 1))
    ]
    more, spread = (sum(each) for each in zip(*parts, strict=True))
    assert both.facts["chi_square"] == pytest.approx(more[0] ** 2 / spread[0, 0])


def test_days_give_what_durations_give():
    first = [dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1), dt.date(2026, 3, 5)]
    last = [dt.date(2026, 1, 31), None, dt.date(2026, 6, 30), dt.date(2026, 3, 9)]
    found = survival({"from": first, "to": last}, start="from", end="to", as_of="2026-03-31")
    plain = survival({"t": [30, 58, 30, 4], "e": [1, 0, 0, 1]}, "t", "e")
    assert found.parts["curve"].rows() == plain.parts["curve"].rows()
    assert found.rows() == plain.rows()


def test_states_of_scores_stand_in_order():
    model = og.gallery.load("email-marketing")
    customers = og.simulate(model, 400, seed=1, missing=0)
    scores = og.Scorer(model).score(customers)
    rng = np.random.default_rng(0)
    months = np.ceil(rng.exponential(2 + 20 * scores.desired))
    scores = scores.with_columns({"months": months, "left": rng.random(400) < 0.8})
    found = survival(scores, "months", "left", by="state")
    assert found.columns["state"].tolist() == ["failing", "tolerating", "successful"]
    assert found.facts["trend"] < -3
    both = survival(scores, "months", "left", by=["segment", "state"])
    assert list(both.columns)[:2] == ["segment", "state"]
    assert sum(both.columns["customers"]) == 400


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_any_frame(make):
    found = survival(make(LEUKAEMIA), "weeks", "relapse", by="drug")
    assert found.rows() == survival(LEUKAEMIA, "weeks", "relapse", by="drug").rows()
    assert isinstance(found.to_frame(), type(make(LEUKAEMIA)))
    assert "Log-rank" in str(found)


def test_values_that_say_who_left():
    said = {"t": [1, 2, 3, 4], "e": ["Churned", "Stayed", "Joined", None]}
    found = survival(said, "t", "e", left="Churned")
    assert (found[0]["customers"], found[0]["left"], found.facts["left_out"]) == (3, 1, 1)
    assert "1 row without" in str(found)


def test_nobody_left_and_everybody_left():
    stay = survival({"t": [3, 4], "e": [0, 0]}, "t", "e")
    assert (stay[0]["median"], stay[0]["mean"]) == (None, 4)
    gone = survival({"t": [2], "e": [1]}, "t", "e")
    assert (gone[0]["median"], gone[0]["mean"]) == (2, 2)
    for found in (stay, gone):  # nothing says how sure that is
        assert (found[0]["mean_error"], found[0]["mean_low"], found[0]["mean_high"]) == (None, None, None)


# Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data (1980), appendix 1: the data `veteran` of the R
# package survival, days by type of cell, both treatments; + is censored.
VETERANS = {
    "squamous": "72 411 228 126 118 10 82 110 314 100+ 42 8 144 25+ 11 999 112 87+ 231+ 242 991 111 1 587 389 33 25 "
    "357 467 201 1 30 44 283 15",
    "small": "30 384 4 54 13 123+ 97+ 153 59 117 16 151 22 56 21 18 139 20 31 52 287 18 51 122 27 54 7 63 392 10 25 "
    "103+ 21 13 87 2 20 7 24 99 8 99 61 25 95 80 51 29",
    "adeno": "8 92 35 117 132 12 162 3 95 24 18 83+ 31 51 90 52 73 8 36 48 7 140 186 84 19 45 80",
    "large": "177 162 216 553 278 12 260 200 156 182+ 143 105 103 250 100 52 164 19 53 15 43 340 133 111 231 378 49",
}


def test_veterans_as_survdiff_prints():
    """R: chi square 25.4 on 3, p 1e-05; expected 47.7, 30.1, 15.7, 34.5; medians 118, 51, 51, 156."""
    days = [(cell, each) for cell, held in VETERANS.items() for each in held.split()]
    frame = {"cell": [cell for cell, _ in days], "days": [float(each.rstrip("+")) for _, each in days]}
    found = survival(frame | {"died": ["+" not in each for _, each in days]}, "days", "died", by="cell")
    assert (round(found.facts["chi_square"], 1), found.facts["degrees"]) == (25.4, 3)
    assert found.facts["p_value"] == pytest.approx(1.27e-5, rel=0.01)
    expected = {"squamous": (47.7, 118), "small": (30.1, 51), "adeno": (15.7, 51), "large": (34.5, 156)}
    assert {row["cell"]: (round(row["expected"], 1), row["median"]) for row in found} == expected


def test_no_mean_beyond_what_was_watched():
    found = survival({"t": [2, 3, 9], "e": [1, 0, 0], "g": ["a", "a", "b"]}, "t", "e", by="g", until=5)
    assert math.isnan(found.columns["mean"][0])
    assert found.columns["mean"][1] == 5


@pytest.mark.parametrize(
    ("frame", "more", "said"),
    [
        ({"t": [], "e": []}, {}, "no customer"),
        ({"t": [None, None], "e": [1, 0]}, {}, "no customer"),
        ({"t": [1, -2], "e": [1, 0]}, {}, "below 0"),
        ({"t": [1, math.inf], "e": [1, 0]}, {}, "infinite"),
        ({"t": ["a", "b"], "e": [1, 0]}, {}, "is not a number"),
        ({"t": [1, 2], "e": ["yes", "no"]}, {}, "left="),
        ({"t": [1, 2], "e": ["yes", "no"]}, {"left": "yess"}, "did you mean 'yes'"),
        ({"t": [1, 2], "e": [1, 0]}, {"by": "grp"}, "no column 'grp'"),
        ({"t": [1, 2], "e": [1, 0], "a": [1, 0]}, {"entry": "a"}, "not before the end"),
        ({"t": [1, 2], "e": [1, 0]}, {"until": 0}, "until"),
        ({"t": [1, 2], "e": [1, 0]}, {"confidence": 1.5}, "confidence"),
        ({"t": [1, 2], "e": [1, 0]}, {"start": "t"}, "name duration= and event="),
    ],
)
def test_what_cannot_be_read_is_told(frame, more, said):
    with pytest.raises(DataError, match="survival") as error:
        survival(frame, "t", "e", **more)
    assert said in str(error.value)


def test_every_problem_at_once():
    with pytest.raises(DataError) as error:
        survival({"months": [1], "left": [1]}, "month", "lef", by="plan", confidence=2)
    assert len(error.value.problems) == 4
    assert "did you mean 'months'" in str(error.value)


def test_the_picture_has_a_step_and_a_band_for_each_group():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    axes = survival(LEUKAEMIA, "weeks", "relapse", by="drug").plot()
    assert [line.get_label() for line in axes.get_lines()] == ["6-MP", "placebo"]
    assert axes.get_lines()[0].get_xdata()[-1] == 35
    assert len(axes.collections) == 2
    assert survival({"t": [1, 2], "e": [0, 0]}, "t", "e").plot().get_ylabel() == "still there"
    pyplot.close("all")
