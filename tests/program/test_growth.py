"""Checking and compiling a model does work in proportion to its cells; work is counted, not timed."""

from __future__ import annotations

from collections import Counter

import pytest

import outcomegap as og
from benchmarks.bench_cells import model_of
from outcomegap.model import declaration
from outcomegap.program import compile_model


@pytest.mark.parametrize("call", [og.check, compile_model], ids=["check", "compile"])
def test_work_grows_with_cells(call, monkeypatch):
    asked = Counter()
    at = declaration.PerCell.at

    def counting(self, segment, stage):
        asked["lookups"] += 1
        return at(self, segment, stage)

    monkeypatch.setattr(declaration.PerCell, "at", counting)
    work = []
    for segments in (2, 10):
        model = model_of(segments, stages=5, steps=8)
        asked.clear()
        call(model)
        work.append(asked["lookups"])
    few, many = work
    assert few >= 10 * 8 * 2  # each floor and each target of each cell, once or a few times
    assert many == 5 * few
    assert many <= 10 * 50 * 8 * 2


def test_a_per_cell_value_is_looked_up_in_a_table_made_once():
    value = og.per_cell(1, {f"s{number}": number for number in range(100)})
    assert value.table is value.table
    assert [value.at(f"s{number}", "t") for number in (0, 99)] == [0, 99]
