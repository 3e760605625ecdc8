"""The room of learning: its names."""

from __future__ import annotations

import outcomegap as og


def test_names_are_sorted_and_there():
    assert list(og.learn.__all__) == sorted(og.learn.__all__)
    assert all(callable(getattr(og.learn, name)) for name in og.learn.__all__)
