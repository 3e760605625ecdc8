"""Key drivers: R squared split among attributes, against printed values and against every order."""

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.survey import key_drivers
from tests.survey.printed import ATTITUDE, CARS, ENGINES, SWISS

RNG = np.random.default_rng(7)


def brute(values, outcome, weight=None):
    """What each attribute adds, averaged over all orders in which they may enter."""
    count, root = values.shape[1], np.sqrt(np.ones(len(outcome)) if weight is None else weight)

    def r2(chosen):
        design = np.column_stack([np.ones(len(outcome)), values[:, sorted(chosen)]]) * root[:, None]
        fitted = design @ np.linalg.lstsq(design, outcome * root, rcond=None)[0]
        mean = np.average(outcome, weights=root**2)
        return 1 - ((outcome * root - fitted) ** 2).sum() / (((outcome - mean) * root) ** 2).sum()

    parts = np.zeros(count)
    orders = list(itertools.permutations(range(count)))
    for order in orders:
        for place, attribute in enumerate(order):
            parts[attribute] += r2(order[: place + 1]) - r2(order[:place])
    return parts / len(orders)


def parts_of(found, column="part"):
    return dict(zip(found.columns["attribute"], found.columns[column], strict=True))


def test_lmg_of_swiss_fertility_is_that_of_relaimpo():
    """Groemping, Journal of Statistical Software 17 (2006): calc.relimp(Fertility ~ ., swiss, type = "lmg")."""
    found = key_drivers(SWISS, "Fertility", bootstrap=0)
    printed = {"Agriculture": 0.05709, "Examination": 0.17117, "Education": 0.26013, "Catholic": 0.10557}
    printed |= {"Infant.Mortality": 0.11277}
    assert {name: round(part, 5) for name, part in parts_of(found).items()} == printed
    assert round(found.facts["r_squared"], 5) == 0.70674
    assert [line.split()[0] for line in str(found).splitlines()[4:6]] == ["Education", "Examination"]


def correlated(correlations, n=50):
    """Answers with exactly these correlations; the outcome is the last."""
    free = np.linalg.qr(np.column_stack([np.ones(n), RNG.normal(size=(n, len(correlations)))]))[0][:, 1:]
    return dict(zip("abcdefg", (free @ np.linalg.cholesky(np.array(correlations)).T).T, strict=False))


def test_the_dominance_of_a_published_example():
    """Azen & Budescu, Psychological Methods 8 (2003), table 1: correlations, and what each adds beside others."""
    order = [1, 2, 3, 4, 0]
    table = [[1, 0.6, 0.3, 0.4, 0.5], [0.6, 1, 0.8, 0.1, 0.3], [0.3, 0.8, 1, 0.1, 0.1], [0.4, 0.1, 0.1, 1, 0.5]]
    table = np.array([*table, [0.5, 0.3, 0.1, 0.5, 1]])[np.ix_(order, order)]
    found = key_drivers(correlated(table), "e", method="dominance", bootstrap=0)
    printed = [[0.360, 0.300, 0.263, 0.246], [0.090, 0.074, 0.069, 0.071], [0.160, 0.095, 0.063, 0.061]]
    printed = dict(zip("abcd", [*printed, [0.250, 0.152, 0.073, 0.010]], strict=False))
    for row in found.parts["conditional"]:
        assert [round(row[f"beside {size}"], 3) for size in range(4)] == printed[row["attribute"]]
    assert [tuple(row.values()) for row in found.parts["complete"]] == [("a", "b"), ("a", "c"), ("a", "d")]


def test_the_dominance_of_attitudes_is_that_of_dominanceanalysis():
    """Its README: average contributions, and who dominates whom completely."""
    found = key_drivers(ATTITUDE, "rating", method="dominance", bootstrap=0)
    printed = {"complaints": 0.371, "learning": 0.156, "raises": 0.120, "privileges": 0.051}
    assert {name: round(part, 3) for name, part in parts_of(found).items()} == printed | {
        "advance": 0.028,
        "critical": 0.007,
    }
    over = {name: [row["over"] for row in found.parts["complete"] if row["dominates"] == name] for name in ATTITUDE}
    assert over["complaints"] == ["privileges", "learning", "raises", "critical", "advance"]
    assert over["learning"] == ["privileges", "raises", "critical", "advance"]
    assert over["privileges"] == over["raises"] == ["critical"]
    assert over["critical"] == over["advance"] == []


