"""Pictures: each drawing of the registry draws, into axes that are given or new; what is missing is said."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import outcomegap as og
from outcomegap import listing as listings

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def estimates(**more):
    columns = {"step": ["a", "b <script>"], "share": [0.25, np.nan], "low": [0.1, np.nan], "high": [0.5, np.nan]}
    return og.Listing("two shares", columns, drawing="intervals", **more)


def test_into_new_axes_or_given_ones():
    axes = estimates().plot()
    assert axes.get_title() == "two shares"
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b <script>"]
    axes.figure.canvas.draw()
    _, given = pyplot.subplots()
    assert estimates().plot(given) is given


def test_a_listing_without_a_picture():
    with pytest.raises(og.DataError, match="no picture of this listing: plain"):
        og.Listing("plain", {"a": [1]}).plot()


def test_an_unknown_drawing():
    with pytest.raises(og.DataError, match="did you mean 'intervals'"):
        og.Listing("plain", {"a": [1]}, drawing="interval").plot()


def test_without_matplotlib(monkeypatch):
    monkeypatch.setattr(
        listings, "find_spec", lambda name: None if name == "matplotlib" else importlib.util.find_spec(name)
    )
    with pytest.raises(og.EngineError, match=r"outcomegap\[plots\]"):
        estimates().plot()
