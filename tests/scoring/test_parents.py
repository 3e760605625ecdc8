"""Children rolled up to parents, against brute force."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.scoring import STATES
from outcomegap.scoring.states import Override
from tests.frames.kinds import listed, make
from tests.scoring.example import email_customers, email_model, email_scores

MEANS = ("desired", "required", "experience", "gap", "required_gap", "experience_gap")


def scored(parents, seed=0, missing=0.15, spoil=0, **more):
    """Customers C0, C1, ... with the parents given."""
    customers = email_customers(len(parents), seed, missing) | {"parent": parents} | more
    customers["delivery_rate"][:spoil] = 1.5
    return og.Scorer(email_model()).score(customers, on_bad="set_aside")


def plain_tree(parents):
    """Children by parent; who names itself has no parent."""
    tree = {}
    for row, name in enumerate(parents):
        if name is not None and name != f"C{row}":
            tree.setdefault(name, []).append(row)
    return tree


def slow_mean(tree, name, values, weights, include):
    """The mean below a parent, by its definition: (sum, weight), or None."""
    total, weight = 0.0, 0.0
    own = int(name[1:]) if include and name.startswith("C") else None
    for row in [*([own] if own is not None else []), *tree[name]]:
        if f"C{row}" in tree and row != own:
            inner = slow_mean(tree, f"C{row}", values, weights, include)
            if inner is None:
                continue
            part, heavy = inner
            total, weight = (total + part / heavy, weight + 1) if weights is None else (total + part, weight + heavy)
        elif not np.isnan(values[row]):
            heavy = 1.0 if weights is None else weights[row]
            total, weight = total + heavy * values[row], weight + heavy
    return (total, weight) if weight > 0 else None


def below(tree, name, include):
    rows = [int(name[1:])] if include and name.startswith("C") else []
    for row in tree[name]:
        rows += below(tree, f"C{row}", include) if f"C{row}" in tree else [row]
    return rows


@st.composite
def forests(draw):
    """Parents of 2 to 14 customers: groups outside the frame, or customers further on in it (so no circle)."""
    n = draw(st.integers(2, 14))
    return [
        draw(st.sampled_from([None, "X", "Y", f"C{row}", *(f"C{later}" for later in range(row + 1, n))]))
        for row in range(n)
    ]


@given(forests(), st.integers(0, 50), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_means_by_definition(parents, seed, include, weighted):
    scores = scored(parents, seed, missing=0.3, spoil=seed % 2)
    tree = plain_tree(parents)
    weights = np.arange(len(parents), dtype=float) if weighted else None
    how = "weighted" if weighted else "mean"
    rolled = scores.roll_up("parent", how, weights, include_parent=include)
    assert sorted(rolled.parent) == sorted(tree)
    known = np.where(np.isnan(scores.desired), np.nan, 1)
    for place, name in enumerate(rolled.parent):
        for field in MEANS:
            found = slow_mean(tree, name, getattr(scores, field) * known, weights, include)
            expected = np.nan if found is None else found[0] / found[1]
            assert getattr(rolled, field)[place] == pytest.approx(expected, abs=1e-12, nan_ok=True)
        for field in ("low", "high"):
            found = slow_mean(tree, name, getattr(scores, field), weights, include)
            expected = np.nan if found is None else found[0] / found[1]
            assert getattr(rolled, field)[place] == pytest.approx(expected, abs=1e-12, nan_ok=True)
        rows = below(tree, name, include)
        assert rolled.customers[place] == len(rows)
        assert rolled.children[place] == len(tree[name])
        assert rolled.need_data[place] == sum(np.isnan(scores.desired[r]) and scores.cell[r] >= 0 for r in rows)
        assert rolled.set_aside[place] == sum(scores.cell[r] < 0 for r in rows)


@given(forests(), st.integers(0, 50), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_worst_is_the_first_in_order_of_need(parents, seed, include):
    scores = scored(parents, seed, missing=0.3)
    tree = plain_tree(parents)
    rolled = scores.roll_up("parent", "worst", include_parent=include)
    order = scores.order().tolist()
    for place, name in enumerate(rolled.parent):
        rows = [row for row in below(tree, name, include) if not np.isnan(scores.desired[row])]
        if not rows:
            assert np.isnan(rolled.desired[place])
            continue
        worst = min(rows, key=order.index)
        assert rolled.desired[place] == scores.desired[worst]
        assert rolled.state[place] == scores.state[worst]
        assert rolled[name]["worst"] == f"C{worst}"
        every = below(tree, name, include)
        assert rolled.low[place] == scores.low[every].min() <= rolled.desired[place] <= rolled.high[place]


@pytest.mark.parametrize("how", ["mean", "weighted", "worst"])
def test_parts_add_up_to_the_gap(how):
    parents = ["X", "X", "C3", "Y", "C3", "X", "Y", None] * 5
    scores = scored(parents, seed=2)
    rolled = scores.roll_up("parent", how, "mrr" if how == "weighted" else None)
    known = ~np.isnan(rolled.gap)
    np.testing.assert_allclose(rolled.attribution.sum(axis=1)[known], rolled.gap[known], atol=1e-12)
    np.testing.assert_allclose((rolled.required_gap + rolled.experience_gap)[known], rolled.gap[known], atol=1e-12)


def test_one_level_is_the_group_mean():
    scores = scored(["X"] * 30 + ["Y"] * 30, seed=4, segment=["startup"] * 60)
    rolled, by = scores.roll_up("parent"), scores.by("parent")
    for group, desired, gap in zip(by, rolled.desired, rolled.gap, strict=True):
        assert (group.desired, group.gap) == pytest.approx((desired, gap))


def test_without_the_parents_own_row():
    scores = scored([None, "C0", "C0"], missing=0)
    apart, with_it = scores.roll_up("parent"), scores.roll_up("parent", include_parent=True)
    assert apart.desired[0] == pytest.approx(scores.desired[1:].mean())
    assert with_it.desired[0] == pytest.approx(scores.desired.mean())
    assert apart.own[0] == with_it.own[0] == scores.desired[0]
    assert (apart.customers[0], with_it.customers[0], with_it.children[0]) == (2, 3, 2)
    assert np.isnan(scored(["X", "X"]).roll_up("parent").own[0])


def test_a_parent_of_nobody_is_none():
    assert len(scored(["C0", None, None]).roll_up("parent")) == 0
    assert len(scored(["C0", None, None]).roll_up("parent", include_parent=True)) == 0
    assert str(scored(["C0"]).roll_up("parent")).startswith("0 parents")


def test_the_state_of_a_mean_and_of_unequal_thresholds():
    scores = email_scores(200, seed=1, missing=0, spoil=0)
    rolled = scores.roll_up([f"P{row % 40}" for row in range(200)])
    expected = np.where(
        rolled.required < 0.5 - 1e-9,
        "failing",
        np.where(rolled.experience < 0.5 - 1e-9, "tolerating", "successful"),
    )
    assert rolled.state.tolist() == expected.tolist()
    assert sum(rolled.columns[f"count_{state}"].sum() for state in STATES) == 200


def test_nobody_with_a_score():
    scores = scored(["X", "X"], spoil=2)
    rolled = scores.roll_up("parent")
    assert np.isnan(rolled.desired[0])
    assert rolled.state[0] is None
    unknown = scored(["X"], missing=1).roll_up("parent")
    assert (unknown.state[0], unknown.need_data[0], unknown.low[0], unknown.high[0]) == ("uncertain", 1, 0, 1)
    assert str(rolled)


def test_numbers_with_gaps_name_parents_too():

    customers = pd.DataFrame(email_customers(4, missing=0)).assign(id=[1, 2, 3, 4], parent=[np.nan, 1, 1, 2])
    rolled = og.Scorer(email_model()).score(customers).roll_up("parent")
    assert rolled.parent.tolist() == [1, 2]
    assert rolled.own[0] == pytest.approx(og.Scorer(email_model()).score(customers).desired[0])


@pytest.mark.parametrize("kind", ["dict", "records", "pandas", "polars", "pyarrow", "duckdb"])
def test_the_same_kind_of_frame(kind):
    columns = {k: np.asarray(v).tolist() for k, v in email_customers(6, missing=0).items()} | {
        "parent": ["X", "X", "Y", "Y", "X", None]
    }
    scores = og.Scorer(email_model()).score(make(kind, columns))
    back = scores.roll_up("parent", "worst").to_frame()
    assert type(back) is type(scores.to_frame())
    assert listed(back)["customers"] == [3, 2]


def test_overrides_stand_beside():
    scores = scored(["X", "X", "Y"], missing=0)
    said = Override("Y", state="failing", score=0.1, reason="merger", author="Tom", until="2026-06-30")
    rolled = scores.roll_up("parent").with_overrides([said], as_of="2026-01-01")
    assert rolled["Y"]["override_author"] == "Tom"
    assert rolled["Y"]["desired"] == scores.desired[2]
    assert rolled["Y"]["effective_score"] == 0.1
    assert rolled["X"]["override"] is False
    assert rolled.order().tolist() == [1, 0] or rolled.state[0] == "failing"
    assert "failing, score 10: merger (Tom, until 2026-06-30)" in str(rolled)
    below = Override("C0", state="failing", reason="r", author="a", until="2026-06-30")
    over = scores.with_overrides([below], as_of="2026-01-01").roll_up("parent")
    assert over["X"]["overridden"] == 1
    assert over["X"]["desired"] == scores.roll_up("parent")["X"]["desired"]
    assert "1 customer is overridden" in str(over)


def test_to_read():
    rolled = scored(["X", "X", "<b>"], missing=0).roll_up("parent")
    assert "X" in str(rolled)
    assert "&lt;b&gt;" in rolled._repr_html_()
    assert rolled.title == "2 parents in order of need, mean of the children"
    with pytest.raises(DataError) as caught:
        rolled["Z"]
    assert (caught.value.problems[0].rule, caught.value.problems[0].value) == ("unknown-value", "Z")


# -- bad input -------------------------------------------------------------------------------------------------------

SOME = scored(["X", "X", "Y"])


def refused(*args, **more):
    """The first problem of a roll-up that cannot be."""
    with pytest.raises(DataError) as caught:
        SOME.roll_up(*args, **more)
    return caught.value.problems[0]


def test_bad_parent():
    problem = refused("parnet")
    assert (problem.rule, problem.suggestion) == ("missing-column", "parent")
    with pytest.raises(DataError, match="one parent for each"):
        SOME.roll_up(["X"])


def test_bad_how():
    problem = refused("parent", "worts")
    assert (problem.rule, problem.column, problem.suggestion) == ("unknown-value", "how", "worst")


@pytest.mark.parametrize(
    ("how", "weight", "says"),
    [
        ("weighted", None, "needs weight="),
        ("mean", "mrr", 'for how="weighted"'),
        ("weighted", "mmr", "did you mean 'mrr'"),
        ("weighted", "csm", "must hold numbers"),
        ("weighted", [1, 2], "one number for each customer"),
    ],
)
def test_bad_weight(how, weight, says):
    with pytest.raises(DataError, match=says):
        SOME.roll_up("parent", how, weight)


def test_a_weight_below_zero_or_missing():
    for weight, row in (([1, -2, 3], 1), ([1, 2, np.nan], 2)):
        problem = refused("parent", "weighted", weight)
        assert (problem.rule, problem.rows, problem.count) == ("weight", (row,), 1)


def test_circles_and_names_that_stand_twice():
    with pytest.raises(DataError, match=r"'C0' < 'C1' < 'C0'|'C1' < 'C0' < 'C1'"):
        scored(["C1", "C0"]).roll_up("parent")
    with pytest.raises(DataError) as caught:
        scored([None, None, "A"], id=["A", "A", "B"]).roll_up("parent")
    assert [(p.rule, p.value, p.rows) for p in caught.value.problems] == [("repeated-id", "A", (0, 1))]


def test_a_long_chain_is_no_problem():
    scores = scored([*(f"C{row + 1}" for row in range(1500)), None], missing=0)
    rolled = scores.roll_up("parent")
    assert len(rolled) == 1500
    np.testing.assert_allclose(rolled.desired, scores.desired[0])


def test_a_blank_parent_is_none():
    customers = email_customers(4, seed=1, missing=0) | {
        "id": ["Acme", "B", "C", "D"],
        "up": [" ", "acme ", "Acme", ""],
    }
    rolled = og.Scorer(email_model()).score(customers).roll_up("up")
    assert rolled.parent.tolist() == ["acme ", "Acme"]


def test_parents_can_be_gone_through_and_say_who_is_not_ideal():
    rolled = scored(["X", "X", "Y", "Y", "X", None])
    assert [row["parent"] for row in rolled.roll_up("parent")] == rolled.roll_up("parent").parent[
        rolled.roll_up("parent").order()
    ].tolist()
    hobby = (np.array(rolled.table.values("segment")) == "hobby")[:5]
    columns = rolled.roll_up("parent").columns
    counted = {"X": int(hobby[[0, 1, 4]].sum()), "Y": int(hobby[[2, 3]].sum())}
    assert dict(zip(columns["parent"].tolist(), columns["not_ideal"].tolist(), strict=True)) == counted


def test_a_parent_that_is_written_in_two_ways_is_told():
    customers = email_customers(4, seed=1, missing=0) | {
        "id": ["Acme", "B", "C", "D"],
        "up": [" ", "acme ", "Acme", ""],
        "group": ["One", "one", "B", None],
    }
    scores = og.Scorer(email_model()).score(customers)
    rolled = scores.roll_up("up")
    assert rolled.parent.tolist() == ["acme ", "Acme"]
    assert "Parent 'acme ' is nobody's id: did you mean 'Acme'?" in str(rolled)
    assert "Parent 'one' is nobody's id: did you mean 'One'?" in str(scores.roll_up("group"))
    assert "nobody's id" not in str(scores.roll_up(["X", "X", "Y", "B"]))
