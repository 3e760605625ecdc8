"""What a history is asked for, as tables: trends, what moved between days, rules that fired."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, among, number_of
from outcomegap.errors import DataError, hint
from outcomegap.frames.arrays import plain_values
from outcomegap.journey.effective import Day, day_of, effective_at
from outcomegap.journey.rule import Rule
from outcomegap.journey.runs import firings
from outcomegap.journey.trend import theil_sen_rows
from outcomegap.listing import Listing, as_column, counted, percent
from outcomegap.scoring import Scores
from outcomegap.scoring.change import CAUSES, Change
from outcomegap.scoring.groups import ideal_rows
from outcomegap.stats import z_of

if TYPE_CHECKING:
    from outcomegap.journey.history import History

#: Scores that are listed by day, and that a trend can be taken of.
TRENDS = ("desired", "gap", "required", "experience", "low", "high", "coverage")
Array = NDArray[Any]
NO_DAY = np.datetime64("NaT", "D")


def frame_of(history: History) -> Any:
    """Return a row a customer and day; what `History.to_frame` is."""
    pieces: dict[str, list[Any]] = {}
    for day, scores in history._points.items():
        cells = np.array([*map(str, scores.model.cells), None], dtype=object)[scores.cell]
        columns = {
            "customer": scores.id,
            "date": np.full(len(scores), day, dtype="M8[D]"),
            "model": as_column([effective_at(history._models, day).name] * len(scores)),
            "cell": cells,
            "state": scores.state.astype(object),
        }
        columns |= {name: getattr(scores, name).astype(np.float64) for name in TRENDS}
        for name, values in columns.items():
            pieces.setdefault(name, []).append(values)
    return history.table.build({n: np.concatenate(values) for n, values in pieces.items()}, index_like=False)


def trend_of(history: History, of: Any, *, since: Any, per_days: Any, confidence: float) -> Listing:
    """Return each customer's trend, the worst first; what `History.trend` does."""
    z_of(confidence)
    if not among(of, TRENDS):
        raise DataError(f"trend: of is one of {', '.join(TRENDS)} (got {of!r:.60}){hint(of, TRENDS)}")
    number = number_of(per_days)
    if number is None or number <= 0:
        raise DataError(f"trend: per_days is a positive number of days (got {per_days!r:.60})")
    first = None if since is None else day_of("trend: since", since)
    days = [day for day in history._points if first is None or day >= first]
    place: dict[Any, int] = {}
    rows = [
        np.array([place.setdefault(name, len(place)) for name in plain_values(history._points[day].id)], dtype=np.int64)
        for day in days
    ]
    table = history.table
    values = np.full((len(place), max(len(days), 1)), math.nan)
    for column, (day, here) in enumerate(zip(days, rows, strict=True)):
        values[here, column] = getattr(history._points[day], of)
    held = np.array([history._models.index(effective_at(history._models, day)) for day in days] or [0])
    columns = {"customer": as_column(list(place)), **_trends(days or [NO_DAY], values, held, number, confidence)}
    falls = -1.0 if of == "gap" else 1.0
    order = np.argsort(falls * columns["slope"], kind="stable")  # NaN is last
    title = f"Trend of {of} per {number:g} days: median of all pairwise slopes, {percent(confidence)} interval"
    return Listing(title, {name: each[order] for name, each in columns.items()}, like=table)


def _trends(days: list[Day], values: Array, held: Array, per_days: float, confidence: float) -> dict[str, Array]:
    """Return what is said of each row of values, one a customer."""
    times = np.array(days, dtype="M8[D]").astype(np.int64).astype(np.float64)
    slope, low, high, points = theil_sen_rows(times, values, confidence)
    known = ~np.isnan(values)
    ends = known.argmax(axis=1), known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    first, last = (np.where(points > 0, np.array(days, dtype="M8[D]")[end], NO_DAY) for end in ends)
    start, now = (np.where(points > 0, values[np.arange(len(values)), end], math.nan) for end in ends)
    models = np.zeros(len(values), dtype=np.int64)
    for one in np.unique(held):
        models += known[:, held == one].any(axis=1)
    found: dict[str, Array] = {"points": points, "first": first, "last": last, "start": start, "now": now}
    found |= {"slope": slope * per_days, "low": low * per_days, "high": high * per_days, "models": models}
    return found


def moved_of(history: History) -> Listing:
    """Return what moved D between neighbouring days, on average; what `History.moved` does."""
    rows = [_moved(history.change(later), earlier, later) for earlier, later in pairwise(history.dates)]
    names = ("from", "to", "compared", "before", "after", *CAUSES, "came", "went", "apart", "not_split")
    title = "What moved D between neighbouring days, mean over customers of ideal segments"
    return Listing(title, _columns(rows, names, ("from", "to")), like=history.table)


