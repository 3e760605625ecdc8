"""What was read of a customer, with the floor and target of the customer's own cell and columns."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.model.declaration import Column, Value, at
from outcomegap.scoring.customers import NONE
from outcomegap.testing import customers, models
from tests.scoring.example import email_model


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_readings_equal_a_plain_look_into_the_row(data: st.DataObject) -> None:
    model = data.draw(models(max_steps=6, max_cells=4))
    table = data.draw(customers(model, max_rows=6))
    scores = og.Scorer(model).score(table)
    applies = scores.attribution().applies
    steps = [data.draw(st.sampled_from([NONE, *np.flatnonzero(here).tolist()])) for here in applies]
    found = scores.readings(np.arange(len(scores)), np.array(steps))
    for row, number in enumerate(steps):
        if number == NONE:
            assert math.isnan(found.value[row])
            assert found.absent[row] is None
            continue
        step, cell = model.steps[number], model.cells[scores.cell[row]]

        def number_of(value: Value, row: int = row, cell: og.Cell = cell) -> tuple[float, str | None]:
            here = at(value, cell.segment, cell.stage)
            if isinstance(here, Column):
                own = table[here.name][row]
                return (math.nan if own is None else own), here.name
            assert here is not None
            return here, None

        raw = table[step.measure.name][row]
        expected = [(math.nan if raw is None else raw, step.measure.name), *map(number_of, (step.floor, step.target))]
        got = [found.value[row], found.floor[row], found.target[row]]
        np.testing.assert_array_equal(got, [value for value, _ in expected])
        empty = dict.fromkeys(name for value, name in expected if name is not None and math.isnan(value))
        assert found.absent[row] == (", ".join(empty) or None)


def test_an_own_target_is_the_customers() -> None:
    customer = {"segment": ["enterprise"] * 3, "stage": ["scaling"] * 3, "sla_hours": [4.0, 1.0, None]}
    customer |= {"first_reply_hours": [12.0, None, None], "delivery_rate": [0.9] * 3, "list_size": [12] * 3}
    customer |= {"click_rate": [0.01] * 3, "offer_score": [5] * 3, "training_days": [1] * 3}
    scores = og.Scorer(email_model()).score(customer)
    names = [step.name for step in scores.model.steps]
    found = scores.readings(np.arange(3), np.full(3, names.index("support replies")))
    assert found.said() == ["12 h, target 4 h", None, None]
    assert found.absent.tolist() == [None, "first_reply_hours", "first_reply_hours, sla_hours"]
    found = scores.readings(np.array([1]), np.array([names.index("list built")]))
    assert found.said() == ["12 of 200,000 contacts"]
