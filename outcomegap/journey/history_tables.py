"""What a history is asked for, as tables: trends, what moved between days, rules that fired."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.checks import Checks, among, number_of
from outcomegap.churn.listing import Listing, as_column, percent
from outcomegap.churn.proportion import quantile_of
from outcomegap.errors import DataError, hint
from outcomegap.journey.effective import Day, day_of, effective_at
from outcomegap.journey.rule import Rule
from outcomegap.journey.runs import firings
from outcomegap.journey.trend import theil_sen
from outcomegap.scoring import Scores
from outcomegap.scoring.change import CAUSES, Change
from outcomegap.scoring.groups import plain_list

if TYPE_CHECKING:
    from outcomegap.journey.history import History

#: Scores that a trend can be taken of.
TRENDS = ("desired", "gap", "required", "experience", "low", "high", "coverage")
#: The columns of a trend, in order.
COLUMNS = ("customer", "points", "first", "last", "start", "now", "slope", "low", "high", "models")
NO_DAY = np.datetime64("NaT", "D")


def trend_of(history: History, of: Any, *, since: Any, per_days: Any, confidence: float) -> Listing:
    """Return each customer's trend, the worst first; what `History.trend` does."""
    quantile_of(confidence)
    if not among(of, TRENDS):
        raise DataError(f"trend: of is one of {', '.join(TRENDS)} (got {of!r:.60}){hint(of, TRENDS)}")
    number = number_of(per_days)
    if number is None or number <= 0:
        raise DataError(f"trend: per_days is a positive number of days (got {per_days!r:.60})")
    first = None if since is None else day_of("trend: since", since)
    known: dict[Any, list[tuple[Day, float, int]]] = {}
    for day, scores in history._points.items():
        if first is not None and day < first:
            continue
        held = history._models.index(effective_at(history._models, day))
        for name, value in zip(plain_list(scores.id), getattr(scores, of).astype(np.float64).tolist(), strict=True):
            known.setdefault(name, []).append((day, value, held))
    rows = [_trend(name, seen, per_days, confidence) for name, seen in known.items()]
    falls = -1 if of == "gap" else 1
    rows.sort(key=lambda row: (math.isnan(row["slope"]), falls * row["slope"]))
    title = f"Trend of {of} per {per_days:g} days: median of all pairwise slopes, {percent(confidence)} interval"
    return Listing(title, _columns(rows, COLUMNS, ("first", "last")), history._table)


def _trend(name: Any, seen: list[tuple[Day, float, int]], per_days: float, confidence: float) -> dict[str, Any]:
    known = [one for one in seen if not math.isnan(one[1])]
    days = np.array([day.astype(np.int64) for day, _, _ in known], dtype=np.float64)
    found = theil_sen(days, [value for _, value, _ in known], confidence).per(per_days)
    first, last = (known[0], known[-1]) if known else ((NO_DAY, math.nan, 0), (NO_DAY, math.nan, 0))
    row = {"customer": name, "points": found.points, "first": first[0], "last": last[0]}
    row |= {"start": first[1], "now": last[1], "slope": found.slope, "low": found.low, "high": found.high}
    return row | {"models": len({held for _, _, held in known})}


def moved_of(history: History) -> Listing:
    """Return what moved D between neighbouring days, on average; what `History.moved` does."""
    rows = [_moved(history.change(later), earlier, later) for earlier, later in pairwise(history.dates)]
    names = ("from", "to", "compared", "before", "after", *CAUSES, "came", "went", "apart", "not_split")
    title = "What moved D between neighbouring days, mean over customers of ideal segments"
    return Listing(title, _columns(rows, names, ("from", "to")), history._table)


def _moved(change: Change, earlier: Day, later: Day) -> dict[str, Any]:
    """Return one row; a customer is of the segment that the later scoring says."""
    ideal = {segment.name: segment.ideal for segment in change._later.model.segments}
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
        "since": days([np.datetime64(one.since, "D") for one in found]),
        "fired": days([np.datetime64(one.fired, "D") for one in found]),
        "last": days([np.datetime64(one.last, "D") for one in found]),
        "until": days([NO_DAY if one.until is None else np.datetime64(one.until, "D") for one in found]),
        "days": np.array([one.last - one.since for one in found], dtype=np.int64),
        "observations": np.array([one.observations for one in found], dtype=np.int64),
        "longest_gap_days": np.array([one.longest_gap for one in found], dtype=np.int64),
        "status": as_column([one.status for one in found]),
    }
    return Listing(f"Rules fired {len(found):,} times", columns, history._table)


def _rules(history: History, rules: Iterable[Any]) -> list[Rule]:
    """Return rules given one by one or in lists, after making sure that they can be used."""
    flat: list[Any] = []
    for one in rules:
        flat += list(one) if isinstance(one, Iterable) and not isinstance(one, (str, Mapping)) else [one]
    checks = Checks("rules")
    for rule in flat:
        if not isinstance(rule, Rule):
            checks.note("rule", "", f"{rule!r:.60} is no og.journey.Rule")
        else:
            rule._lacking((item.model for item in history._models), checks)
    if not flat:
        checks.note("rule", "", "name one rule or more")
    names = [rule.name for rule in flat if isinstance(rule, Rule)]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            checks.note("repeated", name, "two rules have this name; rename one")
    checks.done("these rules cannot be used")
    return flat


def _places(scores: Scores, place: Mapping[Any, int]) -> NDArray[np.int64]:
    return np.array([place[name] for name in plain_list(scores.id)], dtype=np.int64)


def _columns(rows: list[dict[str, Any]], names: Iterable[str], days: tuple[str, ...]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: as_column([row[name] for row in rows]) for name in names}
    return columns | {name: np.array([row[name] for row in rows], dtype="M8[D]") for name in days}