def test_relative_weights_are_those_that_packages_print():
    """Packages of R: iopsych, the example of relWt; rwa, that of mtcars. LMG: the vignette of domir."""
    table = [[1, 0.2, 0.3, 0.4, -0.4], [0.2, 1, 0.5, 0.1, 0.1], [0.3, 0.5, 1, 0.2, -0.3], [0.4, 0.1, 0.2, 1, 0.4]]
    found = key_drivers(correlated([*table, [-0.4, 0.1, -0.3, 0.4, 1]]), "e", method="relative_weights", bootstrap=0)
    assert found.columns["part"].round(8).tolist() == [0.24066119, 0.05492664, 0.12143476, 0.28158189]
    of = {"frame": CARS | ENGINES, "bootstrap": 0}
    found = key_drivers(["hp", "cyl", "disp", "gear"], "mpg", method="relative_weights", **of)
    assert found.columns["part"].round(7).tolist() == [0.2321744, 0.2284797, 0.2221469, 0.0963886]
    found = key_drivers(["am", "cyl", "carb"], "mpg", **of)
    assert found.columns["part"].round(7).tolist() == [0.2156848, 0.4173094, 0.1783081]


@pytest.mark.parametrize(
    ("attributes", "printed"),
    [
        (["am", "vs"], [[0.3597989, 0.1389842, 0.0336844], [0.4409477, 0.1641982, 0.0029637], [0.7261800, 0.3432799, 0.0758948]]),
        (["am", "carb"], [[0.3597989, 0.2164938, 0.0707615], [0.3035184, 0.1791172, 0.0522887], [0.7261800, 0.4181185, 0.1076297]]),
    ],
)  # fmt: skip
def test_conditional_dominance_of_cars_is_that_of_domir(attributes, printed):
    """The README and the vignette of domir: mpg ~ am + vs + cyl, mpg ~ am + cyl + carb."""
    of = {"frame": CARS | ENGINES, "bootstrap": 0, "method": "dominance"}
    found = key_drivers([*attributes, "cyl"], "mpg", **of).parts["conditional"]
    assert [[round(row[f"beside {size}"], 7) for size in range(3)] for row in found] == printed


def test_what_chance_alone_explains_is_said():
    noise = {name: RNG.integers(1, 8, 41) for name in "abcdefghij"}
    explained = [key_drivers(noise, RNG.normal(size=41), bootstrap=0).facts["r_squared"] for _ in range(20)]
    assert np.mean(explained) == pytest.approx(10 / 40, abs=0.08)
    found = key_drivers(noise, RNG.normal(size=41), bootstrap=0)
    assert found.notes[1] == "So many attributes explain about 25.0 % by chance alone."


def test_an_outcome_in_words():
    rated, words = {"speed": [1, 2, 3, 4, 5, 1]}, ["no", "no", "yes", "yes", "yes", "yes"]
    found, same = (
        key_drivers(rated, told, values={"no": 0, "yes": 1}, bootstrap=0) for told in (words, [0, 0, 1, 1, 1, 1])
    )
    assert found[0]["part"] == same[0]["part"] > 0


