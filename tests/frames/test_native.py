"""Frames made of arrays, in each library."""

from __future__ import annotations

import numpy as np
import pytest

from outcomegap.frames import make_frame


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_a_column_of_nothing_is_text(kind):
    """So that months stack, whether or not somebody said something in one of them."""
    package = pytest.importorskip(kind)
    nothing, something = (make_frame({"why": np.array([text], dtype=object)}, kind) for text in (None, "price"))
    whole = package.concat([nothing, something]) if kind == "polars" else package.concat_tables([nothing, something])
    found = whole["why"].to_list() if kind == "polars" else whole["why"].to_pylist()
    assert found == [None, "price"]