def _moved(change: Change, earlier: Day, later: Day) -> dict[str, Any]:
    """Return one row; a customer is of the segment that the later scoring says."""
    ideal = {segment.name: segment.ideal for segment in change.later.model.segments}
    segments = ["" if cell is None else cell.partition("/")[0] for cell in change.cell_after.tolist()]
    good = np.array([ideal.get(name, True) for name in segments], dtype=bool)
    known = good & ~np.isnan(change.total)
    row: dict[str, Any] = {"from": earlier, "to": later, "compared": int(known.sum())}
    values = {"before": change.before, "after": change.after, **{name: change.causes[name] for name in CAUSES}}
    row |= {name: float(part[known].mean()) if known.any() else math.nan for name, part in values.items()}
    row |= {"came": len(change.came), "went": len(change.went)}
    return row | {"apart": int((~good).sum()), "not_split": int((good & ~known).sum())}


def fired_of(history: History, rules: Iterable[Any]) -> Listing:
    """Say which rules fired, for whom and when; what `History.fired` does."""
    listed = _rules(history, rules)
    place = {name: number for number, name in enumerate(history.customers)}
    seen = (
        (int(day.astype(np.int64)), _places(scores, place), [rule.answers(scores) for rule in listed])
        for day, scores in history._points.items()
    )
    found = firings(listed, seen, len(place))
    names, days = list(place), partial(np.array, dtype="M8[D]")
    columns: dict[str, Any] = {
        "rule": as_column([one.rule for one in found]),
        "customer": as_column([names[one.customer] for one in found]),
        **_ideal(history, [(np.datetime64(one.fired, "D"), names[one.customer]) for one in found]),
        "since": days([np.datetime64(one.since, "D") for one in found]),
        "fired": days([np.datetime64(one.fired, "D") for one in found]),
        "last": days([np.datetime64(one.last, "D") for one in found]),
        "until": days([NO_DAY if one.until is None else np.datetime64(one.until, "D") for one in found]),
        "days": np.array([one.last - one.since for one in found], dtype=np.int64),
        "observations": np.array([one.observations for one in found], dtype=np.int64),
        "longest_gap_days": np.array([one.longest_gap for one in found], dtype=np.int64),
        "status": as_column([one.status for one in found]),
    }
    apart = int((~columns["ideal"]).sum()) if "ideal" in columns else 0
    notes = [f"For customers of segments that are not ideal: {apart:,}."] if apart else []
    title = f"Rules fired {counted(len(found), 'time')}"
    return Listing(title, columns, like=history.table, notes=notes, formats={"ideal": "ideal"})


def _ideal(history: History, fired: list[tuple[Day, Any]]) -> dict[str, NDArray[np.bool_]]:
    """Return whether each was of an ideal segment on the day; nothing where no model has others."""
    if all(segment.ideal for model in history.models.values() for segment in model.segments):
        return {}
    days = {day for day, _ in fired}
    known = {
        (day, name): fine
        for day in days
        for name, fine in zip(plain_values(history._points[day].id), ideal_rows(history._points[day]), strict=True)
    }
    return {"ideal": np.array([known[one] for one in fired], dtype=bool)}


def _rules(history: History, rules: Iterable[Any]) -> list[Rule]:
    """Return rules given one by one or in lists, after making sure that they can be used."""
    flat: list[Any] = []
    for one in rules:
        flat += list(one) if isinstance(one, Iterable) and not isinstance(one, (str, Mapping)) else [one]
    checks = Checks("these rules cannot be used", "rules")
    for rule in flat:
        if not isinstance(rule, Rule):
            checks.finding("rule", "", f"{rule!r:.60} is no og.journey.Rule")
        else:
            rule._lacking((item.model for item in history._models), checks)
    if not flat:
        checks.finding("rule", "", "name one rule or more")
    names = [rule.name for rule in flat if isinstance(rule, Rule)]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            checks.finding("repeated", name, "two rules have this name; rename one")
    checks.done()
    return flat


def _places(scores: Scores, place: Mapping[Any, int]) -> NDArray[np.int64]:
    return np.array([place[name] for name in plain_values(scores.id)], dtype=np.int64)


def _columns(rows: list[dict[str, Any]], names: Iterable[str], days: tuple[str, ...]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: as_column([row[name] for row in rows]) for name in names}
    return columns | {name: np.array([row[name] for row in rows], dtype="M8[D]") for name in days}
