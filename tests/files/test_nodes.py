"""Gates: every written form, names, sharing, circles, depth."""

from __future__ import annotations

import json
import time

import pytest

import outcomegap.files as files
from outcomegap.files.model_file import DEEPEST, read_model
from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, per_cell
from outcomegap.model.gate import depth_of
from tests.files.texts import MAIL, changed, data, findings_of, rules, told

GATE = 'all_of = ["e-mails delivered", "list built", { any_of = ["copy persuades", "offer is irresistible"] }]'
STEPS = ["e-mails delivered", "list built", "copy persuades", "offer is irresistible"]
WHERE = "desired_outcomes[0].required"


def root(gate: str, more: str = "") -> object:
    """Return what stands under the required outcome."""
    return files.loads(changed(GATE, gate) + more).desired_outcomes[0].required.needs


def step(name: str) -> object:
    return next(x for x in files.loads(MAIL).steps if x.name == name)


def test_forms():
    a, b, c, d = (step(name) for name in STEPS)
    ab, cd = json.dumps(STEPS[:2]), json.dumps(STEPS[2:])
    assert root(f"all_of = [{{ all_of = {ab} }}, {{ any_of = {cd} }}]") == AllOf(AllOf(a, b), AnyOf(c, d))
    assert root(f"at_least = 3\nof = {json.dumps(STEPS)}") == AtLeast(3, a, b, c, d)
    assert root(f"any_of = [{{ at_least = 1, of = {ab} }}, {{ mean = {cd} }}]") == AnyOf(AtLeast(1, a, b), Mean(c, d))
    weighted = f'mean = [{{ of = {{ any_of = {ab} }}, weight = 2 }}, {{ of = "copy persuades" }}, "{d.name}"]'
    assert root(weighted) == Mean(AnyOf(a, b), c, d, weights=(2, 1, 1))
    assert root(f"mean = [{{ at_least = 1, of = {ab} }}, {{ any_of = {cd} }}]") == Mean(AtLeast(1, a, b), AnyOf(c, d))
    by_name = ", ".join(f'"{n}" = {w}' for n, w in zip(STEPS, (1, 2.5, 3, "{ default = 1, startup = 4 }"), strict=True))
    assert root(f"mean = {{ {by_name} }}") == Mean(a, b, c, d, weights=(1, 2.5, 3, per_cell(1, {"startup": 4})))
    assert root(f"all_of = {{ {by_name.replace('2.5', '0').replace('3', '0.5').replace('4', '0.2')} }}") == AllOf(
        *(a, b, c, d), weights=(1, 0, 0.5, per_cell(1, {"startup": 0.2}))
    )
    wishes = f"any_of = [{{ of = {{ all_of = {ab} }}, weight = 0.5 }}, {json.dumps(c.name)}, {json.dumps(d.name)}]"
    assert root(wishes) == AnyOf(AllOf(a, b), c, d, weights=(0.5, 1, 1))
    assert root('of = "g"', f'[gates.g]\nall_of = [{{ all_of = {ab} }}, "h"]\n[gates.h]\nany_of = {cd}\n') == AllOf(
        AllOf(a, b), AnyOf(c, d)
    )
    assert root(f"of = {{ any_of = {json.dumps(STEPS)} }}") == AnyOf(a, b, c, d)


def test_a_gate_may_be_called_like_a_kind_of_gate():
    a, b, c, d = (step(name) for name in STEPS)
    by_name = f'mean = {{ any_of = 2, "{a.name}" = 1, "{b.name}" = 1 }}'
    assert root(by_name, f"[gates.any_of]\nall_of = {json.dumps(STEPS[2:])}\n") == Mean(
        AllOf(c, d), a, b, weights=(2, 1, 1)
    )


def test_a_single_step():
    text = changed('mean = { "support replies" = 2, "formal training" = 1 }', 'of = "support replies"')
    text = text[: text.index('[expectations."formal')] + text[text.index("[[desired") :]
    text = text.replace("training_days = {}\n", "")
    assert files.loads(text).desired_outcomes[0].experience.expects == step("support replies")


def test_names_of_gates_are_kept():
    model = files.loads(changed(GATE, 'of = "both"') + f"[gates.both]\n{GATE}\n")
    assert model == files.loads(MAIL)
    assert model.desired_outcomes[0].required.needs.name == "both"
    assert "[gates.both]" in files.dumps(model)


