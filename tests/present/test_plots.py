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


RATINGS = {
    "speed <b>": [5, 4, 3, None],
    "price": [1, 2, 2, 2],
    "a very long name of an attribute that is cut": [5, 5, 5, 4],
}
LATER = {name: values[::-1] for name, values in RATINGS.items()}
METHODS = {
    "kano": lambda **asked: og.survey.kano(RATINGS, LATER, **asked),
    "opportunity": lambda **asked: og.survey.opportunity(RATINGS, LATER, **asked),
    "quadrants": lambda **asked: og.survey.importance_performance(RATINGS, LATER, **asked),
    "gaps": lambda **asked: og.survey.servqual(RATINGS, LATER, **asked),
    "zone": lambda **asked: og.survey.zone_of_tolerance(RATINGS, LATER, RATINGS, **asked),
    "intervals": lambda **asked: og.survey.net_promoter(RATINGS, **asked),
}


@pytest.mark.parametrize("drawing", METHODS)
@pytest.mark.parametrize("by", [None, ["new", "new", "old", "old"], ["a", "b", "c", "d"]])
def test_pictures_of_the_survey_methods(drawing, by):
    listing = METHODS[drawing](by=by)
    assert listing.drawing == drawing
    axes = listing.plot()
    axes.figure.canvas.draw()
    assert axes.get_title() == listing.title
    legend = [] if axes.get_legend() is None else [text.get_text() for text in axes.get_legend().get_texts()]
    assert by is None or drawing in ("gaps", "zone") or legend == list(dict.fromkeys(by))
