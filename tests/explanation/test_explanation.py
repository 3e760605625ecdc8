"""An explanation: a number for each customer and step, and the frame it becomes."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.model import AllOf
from tests.frames.kinds import listed, make
from tests.model.make import gap, model_of

COLUMNS = {"id": ["p", "q"], "list": [0.5, None], "two": [1.0, 0.25], "API": [1.0, 0.5]}


def explained(kind="dict"):
    scorer = og.Scorer(model_of(AllOf(gap("list"), gap("two", measure=og.Measure("two")))))
    return scorer.score(make(kind, COLUMNS)).attribution()


def test_what_it_holds():
    found = explained()
    assert (found.name, found.steps, len(found)) == ("attribution", ("list", "two", "API"), 2)
    assert found.observed.tolist() == [[True, True, True], [False, True, True]]
    assert found.applies.all()
    assert found.exact
    assert found.residual is None
    assert repr(found) == "<Explanation 'attribution': 2 customers x 3 steps>"


@pytest.mark.parametrize("kind", ["dict", "records", "pandas", "polars", "pyarrow"])
def test_its_frame_is_of_the_kind_that_came_in(kind):
    found = explained(kind)
    frame = found.to_frame()
    assert type(frame) is type(make(kind, COLUMNS))
    columns = listed(frame)
    assert list(columns) == ["id", "list", "two", "API"]
    assert list(columns["id"]) == ["p", "q"]
    for number, step in enumerate(found.steps):
        np.testing.assert_array_equal(columns[step], found.values[:, number])


def test_its_values_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        explained().values[0, 0] = 3
