"""The room of survey methods: its names."""

from __future__ import annotations

import outcomegap as og


def test_names_are_sorted_and_there():
    assert list(og.survey.__all__) == sorted(og.survey.__all__)
    assert all(callable(getattr(og.survey, name)) for name in og.survey.__all__)
