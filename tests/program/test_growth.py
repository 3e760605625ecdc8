"""Checking and compiling a model does work in proportion to its cells; work is counted, not timed."""

from __future__ import annotations

from collections import Counter

import pytest

import outcomegap as og
from benchmarks.bench_cells import model_of
from outcomegap.model import values
from outcomegap.program import compile_model


@pytest.mark.parametrize("call", [og.check, compile_model], ids=["check", "compile"])
def test_work_grows_with_cells(call, monkeypatch):
    asked = Counter()
    at, table = values.at, values.PerCell.at

    def counting(value, segment, stage):
        asked["at"] += 1
        return at(value, segment, stage)

    def looking(self, segment, stage):
        asked["lookups"] += 1
        return table(self, segment, stage)

    monkeypatch.setattr(values, "at", counting)
    monkeypatch.setattr(values.PerCell, "at", looking)
    work = []
    for segments in (2, 10):
        model = model_of(segments, stages=5, steps=8)
        asked.clear()
        call(model)
        work.append(dict(asked))
    few, many = work
    assert few["lookups"] >= 10 * 8 * 2  # each floor and each target of each cell, once or a few times
    for kind, count in many.items():
        assert count <= 5.5 * few[kind]
    assert many["lookups"] <= 10 * 50 * 8 * 2


def test_a_per_cell_value_is_looked_up_in_a_table_made_once():
    value = og.per_cell(1, {f"s{number}": number for number in range(100)})
    assert value.table is value.table
    assert [value.at(f"s{number}", "t") for number in (0, 99)] == [0, 99]