@pytest.mark.parametrize(
    ("gate", "where", "rule"),
    [
        ("", "", "missing-key"),
        ('all_off = ["list built"]', ".all_off", "unknown-key"),
        ('all_of = "list built"', ".all_of", "type"),
        ("all_of = []", "", "no-children"),
        ('all_of = ["list built", "list built"]', "", "repeated-children"),
        ('all_of = ["lst built"]', ".all_of[0]", "unknown-name"),
        ("all_of = [5]", ".all_of[0]", "type"),
        ("all_of = [[]]", ".all_of[0]", "type"),
        (
            "all_of = [{}]",
            ".all_of[0]",
            "gate",
        ),
        ('all_of = [{ anyof = ["list built"] }]', ".all_of[0]", "gate"),
        ('all_of = ["list built"]\nany_of = ["list built"]', "", "gate"),
        ('all_of = ["list built"]\nof = "list built"', ".of", "unknown-key"),
        ('all_of = [{ any_of = ["list built"], name = "x" }]', ".all_of[0].name", "unknown-key"),
        ("at_least = 2", ".of", "missing-key"),
        ('at_least = 2\nof = "list built"', ".of", "type"),
        ('at_least = 2\nof = ["list built"]', "", "at-least-range"),
        ('at_least = 0\nof = ["list built"]', ".at_least", "at-least-range"),
        ('at_least = 1.5\nof = ["list built"]', ".at_least", "at-least-range"),
        ('at_least = true\nof = ["list built"]', ".at_least", "at-least-range"),
        ('at_least = "1"\nof = ["list built"]', ".at_least", "at-least-range"),
        (f'at_least = 0x{"f" * 5000}\nof = ["list built"]', ".at_least", "at-least-range"),
        ('mean = "list built"', ".mean", "type"),
        ("mean = {}", "", "no-children"),
        ('mean = { "list buil" = 1 }', ".mean.list buil", "unknown-name"),
        ('mean = { "list built" = 0 }', ".mean.list built", "weights"),
        ('mean = { "list built" = -1 }', ".mean.list built", "weights"),
        ('mean = { "list built" = inf }', ".mean.list built", "weights"),
        ('mean = { "list built" = { column = "x" } }', ".mean.list built.column", "weights"),
        ('mean = { "list built" = { default = 1, starup = 2 } }', ".mean.list built.starup", "unknown-segment"),
        ('mean = [{ of = "list built", wait = 2 }]', ".mean[0].wait", "unknown-key"),
        ('mean = [{ of = "list built", weight = 0 }]', ".mean[0].weight", "weights"),
        ("mean = [{ weight = 2 }]", ".mean[0].of", "type"),
        ('mean = [{ any_of = ["list built"], weight = 2 }]', ".mean[0].weight", "unknown-key"),
        ('all_of = { "list built" = 1.5 }', ".all_of.list built", "weights"),
        ('any_of = { "list built" = -0.5 }', ".any_of.list built", "weights"),
        ('all_of = { "list built" = { default = 1, enterprise = 2 } }', ".all_of.list built.enterprise", "weights"),
        ('all_of = { "list built" = { default = 1, starup = 0 } }', ".all_of.list built.starup", "unknown-segment"),
        ('any_of = [{ of = "list built", wait = 1 }]', ".any_of[0].wait", "unknown-key"),
        ('all_of = [{ any_of = ["list built"], weight = 1 }]', ".all_of[0].weight", "unknown-key"),
        ('at_least = 1\nof = [{ of = "list built", weight = 1 }]', ".of[0]", "gate"),
    ],
)
def test_one_mistake(gate, where, rule):
    assert rules(changed(GATE, gate))[f"{WHERE}{where}"] == rule


def test_all_mistakes_of_a_gate_at_once():
    found = told(changed(GATE, 'mean = [{ of = { at_least = 9, of = ["a", 5] }, weight = -1 }, { all_of = [] }]'))
    assert set(found) == {
        f"{WHERE}.mean[0].weight",
        f"{WHERE}.mean[0].of",
        f"{WHERE}.mean[0].of.of[0]",
        f"{WHERE}.mean[0].of.of[1]",
        f"{WHERE}.mean[1]",
    }


