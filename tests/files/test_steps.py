"""Measures and steps: fields, names, what builds on what."""

from __future__ import annotations

import time

import pytest

import outcomegap.files as files
from outcomegap.files.model_file import read_model
from tests.files.texts import MAIL, changed, data, rules, told


@pytest.mark.parametrize(
    ("old", "new", "where", "rule"),
    [
        ("low = 0, high = 10", "low = 10, high = 0", "measures.offer_score", "range"),
        ('unit = "contacts"', "unit = 5", "measures.list_size.unit", "type"),
        ("training_days = {}", "training_days = 5", "measures.training_days", "type"),
        ("training_days = {}", "training_days = {hihg = 5}", "measures.training_days.hihg", "unknown-key"),
        ('"click_rate"\nfloor = 0', '"click_rat"\nfloor = 0', "gaps.copy persuades.measure", "unknown-measure"),
        ("floor = 3", "floor = 8", "gaps.offer is irresistible", "floor-is-target"),
        ("floor = 3\n", "", "gaps.offer is irresistible.floor", "missing-key"),
        ("bridgeable = false", "bridgeable = 0", "gaps.offer is irresistible.bridgeable", "type"),
        ('status = "being closed"', 'status = "shut"', "gaps.copy persuades.status", "choice"),
        ("missing = 0.25", "missing = 1.5", "expectations.formal training.missing", "missing"),
        ("missing = 0.25", 'missing = "drop"', "expectations.formal training.missing", "missing"),
        ("missing = 0.25", 'missing = {column = "x"}', "expectations.formal training.missing.column", "missing"),
        ("missing = 0.25", 'status = "open"', "expectations.formal training.status", "unknown-key"),
        ('owner = "customer"', "owner = [1]", "gaps.list built.owner", "type"),
        ('after = ["e-mails delivered"]', 'after = "x"', "gaps.list built.after", "list"),
        ('after = ["e-mails delivered"]', "after = [1]", "gaps.list built.after", "list"),
        ('after = ["e-mails delivered"]', 'after = ["e-mail delivered"]', "gaps.list built.after[0]", "unknown-name"),
        ('after = ["e-mails delivered"]', 'after = ["formal training"]', "gaps.list built.after", "wrong-side"),
        ('after = ["e-mails delivered"]', 'after = ["list built"]', "gaps.list built.after", "circle"),
    ],
)
def test_one_mistake(old, new, where, rule):
    assert rules(changed(old, new)) == {where: rule}


def test_after_names_a_step_once():
    found = rules(changed('after = ["e-mails delivered"]', 'after = ["e-mails delivered", "e-mails delivered"]'))
    assert found == {"gaps.list built.after": "repeated"}


@pytest.mark.parametrize("name", ["", " x", "x\t"])
def test_names_are_usable(name):
    whole = data()
    whole["gaps"][name] = whole["gaps"]["list built"]
    assert f"gaps.{name}" in {f.where for f in read_model(whole)[1]}


def steps(n: int, last: str = "") -> str:
    """Return the file with a chain of steps, each building on the next."""
    chain = "".join(
        f'[gaps."s{i}"]\nmeasure = "list_size"\nfloor = 0\ntarget = 1\n'
        + (f'after = ["s{i + 1}"]\n' if i < n - 1 else last)
        for i in range(n)
    )
    return changed('all_of = ["e-mails', 'all_of = ["s0", "e-mails').replace("[[desired", chain + "[[desired", 1)


def test_a_long_chain_of_steps():
    started = time.perf_counter()
    model = files.loads(steps(3000))
    assert len(model.steps) == 3006
    assert files.loads(files.dumps(model)) == model
    assert time.perf_counter() - started < 20


def test_a_circle_of_steps_is_named():
    found = told(steps(5, 'after = ["s2"]\n'))
    assert found == {"gaps.s2.after": "builds on itself: 's2' -> 's3' -> 's4' -> 's2'"}


def test_a_long_circle_is_told_in_short():
    found = told(steps(2000, 'after = ["s0"]\n'))
    assert len(found["gaps.s0.after"]) < 500


def test_defaults_are_those_of_the_model():
    steps = {step.name: step for step in files.loads(MAIL).steps}
    assert steps["support replies"].missing == "skip"
    assert steps["list built"].missing == 0.5
    assert steps["list built"].bridgeable is True
