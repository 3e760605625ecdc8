"""Scores of a query held to those of NumPy: what tests of databases share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

import outcomegap as og
from outcomegap.listing import beside

WORDS = ("state", "problem")


def as_arrow(frame):
    """Return a frame (a dict of arrays or lists) as an Arrow table that keeps NaN beside null."""
    lists = {
        name: values.tolist() if isinstance(values, np.ndarray) else list(values) for name, values in frame.items()
    }
    return pa.table({name: pa.array(values, from_pandas=False) for name, values in lists.items()})


def numbered(frame):
    """Return a frame with a column that tells its rows apart."""
    size = len(next(iter(frame.values())))
    return {**frame, "row": np.arange(size)}


def expected(model, frame, *, attribution=True, **said):
    """Return the columns that a query should give, by NumPy; rows set aside hold None."""
    scores = og.Scorer(model, threads=1).score(frame, id="row", on_bad="set_aside", **said)
    found = scores.framed()
    if attribution:
        parts = scores.attribution()
        found = beside(found, dict(zip(parts.steps, parts.values.T, strict=True)), "step")
    aside, plain = scores.cell < 0, {}
    for name, values in found.items():
        plain[name] = [
            None if gone and name != "row" else value for value, gone in zip(values.tolist(), aside, strict=True)
        ]
    return plain | {"problem": scores.set_aside_because().tolist()}


def worst(wanted, got):
    """Return the largest difference of a number; what is missing, words and counts must be the same.

    `got` holds the columns as lists, in any order of rows.
    """
    assert list(got) == list(wanted)
    order = np.argsort(got["row"], kind="stable")
    most = 0.0
    for name, listed in wanted.items():
        values = [None if isinstance(one, float) and one != one else one for one in listed]
        here = [got[name][at] for at in order]
        assert len(here) == len(values), name
        assert {type(one) for one in here} <= {float, type(None)} or name in (*WORDS, "row", "met", "steps")
        assert not any(isinstance(one, float) and one != one for one in here), f"{name}: NaN"
        if name in (*WORDS, "row", "met", "steps"):
            assert here == values, name
            continue
        assert [one is None for one in here] == [one is None for one in values], name
        most = max([most, *(abs(a - b) for a, b in zip(here, values, strict=True) if a is not None)])
    return most
