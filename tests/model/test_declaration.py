"""What fields hold: numbers by cell, where the most specific key wins (docs/meaning, clause 2.1), and frozen tables."""

from __future__ import annotations

import pickle
from itertools import product

import pytest
from hypothesis import given, strategies as st

from outcomegap.model import Column, PerCell, column, per_cell
from outcomegap.model.declaration import FrozenMap, at

SEGMENTS, STAGES = ("a", "b", "c"), ("x", "y")
KEYS = [*SEGMENTS, *(f"*/{stage}" for stage in STAGES), *(f"{s}/{t}" for s, t in product(SEGMENTS, STAGES))]


def test_the_most_specific_key_wins():
    value = per_cell(1, {"a": 2, "*/x": 3, "a/x": 4})
    assert [value.at(*cell) for cell in (("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"))] == [4, 2, 3, 1]


def test_a_segment_beats_a_stage():
    value = per_cell(1, {"*/x": 3, "a": 2})
    assert value.at("a", "x") == 2
    assert value.at("b", "x") == 3


@given(st.none() | st.integers(-9, 9), st.dictionaries(st.sampled_from(KEYS), st.integers(-9, 9)))
def test_precedence_in_every_cell(default, values):
    """A plain look: the exact cell, else the segment, else the stage, else the default."""
    value = per_cell(default, values)
    for segment, stage in product(SEGMENTS, STAGES):
        expected = default
        for key in (f"*/{stage}", segment, f"{segment}/{stage}"):
            expected = values.get(key, expected)
        assert value.at(segment, stage) == expected
        assert at(value, segment, stage) == expected


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(-9, 9)))
def test_the_order_of_keys_does_not_matter(values):
    turned = dict(reversed(values.items()))
    assert per_cell(0, values) == per_cell(0.0, turned)
    assert hash(per_cell(0, values)) == hash(per_cell(0.0, turned))


def test_a_number_is_the_same_in_every_cell():
    assert at(3.0, "a", "x") == 3.0
    assert at(column("own"), "a", "x") == Column("own")


def test_no_default_leaves_a_cell_without_a_value():
    assert per_cell(None, {"a": 2}).at("b", "x") is None


def test_all_numbers_are_listed_once():
    assert list(per_cell(1, {"b": 3, "a": column("own")})) == [1.0, Column("own"), 3.0]
    assert list(per_cell(None, {"a": 2})) == [2.0]


def test_columns_may_stand_in_cells():
    value = per_cell(24, {"a": column("sla")})
    assert value.at("a", "x") == column("sla")
    assert value.at("b", "x") == 24.0
    assert pickle.loads(pickle.dumps(value)) == value
    assert value != per_cell(24, {"a": column("other")})


@pytest.mark.parametrize("key", ["", "/", "a/", "/x", "default", "*", "*/*", "a/*", "default/x", "a/default", "a/b/c"])
def test_keys_that_are_no_cell(key):
    with pytest.raises(ValueError, match="is not a per-cell key; write 'segment'"):
        per_cell(1, {key: 2})


@pytest.mark.parametrize("key", ["a", "*/x", "a/x", "a b", "ä/ß", "*a/x", "a*"])
def test_keys_that_are_cells(key):
    assert isinstance(per_cell(1, {key: 2}), PerCell)


def test_it_is_a_mapping_in_the_order_it_was_written():
    table = FrozenMap([("b", 2), ("a", 1)])
    assert list(table.items()) == [("b", 2), ("a", 1)]
    assert (len(table), table["a"], table.get("c"), "b" in table) == (2, 1, None, True)
    with pytest.raises(KeyError):
        table["c"]


def test_equal_and_hashable_in_any_order():
    one, other = FrozenMap({"a": 1, "b": 2}), FrozenMap({"b": 2, "a": 1})
    assert one == other == {"a": 1, "b": 2}
    assert hash(one) == hash(other)
    assert one != FrozenMap({"a": 1})
    assert len({one, other, FrozenMap()}) == 2


def test_it_never_changes():
    source = {"a": 1}
    table = FrozenMap(source)
    source["a"] = 2
    assert table["a"] == 1
    with pytest.raises(AttributeError):
        table.items_of_mine = {}
    with pytest.raises(TypeError):
        table["a"] = 2


def test_it_is_picklable_and_readable():
    table = FrozenMap({"a": FrozenMap({"b": 1})})
    assert pickle.loads(pickle.dumps(table)) == table
    assert repr(table) == "{'a': {'b': 1}}"