def test_general_dominance_of_cars_is_that_of_domir():
    """The README of domir: mpg ~ am + vs + cyl."""
    found = key_drivers(["am", "vs", "cyl"], "mpg", frame=CARS, method="dominance", bootstrap=0)
    assert {k: round(v, 7) for k, v in parts_of(found).items()} == {"am": 0.1774892, "vs": 0.2027032, "cyl": 0.3817849}
    assert round(found.facts["r_squared"], 7) == 0.7619773
    conditional = found.parts["conditional"].find("cyl")
    assert conditional["beside 0"] == pytest.approx(np.corrcoef(CARS["cyl"], CARS["mpg"])[0, 1] ** 2)
    means = [np.mean([row[f"beside {size}"] for size in range(3)]) for row in found.parts["conditional"]]
    assert means == pytest.approx([0.1774892, 0.2027032, 0.3817849], abs=1e-7)
    assert [tuple(row.values()) for row in found.parts["complete"]] == [("cyl", "am"), ("cyl", "vs")]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_parts_are_the_average_over_all_orders(count):
    values = RNG.normal(size=(60, count)) + RNG.normal(size=(60, 1))
    outcome, weight = values @ np.arange(count) + RNG.normal(size=60), RNG.integers(1, 5, 60).astype(float)
    frame = {f"a{place}": column for place, column in enumerate(values.T)}
    for weights in (None, weight):
        found = key_drivers(frame, outcome, weight=weights, bootstrap=0)
        expected = brute(values, outcome, weights)
        assert [parts_of(found)[name] for name in frame] == pytest.approx(expected.tolist(), abs=1e-12)


def test_attributes_that_say_the_same_share_their_part_and_one_that_says_nothing_has_none():
    speed, noise = RNG.normal(size=(2, 100))
    frame = {"speed": speed, "again": 3 - 2 * speed, "all": np.full(100, 4), "outcome": speed + noise}
    for method in ("lmg", "relative_weights"):
        found = key_drivers(frame, "outcome", method=method, bootstrap=0)
        parts = parts_of(found)
        assert parts["all"] == 0
        assert parts["speed"] == pytest.approx(parts["again"])
        assert found.facts["r_squared"] == pytest.approx(np.corrcoef(speed, frame["outcome"])[0, 1] ** 2)


def test_relative_weights_of_attributes_that_do_not_go_together_are_their_squared_correlations():
    values = np.linalg.qr(RNG.normal(size=(50, 3)) - 0.0)[0]
    values -= values.mean(axis=0)
    values = np.linalg.qr(values)[0]
    outcome = values @ [1.0, 2.0, 3.0] + 0.1 * RNG.normal(size=50)
    frame = dict(zip("abc", values.T, strict=True))
    for method in ("lmg", "relative_weights"):
        parts = parts_of(key_drivers(frame, outcome, method=method, bootstrap=0))
        assert [parts[name] for name in "abc"] == pytest.approx([np.corrcoef(v, outcome)[0, 1] ** 2 for v in values.T])


def test_relative_weights_sum_to_r_squared_of_many_attributes():
    values = RNG.normal(size=(200, 30)) + RNG.normal(size=(200, 1))
    outcome = values @ RNG.normal(size=30) + RNG.normal(size=200)
    found = key_drivers(
        {f"a{place}": v for place, v in enumerate(values.T)}, outcome, method="relative_weights", bootstrap=5
    )
    design = np.column_stack([np.ones(200), values])
    left = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    assert found.facts["r_squared"] == pytest.approx(1 - left.var() / outcome.var())


def test_intervals_are_those_of_resampled_respondents_and_hold_the_part():
    found = key_drivers(SWISS, "Fertility", bootstrap=400, seed=3)
    again = key_drivers(SWISS, "Fertility", bootstrap=400, seed=3)
    assert all((found.columns[name] == again.columns[name]).all() for name in ("low", "high", "part_low", "part_high"))
    assert (found.columns["low"] < found.columns["share"]).all()
    assert (found.columns["share"] < found.columns["high"]).all()
    narrow = key_drivers(SWISS, "Fertility", bootstrap=400, seed=3, confidence=0.5)
    assert (narrow.columns["high"] - narrow.columns["low"] < found.columns["high"] - found.columns["low"]).all()


