"""One HTML page about all customers: nothing outside it is needed to read it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from outcomegap.errors import DataError
from outcomegap.frames.arrays import plain_values
from outcomegap.present import sections
from outcomegap.present.html import text
from outcomegap.scoring.views import ScoreViews

#: Nothing may be loaded from anywhere, and no script may run.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
#: How the ids of simulated customers begin.
SIMULATED = "simulated "


def report(
    scores: ScoreViews,
    path: str | Path | None = None,
    *,
    title: str | None = None,
    by: str = "segment",
    value: str | Any | None = None,
    weight: str | Any | None = None,
    keep: Sequence[str] | None = None,
    customers: int = 20,
    gaps: int = 8,
    simulated: bool | None = None,
) -> str:
    """Write a page that people read: coverage, states and ranked gaps by segment, and the head of the worklist.

    It holds its own style and drawings, follows the reader's light or dark setting, loads nothing and runs no
    script. Everything that came from the model or the data is escaped.

    Parameters
    ----------
    scores
        What `Scorer.score` made, or a scorer of your own.
    path
        The file to write; None writes none.
    title
        The page's title; by default the model's name.
    by
        What customers are grouped by: ``"segment"``, ``"stage"``, ``"goal"`` or a column.
    value, keep
        As in `Scores.worklist`: what breaks ties, and columns to show.
    weight
        As in `Scores.by`: what each customer weighs in the means.
    customers
        How many customers the page lists, at most.
    gaps
        How many gaps of each group, at most.
    simulated
        Whether the page says that the customers are simulated; None looks whether their ids say so.

    Returns
    -------
    str
        The page.

    Raises
    ------
    DataError
        If a column is not there, or the file cannot be written, or is not called ``.html``.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> page = report(og.Scorer(model).score(og.simulate(model, 200, seed=1)), title="Who needs us")
    >>> "<title>Who needs us</title>" in page, "simulated" in page
    (True, True)
    """
    if path is not None:
        must_be_html(path)
    grouped = scores.by(by, weight=weight)
    heading = title if title is not None else scores.model.name
    parts = [
        sections.heading(scores, heading, simulated=_simulated(scores) if simulated is None else simulated),
        sections.figures(grouped),
        sections.states(grouped),
        sections.ranked_gaps(grouped, gaps),
        sections.worklist(scores.worklist(value=value, keep=keep, limit=customers), scores),
        sections.overrides(scores),
        sections.data_present(scores),
        sections.set_aside(scores),
        sections.how_to_read(scores),
    ]
    page = _page(heading, "\n".join(part for part in parts if part))
    if path is not None:
        try:
            Path(path).write_text(page, encoding="utf-8")
        except OSError as error:
            raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
    return page


def must_be_html(path: str | Path) -> None:
    """Make sure that a file is called as what it will hold.

    Raises
    ------
    DataError
        If it is not.
    """
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise DataError(f"{path}: the report is an HTML page; call the file {Path(path).with_suffix('.html').name}")


def _simulated(scores: ScoreViews) -> bool:
    """Tell whether the ids are those that `simulate` makes."""
    first = plain_values(scores.id[:1])
    return bool(first) and isinstance(first[0], str) and first[0].startswith(SIMULATED)


def _page(title: str, body: str) -> str:
    style = files("outcomegap.present").joinpath("report.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{text(title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