def test_mistakes_come_in_the_order_of_the_file():
    found = findings_of(changed(GATE, 'all_of = [{ all_of = ["a", "b"] }, { all_of = ["c", "d"] }]'))
    assert [f.where[-12:] for f in found] == ["[0].all_of[0]"[1:], "[0].all_of[1]"[1:], "1].all_of[0]", "1].all_of[1]"]


@pytest.mark.parametrize("raw", ['"list built"', "5", '["list built"]'])
def test_a_shared_gate_is_a_table(raw):
    assert rules(changed(GATE, 'of = "g"') + f"[gates]\ng = {raw}\n")["gates.g"] == "type"


@pytest.mark.parametrize(
    ("gates", "circle"),
    [
        ({"g": {"all_of": ["g"]}}, "'g' -> 'g'"),
        ({"g": {"all_of": ["h"]}, "h": {"any_of": ["g"]}}, "'g' -> 'h' -> 'g'"),
        (
            {"g": {"all_of": ["list built", {"any_of": [{"mean": {"h": 1}}]}]}, "h": {"all_of": ["g"]}},
            "'g' -> 'h' -> 'g'",
        ),
    ],
)
def test_circles_are_named(gates, circle):
    whole = data()
    whole["gates"] = gates
    whole["desired_outcomes"][0]["required"]["all_of"].append("g")
    found = [f for f in read_model(whole)[1] if f.rule == "circle"]
    assert [(f.where, f.message) for f in found] == [("gates.g", f"builds on itself: {circle}")]


def nested(depth: int) -> dict:
    """Return a gate with `depth` gates within one another."""
    gate: dict = {"all_of": ["e-mails delivered"]}
    for _ in range(depth - 1):
        gate = {"any_of": ["list built", gate]}
    return gate


@pytest.mark.parametrize("form", ["toml", "json", "yaml"])
def test_depth_in_place(form):
    whole = data()
    whole["desired_outcomes"][0]["required"]["all_of"] = ["copy persuades", "offer is irresistible", "list built"]
    whole["desired_outcomes"][0]["required"]["all_of"].append(nested(20))
    model, findings = read_model(whole)
    assert model is not None, findings
    assert depth_of(model.desired_outcomes[0].required.needs) == 21
    assert files.loads(files.dumps(model, form), form) == model
    whole["desired_outcomes"][0]["required"]["all_of"][-1] = nested(60)
    assert [f.rule for f in read_model(whole)[1]] == ["too-deep"]


@pytest.mark.parametrize("form", ["toml", "json", "yaml"])
def test_ten_thousand_gates_within_one_another(form):
    start, middle, end = '{ any_of = ["list built", ' * 9_999, '{ all_of = ["e-mails delivered"] }', "] }" * 9_999
    text = changed(GATE, f"all_of = [{start}{middle}{end}]")
    if form != "toml":
        whole = data()
        whole["desired_outcomes"][0]["required"]["all_of"] = ["HERE"]
        gate = f"{start}{middle}{end}".replace("any_of =", '"any_of":').replace("all_of =", '"all_of":')
        text = json.dumps(whole).replace('"HERE"', gate)
    started = time.perf_counter()
    found = findings_of(text, form)
    assert time.perf_counter() - started < 5
    assert [f.rule for f in found] == ["too-deep"]


def chain(length: int) -> str:
    links = "".join(f'"g{i}" = {{ all_of = ["e-mails delivered", "g{i + 1}"] }}\n' for i in range(length - 1))
    return links + f'"g{length - 1}" = {{ all_of = ["list built"] }}\n'


def test_depth_by_names():
    steps = 'all_of = ["copy persuades", "offer is irresistible", "g0"]'
    model = files.loads(changed(GATE, steps) + "[gates]\n" + chain(DEEPEST - 1))
    assert depth_of(model.desired_outcomes[0].required.needs) == DEEPEST
    assert files.loads(files.dumps(model)) == model
    started = time.perf_counter()
    found = findings_of(changed(GATE, steps) + "[gates]\n" + chain(10_000))
    assert time.perf_counter() - started < 10
    assert [f.rule for f in found] == ["too-deep"]


def test_unknown_names_of_gates_have_a_nearest():
    text = changed(GATE, 'all_of = ["eech"]') + '[gates.each]\nall_of = ["list built"]\n'
    assert "did you mean 'each'" in told(text)[f"{WHERE}.all_of[0]"]
