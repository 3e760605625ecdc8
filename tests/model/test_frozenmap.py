"""Mappings that never change."""

from __future__ import annotations

import pickle

import pytest

from outcomegap.model.declaration import FrozenMap


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