def test_each_segment_is_its_own_sample():
    frame = {"speed": RNG.integers(1, 6, 120), "price": RNG.integers(1, 6, 120), "plan": ["a", "b"] * 60}
    frame["overall"] = np.where(np.arange(120) % 2, frame["price"], frame["speed"]) + RNG.normal(size=120)
    found = key_drivers(frame, "overall", by="plan", bootstrap=20)
    first = {plan: max((row for row in found if row["segment"] == plan), key=lambda row: row["share"]) for plan in "ab"}
    assert {plan: row["attribute"] for plan, row in first.items()} == {"a": "speed", "b": "price"}
    alone = key_drivers(
        {name: np.asarray(frame[name])[::2] for name in ("speed", "price", "overall")}, "overall", bootstrap=0
    )
    assert found[0]["part"] == pytest.approx(alone[0]["part"])


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_any_frame_comes_back_as_its_own_kind(make):
    frame = make({name: values.astype(float) for name, values in CARS.items()})
    found = key_drivers(frame, "mpg", bootstrap=0)
    assert type(found.to_frame()) is type(frame)
    assert max(found, key=lambda row: row["share"])["attribute"] == "cyl"


def test_missing_answers_leave_their_respondents_out_and_codes_are_not_of_the_outcome():
    rated = {"speed": [0, 5, 3, 2, 1, 4, 2, None, 5], "price": [1, 2, 2, 5, 4, 4, 1, 3, 2]}
    stays = [1, 1, 0, 0, 0, 1, 0, 1, None]
    found = key_drivers(rated, stays, missing=[0], bootstrap=0)
    assert found.facts["respondents"] == 6
    assert any("6 of 9 respondents" in note for note in found.notes)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"outcome": "satisfacton"}, "missing-column"),
        ({"outcome": [1.0, 2.0]}, "ragged-columns"),
        ({"outcome": [3.0] * 8}, "constant"),
        ({"answers": {"speed": [1, 2, 3], "price": [2, 1, 1]}, "outcome": [1, 2, 3]}, "too-few"),
        ({"answers": {"speed": [None] * 8}}, "no-answers"),
        ({"answers": {"speed": ["fine"] * 8}}, "not-a-number"),
        ({"answers": {"speed": [np.inf] * 8}}, "not-a-number"),
        ({"answers": {}}, "no-columns"),
        ({"answers": {"speed": []}, "outcome": []}, "ragged-columns"),
        ({"method": "shapley"}, "unknown-value"),
        ({"scale": (1, 4)}, "out-of-range"),
        ({"confidence": 1}, "out-of-range"),
    ],
)
def test_what_is_wrong_is_said(change, rule):
    given = {"answers": {"speed": [1, 2, 3, 4, 5, 1, 2, 3]}, "outcome": [1.0, 3, 2, 4, 5, 1, 3, 2], "bootstrap": 0}
    with pytest.raises(og.DataError) as caught:
        key_drivers(**(given | change))
    assert rule in [problem.rule for problem in caught.value.problems], caught.value


def test_more_than_20_attributes_ask_for_relative_weights():
    frame = {f"a{place}": RNG.normal(size=40) for place in range(21)}
    with pytest.raises(og.DataError, match="relative_weights"):
        key_drivers(frame, RNG.normal(size=40))


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.lists(st.integers(1, 7), min_size=4, max_size=4), min_size=6, max_size=40),
    scales=st.lists(st.sampled_from([-3.0, 0.5, 100.0]), min_size=3, max_size=3),
)
def test_parts_are_never_negative_sum_to_r_squared_and_know_no_units(values, scales):
    table = np.array(values, dtype=float)
    if np.ptp(table[:, 3]) == 0:
        return
    frame = dict(zip("abc", table[:, :3].T, strict=True))
    found = key_drivers(frame, table[:, 3], bootstrap=0)
    parts = found.columns["part"]
    assert (parts >= -1e-9).all()
    design = np.column_stack([np.ones(len(table)), table[:, :3]])
    left = table[:, 3] - design @ np.linalg.lstsq(design, table[:, 3], rcond=None)[0]
    assert parts.sum() == pytest.approx(1 - left.var() / table[:, 3].var(), abs=1e-6)
    assert found.facts["r_squared"] == pytest.approx(parts.sum())
    scaled = {name: column * scale + 5 for (name, column), scale in zip(frame.items(), scales, strict=True)}
    again = key_drivers(scaled, -2 * table[:, 3], bootstrap=0)
    assert again.columns["part"] == pytest.approx(parts, abs=1e-6)
