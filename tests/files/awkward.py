"""Models that are awkward to write down: odd names and numbers, shared gates, long chains, every kind of value."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from outcomegap.model import (
    AllOf,
    AnyOf,
    AppropriateExperience,
    AtLeast,
    DesiredOutcome,
    Expectation,
    Knots,
    Mean,
    Measure,
    OutcomeModel,
    ProductFunction,
    RequiredOutcome,
    Segment,
    Stage,
    SuccessGap,
    Threshold,
    column,
    curve,
    per_cell,
)

# Names that one of the three forms could take for something else, beside whatever Hypothesis comes up with.
ODD = ["yes", "no", "null", "~", "1", "1e5", "0x1F", "1_000", "1:30", "2024-01-01", "<<", "=", "#x", "a.b", '"', "'"]
ODD += ["- a", "? a", "a: b", "[a]", "{a}", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "a\\b", "a\nb", "a\tb", ".5"]
ODD += [
    "column",
    "threshold",
    "of",
    "weight",
    "all_of",
    "mean",
    "name",
    "gate 1",
    "\x7f",
    "a\x85b",
    "\u2028x\u2029y",
    "é",
    "e\u0301",
]
ODD += [
    "\ufeffa",
    "\U0001f600",
    "$schema",
    "inputs",
    "true",
    "NaN",
    ".inf",
    "+1",
    "-",
    "1.",
    "0o7",
    "007",
    "a b",
    "'a'",
]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = (st.sampled_from(ODD) | texts).filter(lambda name: name.strip() == name != "")
cell_names = names.filter(lambda name: "/" not in name and name not in ("*", "default"))
numbers = st.sampled_from([0.0, -0.0, 1.0, 0.1, 1e300, -5e-324, 1e15, 1e16, 123456789.5]) | st.floats(
    allow_nan=False, allow_infinity=False
)
shares = st.floats(0.0, 1.0)
LATE = curve("late", lambda z: z**3)
curves = (
    st.sampled_from(["linear", "threshold", "smooth", LATE, [(0, 0), (0.5, 0.2), (0.5, 0.6), (1, 1)]])
    | st.floats(0.01, 1).map(Threshold)
    | st.lists(st.tuples(shares, shares), max_size=4).map(lambda found: Knots(_rising(found)))
)


def _rising(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    xs, ys = sorted({x for x, _ in points} - {0.0, 1.0}), sorted(y for _, y in points)
    return ((0.0, 0.0), *zip(xs, ys, strict=False), (1.0, 1.0))


def _values(draw: Any, scalars: st.SearchStrategy[Any], segments: list[str], stages: list[str]) -> Any:
    if draw(st.booleans()):
        return draw(scalars)
    keys = [*segments, *(f"*/{s}" for s in stages), *(f"{a}/{b}" for a in segments for b in stages)]
    return per_cell(draw(scalars), draw(st.dictionaries(st.sampled_from(keys or ["all"]), scalars, max_size=3)))


def _step(draw: Any, kind: Any, name: str, measures: list[Measure], before: list[Any], cells: Any) -> Any:
    scalars = numbers | names.map(column)
    floor = _values(draw, scalars, *cells)
    target = _values(draw, scalars, *cells)
    fields: dict[str, Any] = {
        "floor": floor,
        "target": target if target != floor else per_cell(target if isinstance(target, float) else 1.0, {}),
        "curve": draw(curves),
        "after": draw(st.lists(st.sampled_from(before), max_size=2, unique=True)) if before else [],
        "owner": draw(st.none() | texts),
        "remedy": draw(st.none() | texts),
        "description": draw(texts),
    }
    if draw(st.booleans()):
        fields["missing"] = draw(st.just("skip") | st.just(_values(draw, shares, *cells)))
    if kind is SuccessGap:
        fields |= {
            "bridgeable": draw(st.booleans()),
            "status": draw(st.sampled_from(["open", "being closed", "closed"])),
        }
    return kind(name, draw(st.sampled_from(measures)), **fields)


def _gate(draw: Any, nodes: list[Any], name: str | None, cells: Any) -> Any:
    below = draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3, unique=True))
    kind = draw(st.sampled_from([AllOf, AnyOf, AtLeast, Mean]))
    if kind is AtLeast:
        return AtLeast(draw(st.integers(1, len(below))), *below, name=name)
    if kind is Mean:
        weight = st.just(1.0) | st.floats(0, 1e9, exclude_min=True)
        return Mean(*below, weights=[_values(draw, weight, *cells) for _ in below], name=name)
    # In no cell may all be 0.
    some, any_number = (st.just(1.0) | st.floats(0, 1, exclude_min=above) for above in (True, False))
    weights = [_values(draw, any_number if i else some, *cells) for i, _ in enumerate(below)]
    return kind(*below, weights=draw(st.none() | st.just(weights)), name=name)


@st.composite
def awkward_models(draw: Any) -> OutcomeModel:
    """Return a strategy for models that are awkward to write down; not all of them can be scored."""
    segments = draw(st.lists(cell_names, max_size=2, unique=True))
    stages = draw(st.lists(cell_names, max_size=2, unique=True))
    cells = (segments, stages)
    fresh = iter(draw(st.lists(names, min_size=16, max_size=16, unique=True)))
    low, high = sorted(draw(st.tuples(shares, shares)))
    measures = [
        Measure(next(fresh), unit=draw(st.none() | texts), low=low, high=None if low == high else high),
        Measure(next(fresh), description=draw(texts)),
    ]
    steps: list[Any] = []
    for kind in draw(st.lists(st.sampled_from([ProductFunction, SuccessGap]), min_size=1, max_size=3)):
        steps.append(_step(draw, kind, next(fresh), measures, steps, cells))
    wishes: list[Any] = []
    for _ in range(draw(st.integers(1, 2))):
        wishes.append(_step(draw, Expectation, next(fresh), measures, wishes, cells))
    labels = {}
    for nodes in (steps, wishes):
        for _ in range(draw(st.integers(0, 4))):
            gate = _gate(draw, nodes, None, cells)
            if gate not in labels and draw(st.booleans()):  # equal gates are one gate, and have one name
                gate = _renamed(gate, next(fresh))
            gate = labels.setdefault(gate, gate)
            if gate not in nodes:
                nodes.append(gate)
    outcomes = [
        DesiredOutcome(
            RequiredOutcome(
                draw(names),
                needs=draw(st.sampled_from(steps)),
                promised=draw(st.booleans()),
                measured_by=draw(st.none() | st.sampled_from([s for s in steps if hasattr(s, "measure")])),
                description=draw(texts),
            ),
            AppropriateExperience(draw(names), expects=draw(st.sampled_from(wishes)), description=draw(texts)),
            name=draw(st.none() | names),
            segments=draw(st.none() | st.just(segments)) or None,
            stages=draw(st.none() | st.just(stages)) or None,
            min_coverage=_values(draw, shares, *cells),
            achieved_at=_values(draw, shares.filter(bool), *cells),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    return OutcomeModel(
        draw(names),
        desired_outcomes=outcomes,
        segments=[Segment(s, ideal=draw(st.booleans()), description=draw(texts)) for s in segments],
        stages=[Stage(s, description=draw(texts)) for s in stages],
        description=draw(texts),
    )


def _renamed(gate: Any, name: str) -> Any:
    if isinstance(gate, AtLeast):
        return AtLeast(gate.k, *gate.children, name=name)
    return type(gate)(*gate.children, name=name, weights=gate.weights)
