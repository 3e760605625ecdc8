"""What results propose for a model: floors, targets and weights, and where methods disagree."""

import numpy as np
import pytest
from scipy.stats import spearmanr

import outcomegap as og
from outcomegap import survey

RNG = np.random.default_rng(4)


def step(name, kind=og.Expectation):
    return kind(name, og.Measure(name.replace(" ", "_"), low=1, high=7), floor=1, target=7)


def model_of(gate=og.Mean, segments=(), **more):
    sales = og.SuccessGap("list", og.Measure("list_size"), floor=0, target=9)
    expected = [step(name) for name in ("speed", "price", "help")]
    other = og.Expectation("builds on", og.Measure("built"), floor=0, target=1, after=[expected[0]])
    required = og.RequiredOutcome("sales", needs=sales, measured_by=sales)
    suits = og.AppropriateExperience("how", expects=gate(*expected, other, **more))
    return og.OutcomeModel("mail", desired_outcomes=[og.DesiredOutcome(required, suits)], segments=segments)


def the(model, name):
    return next(step for step in model.steps if step.name == name)


def weights_of(model):
    gate = model.desired_outcomes[0].experience.expects
    return {child.name: weight for child, weight in zip(gate.children, gate.weights, strict=True)}


ZONE = survey.zone_of_tolerance(
    {"speed": [4, 4], "price": [2, 3]}, {"speed": [6, 7], "price": [5, 5]}, {"speed": [5, 5], "price": [3, 4]}
)


def test_the_zone_of_tolerance_gives_floors_and_targets():
    found = survey.expectations_from(ZONE, model_of())
    speed, price, support = (the(found.model, name) for name in ("speed", "price", "help"))
    assert (speed.floor, speed.target, price.floor, price.target) == (4.0, 6.5, 2.5, 5.0)
    assert (support.floor, support.target) == (1.0, 7.0)
    assert the(found.model, "builds on").after == (speed,)
    assert og.check(found.model) == og.check(model_of())
    assert found.find("speed")["target"] == 6.5


def test_servqual_gives_targets_alone_under_other_names():
    result = survey.servqual({"fast": [6, 7], "cheap": [5, 6]}, {"fast": [5, 5], "cheap": [3, 3]})
    found = survey.expectations_from(result, model_of(), steps={"fast": "speed"})
    assert (the(found.model, "speed").floor, the(found.model, "speed").target) == (1.0, 6.5)
    assert the(found.model, "price") == step("price")
    assert [row["step"] for row in found] == ["speed", None]
    assert found.notes == ("1 row without a step in the model.",)


def test_segments_get_their_own():
    plan = ["basic", "pro", "pro", "basic"]
    zone = survey.zone_of_tolerance({"speed": [2, 3, 3, 2]}, {"speed": [4, 6, 6, 4]}, {"speed": [3, 3, 3, 3]}, by=plan)
    found = survey.expectations_from(zone, model_of(segments=["basic", "pro", "trial"]))
    target = the(found.model, "speed").target
    assert [target.at(name, "all") for name in ("basic", "pro", "trial")] == [4.0, 6.0, 5.0]
    scores = og.Scorer(found.model).score(
        {
            "segment": ["basic", "pro"],
            "list_size": [9, 9],
            "speed": [4, 4],
            "price": [7, 7],
            "help": [7, 7],
            "built": [1, 1],
        }
    )
    assert scores.experience[0] == 1.0 > scores.experience[1]


def answers(n=200):
    speed, price, support = RNG.integers(1, 8, (3, n))
    overall = 2 * speed + price + 0.1 * support + RNG.normal(0, 1, n)
    return {"speed": speed, "price": price, "help": support}, overall


def test_weights_of_a_mean_are_shares():
    rated, overall = answers()
    drivers = survey.key_drivers(rated, overall, bootstrap=0)
    found = survey.weights_from(drivers, model=model_of())
    shares = dict(zip(drivers.columns["attribute"], drivers.columns["share"], strict=True))
    weights = weights_of(found.model)
    assert {name: weights[name] for name in shares} == pytest.approx(
        {name: 3 * share for name, share in shares.items()}, abs=1e-6
    )
    assert weights["builds on"] == 1.0
    assert found.find("speed")["key drivers"] == pytest.approx(shares["speed"])


def test_necessities_of_all_of_are_what_kanos_model_says_hurts():
    kano = survey.kano(
        {"speed": [2, 2, 1, 3], "price": [1, 1, 1, 3], "help": [3, 3, 1, 3]},
        {"speed": [5, 5, 5, 3], "price": [5, 3, 3, 3], "help": [3, 3, 3, 3]},
    )
    found = survey.weights_from(kano, model=model_of(og.AllOf, weights=(1, 1, 1, 0.3)), gate="all_of")
    assert weights_of(found.model) == {"speed": 0.75, "price": 0.25, "help": 0.0, "builds on": 0.3}
    assert survey.weights_from(kano, model=model_of(), gate="all_of").model == model_of()


def test_weights_of_segments():
    rated, overall = answers()
    plan = np.where(np.arange(200) < 100, "basic", "pro")
    overall = np.where(plan == "pro", rated["help"] + 0.0, overall)
    drivers = survey.key_drivers(rated, overall, by=plan, bootstrap=0)
    weights = weights_of(survey.weights_from(drivers, model=model_of(segments=["basic", "pro"])).model)
    assert weights["help"].at("pro", "all") > 2.5
    assert weights["help"].at("basic", "all") < 0.5
    for plan_ in ("basic", "pro"):
        assert sum(weights[name].at(plan_, "all") for name in rated) == pytest.approx(3, abs=0.01)


