"""Small models for the tests of the graph."""

from __future__ import annotations

import json
import pathlib

from outcomegap.model import (
    AllOf,
    AnyOf,
    AppropriateExperience,
    AtLeast,
    DesiredOutcome,
    Expectation,
    Measure,
    OutcomeModel,
    RequiredOutcome,
    SuccessGap,
)


def gap(name, **more):
    """Return a success gap that is bridged at 1."""
    return SuccessGap(name, Measure(name), floor=0, target=1, **more)


def expectation(name, **more):
    """Return an expectation that is met at 1."""
    return Expectation(name, Measure(name), floor=0, target=1, **more)


def model_of(needs, expects=None, **more):
    """Return a model with one desired outcome."""
    experience = AppropriateExperience("how", expects=expectation("suits") if expects is None else expects)
    wanted = DesiredOutcome(RequiredOutcome("outcome", needs=needs), experience)
    return OutcomeModel("model", desired_outcomes=[wanted], **more)


def fault_tree(path: pathlib.Path) -> dict:
    """Read a published fault tree."""
    return json.loads(path.read_text())


def is_coherent(tree) -> bool:
    """Tell whether a fault tree has only monotone gates."""
    gates = tree["gates"].values()
    return all(g["op"] in ("and", "or", "atleast") and not any(a.startswith("~") for a in g["args"]) for g in gates)


def tree_model(tree, *, dual: bool) -> OutcomeModel:
    """Return the success graph that is a fault tree as it stands, or its dual: what works where the tree fails."""
    nodes = {name: gap(name) for name in tree["basic_event_probabilities"]}
    todo = [tree["top"]]
    while todo:
        gate = tree["gates"][todo[-1]]
        missing = [name for name in gate["args"] if name not in nodes]
        if missing:
            todo.extend(missing)
            continue
        children = list(dict.fromkeys(nodes[name] for name in gate["args"]))
        if gate["op"] == "atleast":
            k = len(children) - gate["k"] + 1 if dual else gate["k"]
            nodes[todo.pop()] = AtLeast(k, *children)
        else:
            nodes[todo.pop()] = AnyOf(*children) if (gate["op"] == "or") != dual else AllOf(*children)
    return model_of(nodes[tree["top"]])
