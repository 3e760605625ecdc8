"""Scores of many customers: the worked examples, states and order of need, missing data, immutability."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import outcomegap as og
from outcomegap.testing import customers, models
from tests.scoring.section_3 import model as example

ROW = {
    "segment": "startup",
    "stage": "onboarding",
    "delivery_rate": 0.99,
    "list_size": 250.0,
    "click_rate": 0.015,
    "offer_score": 3.0,
    "first_reply_hours": 12.0,
    "training_days": 1.0,
}


def columns(*rows):
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.fixture(scope="module")
def scorer():
    return og.Scorer(example())


def by_step(explanation, row=0):
    return dict(zip(explanation.steps, explanation.values[row].tolist(), strict=True))


def test_the_worked_example(scorer):
    scores = scorer.score(columns(ROW))
    assert scores.required[0] == 0.25
    assert scores.experience[0] == pytest.approx(5 / 6, abs=1e-15)
    assert scores.desired[0] == pytest.approx(5 / 24, abs=1e-15)
    assert scores.required_gap[0] == 0.75
    assert scores.experience_gap[0] == pytest.approx(1 / 24, abs=1e-15)
    assert by_step(scores.attribution()) == pytest.approx(
        {
            "e-mails delivered": 0,
            "list built": 5 / 12,
            "copy persuades": 1 / 6,
            "offer is irresistible": 1 / 6,
            "support replies": 0,
            "formal training": 1 / 24,
        },
        abs=1e-15,
    )
    gain = by_step(scores.gain())
    assert [gain[n] for n in ("list built", "copy persuades", "offer is irresistible")] == pytest.approx([5 / 24] * 3)
    assert (scores.met[0], scores.steps[0], scores.coverage[0]) == (2, 6, 1.0)


def test_need_is_ordered_by_state_before_gap():
    need = og.SuccessGap("need", og.Measure("need"), floor=0, target=1)
    wish = og.Expectation("wish", og.Measure("wish"), floor=0, target=1)
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=need),
        og.AppropriateExperience("e", expects=wish),
        achieved_at=0.8,
        appropriate_at=0.8,
    )
    model = og.OutcomeModel("two", desired_outcomes=[outcome])
    scores = og.Scorer(model).score({"need": [1.0, 0.5], "wish": [0.4, 1.0]})
    assert scores.state.tolist() == ["tolerating", "failing"]
    assert scores.gap[0] > scores.gap[1]
    assert scores.order().tolist() == [1, 0]


def test_a_state_turns_at_its_threshold_within_the_tolerance():
    model = one_step_each(achieved_at=0.7, appropriate_at=0.3)
    just, below = 0.7 - 5e-10, 0.7 - 5e-9
    scores = og.Scorer(model).score({"need": [0.7, just, below], "wish": [0.3, 0.3, 0.3]})
    assert scores.state.tolist() == ["successful", "successful", "failing"]


def one_step_each(**thresholds):
    need = og.SuccessGap("need", og.Measure("need"), floor=0, target=1)
    wish = og.Expectation("wish", og.Measure("wish"), floor=0, target=1)
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=need), og.AppropriateExperience("e", expects=wish), **thresholds
    )
    return og.OutcomeModel("one each", desired_outcomes=[outcome])


def test_everything_a_start_up_wants_and_nothing_an_enterprise_wants():
    model = og.gallery.load("email-validation")
    table: dict[str, list[object]] = {"segment": ["startup", "enterprise"], "stage": ["early", "early"]}
    enterprise = {step.name for step in og.Scorer(model).score(og.simulate(model, 1)).model.steps[-6:]}
    for step in model.steps:
        ends = step.floor if isinstance(step.floor, float) else step.floor.at("enterprise", "early")
        top = step.target if isinstance(step.target, float) else step.target.at("enterprise", "early")
        table[step.measure.name] = [ends, ends] if step.name in enterprise else [top, top]
    scores = og.Scorer(model).score(table)
    assert scores.required.tolist() == [1.0, 1.0]
    assert scores.experience.tolist() == [1.0, 0.0]
    assert scores.state.tolist() == ["successful", "tolerating"]
    parts = scores.attribution()
    assert [p for p in parts.values[1] if p] == pytest.approx([1 / 6] * 6, abs=1e-15)
    assert parts.values[0].tolist() == [0.0] * len(model.steps)


def test_seven_required_measures_all_blank():
    steps = [og.SuccessGap(f"step {i}", og.Measure(f"m{i}"), floor=0, target=1) for i in range(7)]
    wish = og.Expectation("wish", og.Measure("wish"), floor=0, target=1)
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=og.AllOf(*steps)), og.AppropriateExperience("e", expects=wish)
    )
    model = og.OutcomeModel("blank", desired_outcomes=[outcome])
    table = {f"m{i}": [None, 0.1] for i in range(7)} | {"wish": [1.0, 1.0]}
    scores = og.Scorer(model).score(table)
    assert scores.required_coverage[0] == 0
    assert np.isnan([scores.required[0], scores.desired[0], scores.gap[0]]).all()
    assert scores.experience[0] == 1.0
    assert (scores.low[0], scores.high[0]) == (0.0, 1.0)
    assert scores.state[0] == scores.point_state[0] == "uncertain"
    assert scores.order().tolist() == [1, 0]
    assert "need data" in str(scores.by()).lower()
    assert scores.by().total.need_data == 1


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_bounds_contain_the_score_of_every_completion(data):
    model = data.draw(models(max_steps=6))
    table = data.draw(customers(model, max_rows=2))
    scorer = og.Scorer(model)
    before = scorer.score(table)
    assert np.all((before.low <= before.desired + 1e-12) | np.isnan(before.desired))
    assert np.all((before.high >= before.desired - 1e-12) | np.isnan(before.desired))
    measures = [m.name for m in model.measures]
    ends = {
        m: sorted({v for step in (*model.steps, *model.observed_by) if step.measure.name == m for v in numbers(step)})
        for m in measures
    }
    for pick in range(4):
        filled = dict(table)
        for name in measures:
            filled[name] = [
                (ends[name][(pick * 7 + row) % len(ends[name])] if value is None or value != value else value)
                for row, value in enumerate(table[name])
            ]
        after = scorer.score(filled)
        assert np.all(after.desired >= before.low - 1e-12)
        assert np.all(after.desired <= before.high + 1e-12)


def numbers(step):
    for value in (step.floor, step.target):
        yield from value if not isinstance(value, float) else (value,)
    low, high = step.measure.low, step.measure.high
    floor, target = (next(iter(v)) if not isinstance(v, float) else v for v in (step.floor, step.target))
    middle = (floor + target) / 2
    yield min(max(middle, low if low is not None else middle), high if high is not None else middle)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(models(max_steps=8, columns=True), st.integers(0, 2**32 - 1))
def test_rows_do_not_hang_on_their_neighbours(model, seed):
    scorer = og.Scorer(model, threads=1)
    table = og.simulate(model, 60, seed=seed % 1000, missing=0.2)
    whole = scorer.score(table)
    some = np.random.default_rng(seed).permutation(60)[:17]
    part = scorer.score({name: np.asarray(values)[some] for name, values in table.items()})
    for name in ("required", "experience", "low", "high", "coverage"):
        assert getattr(whole, name)[some].tobytes() == getattr(part, name).tobytes()
    assert whole.attribution().values[some].tobytes() == part.attribution().values.tobytes()


def test_threads_and_blocks_change_no_bit(monkeypatch):
    from outcomegap.engines import numpy_blocks

    model = og.gallery.load("email-marketing")
    table = og.simulate(model, 30_000, seed=5, missing=0.1)
    one = og.Scorer(model, threads=1).score(table)
    parts = one.attribution().values.tobytes()
    monkeypatch.setattr(numpy_blocks, "WORTH_THREADS", 1)
    monkeypatch.setattr(numpy_blocks, "CACHE", 1)
    monkeypatch.setattr(numpy_blocks, "SMALLEST", 611)
    two = og.Scorer(model, threads=2).score(table)
    assert one.desired.tobytes() == two.desired.tobytes()
    assert one.low.tobytes() == two.low.tobytes()
    assert two.attribution().values.tobytes() == parts


def test_single_precision_is_near(scorer):
    table = og.simulate(scorer.model, 5_000, seed=2, missing=0.1)
    half, whole = og.Scorer(scorer.model, dtype="float32").score(table), scorer.score(table)
    assert half.desired.dtype == np.float32
    assert np.nanmax(np.abs(half.desired - whole.desired)) < 2e-6


def test_single_precision_keeps_small_distances_from_a_large_floor():
    step = og.SuccessGap("step", og.Measure("time"), floor=1e9, target=1e9 + 10)
    wish = og.Expectation("wish", og.Measure("wish"), floor=0, target=1)
    outcome = og.DesiredOutcome(og.RequiredOutcome("r", needs=step), og.AppropriateExperience("e", expects=wish))
    model = og.OutcomeModel("late", desired_outcomes=[outcome])
    scores = og.Scorer(model, dtype="float32").score({"time": [1e9 + 5.0], "wish": [1.0]})
    assert scores.required[0] == 0.5


def test_parts_sum_to_the_gap(scorer):
    table = og.simulate(og.gallery.load("email-marketing"), 20_000, seed=3, missing=0.15)
    scores = og.Scorer(og.gallery.load("email-marketing")).score(table)
    sums = scores.attribution().values.sum(axis=1)
    assert np.nanmax(np.abs(sums - scores.gap)) < 1e-12
    assert np.array_equal(np.isnan(sums), np.isnan(scores.gap))


def test_results_cannot_be_changed(scorer):
    scores = scorer.score(columns(ROW))
    for values in (scores.desired, scores.state, scores.required_low, scores.attribution().values, scores.cell):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[0]


@pytest.mark.parametrize("kind", ["dict", "pandas"])
def test_scores_refer_to_the_data_as_scored(scorer, kind):
    table = {name: np.array(values) for name, values in columns(ROW).items()}
    frame = table if kind == "dict" else pytest.importorskip("pandas").DataFrame(table)
    parts = scorer.score(frame).attribution().values
    scores = scorer.score(frame)
    if kind == "dict":
        frame["click_rate"][0] = 0.03
    else:
        frame.loc[0, "click_rate"] = 0.03
    assert scores.attribution().values.tobytes() == parts.tobytes()


def test_measures_that_nobody_can_write_to_are_not_copied(scorer):
    table = {name: np.array(values) for name, values in columns(ROW).items()}
    table["click_rate"].flags.writeable = False
    place = [measure.name for measure in scorer.model.measures].index("click_rate")
    assert np.shares_memory(scorer.score(table).batch.columns[place], table["click_rate"])


def test_a_scorer_survives_pickling(scorer):
    again = pickle.loads(pickle.dumps(scorer))
    assert again.model == scorer.model
    assert again.score(columns(ROW)).desired.tobytes() == scorer.score(columns(ROW)).desired.tobytes()


def test_what_is_missing_is_asked_for_in_order_of_what_hangs_on_it(scorer):
    row = ROW | {"list_size": None, "training_days": None}
    unknown = by_step(scorer.score(columns(row)).unknown())
    # R = list x (1 - (1 - .5)(1 - 0)) = .5 list, E = 1 without training; with it (2 + training) / 3
    assert unknown == pytest.approx(
        dict.fromkeys(unknown, 0) | {"list built": 0.5, "formal training": 0.25 * (1 - 2 / 3)}, abs=1e-15
    )


@pytest.mark.parametrize("n", [0, 1])
def test_no_customer_and_one(scorer, n):
    scores = scorer.score({name: values[:n] for name, values in columns(ROW).items()})
    assert len(scores) == len(scores.desired) == len(scores.state) == n
    assert scores.attribution().values.shape == (n, 6)
    assert len(scores.to_frame()["desired"]) == n
    assert scores.by("segment").total.customers == n