def test_disagreement_is_reported():
    rated, overall = answers()
    drivers = survey.key_drivers(rated, overall, bootstrap=0)
    contrast = survey.penalty_reward(rated, overall, bootstrap=0)
    stated = survey.importance_performance(
        {"speed": [3, 4], "price": [5, 6], "help": [7, 7]}, {"speed": [3, 4], "price": [3, 4], "help": [3, 4]}
    )
    needed = og.learn.necessity({**rated, "overall": overall}, "overall", permutations=0)
    results = (drivers, contrast, stated, needed)
    found = survey.weights_from(*results)
    names = ("speed", "price", "help")
    ranks = {
        method: [found.find(name)[f"{method}, rank"] for name in names]
        for method in ("key drivers", "penalty and reward", "importance", "necessity")
    }
    assert ranks["key drivers"] == [1, 2, 3]
    assert ranks["importance"] == [3, 2, 1]
    agreement = {(row["method"], row["and"]): row["rank correlation"] for row in found.parts["agreement"]}
    for (one, other), said in agreement.items():
        assert said == pytest.approx(spearmanr(ranks[one], ranks[other]).statistic)
    table = np.array(list(ranks.values()))
    ties = sum(times**3 - times for row in table for times in np.unique(row, return_counts=True)[1])
    spread = ((table.sum(axis=0) - table.sum(axis=0).mean()) ** 2).sum()
    assert found.facts["concordance"] == pytest.approx(12 * spread / (16 * (27 - 3) - 4 * ties))
    assert found[0]["spread"] == max(row["spread"] for row in found) == 2
    assert found.model is None


def test_methods_that_agree_with_ties_agree_wholly():
    """Kendall's correction for ties (Kendall, Rank Correlation Methods, chapter 6): the same ranks have W = 1."""
    stated = survey.opportunity({"a": 9, "b": 5, "c": 5}, {"a": 3, "b": 4, "c": 4})
    same = survey.importance_performance({"a": 9, "b": 5, "c": 5}, {"a": 3, "b": 4, "c": 4})
    assert survey.weights_from(stated, same).facts["concordance"] == pytest.approx(1)
    flat = survey.opportunity({"a": 5, "b": 5}, {"a": 3, "b": 4})
    assert np.isnan(survey.weights_from(flat).facts["concordance"])


def test_where_there_is_no_zone_a_step_keeps_its_levels():
    turned = survey.zone_of_tolerance(
        {"speed": [7], "price": [2]}, {"speed": [5], "price": [6]}, {"speed": [6], "price": [4]}
    )
    model = model_of()
    found = survey.expectations_from(turned, model)
    before, after = ({step.name: step for step in one.steps} for one in (model, found.model))
    assert (found[0]["floor"], found[0]["target"]) == (None, None)
    assert after["speed"] == before["speed"]
    assert (after["price"].floor, after["price"].target) == (2, 6)
    assert found.notes[0] == "1 row left out: what is adequate is not below what is desired."


def test_a_driver_that_goes_against_the_outcome_is_told():
    waiting, speed = np.random.default_rng(4).integers(1, 8, (2, 200))
    drivers = survey.key_drivers({"waiting": waiting, "speed": speed}, speed - 2 * waiting, bootstrap=0)
    assert drivers.find("waiting")["share"] > 0.5
    found = survey.weights_from(drivers)
    assert found.notes == ("Goes down where the outcome goes up; look at its weight: waiting.",)


def test_importance_that_is_not_known_is_told():
    nobody = {"speed": [5, 4, 3], "price": [None, None, None]}
    found = survey.weights_from(survey.opportunity(nobody, nobody))
    assert found.notes == ("Importance that is not known counts as 0: price.",)
    assert "Agreement" not in str(found)


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: survey.expectations_from(survey.csat({"all": [1, 5]}, scale=(1, 5))), "no-levels"),
        (lambda: survey.expectations_from(ZONE, model_of(), steps={"spede": "speed"}), "unknown-step"),
        (lambda: survey.expectations_from(ZONE, model_of(), steps={"speed": "sped"}), "unknown-step"),
        (survey.weights_from, "no-results"),
        (lambda: survey.weights_from(ZONE, gate="all"), "unknown-value"),
        (lambda: survey.weights_from(survey.csat({"all": [1, 5]}, scale=(1, 5))), "no-importance"),
        (lambda: survey.weights_from(ZONE, survey.kano({"speed": [1]}, {"speed": [5]})), "unknown-attribute"),
    ],
)
def test_what_is_wrong_is_said(make, rule):
    with pytest.raises(og.DataError) as caught:
        make()
    assert rule in [problem.rule for problem in caught.value.problems]


def test_a_step_without_importance_keeps_a_little_weight_in_a_mean():
    kano = survey.kano({"speed": [1, 1], "price": [3, 3]}, {"speed": [5, 5], "price": [3, 3]})
    weights = weights_of(survey.weights_from(kano, model=model_of()).model)
    assert (weights["speed"], weights["price"], weights["help"]) == (2.0, 0.001, 1.0)
