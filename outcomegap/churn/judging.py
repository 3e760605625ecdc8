"""Loss by loss: what the score saw of a customer, beside the reason that counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among
from outcomegap.churn.against import ASKED, EVENT, JUDGED, NEED_DATA, NO_GAP, NOT_FOUND, SIDES, UNKNOWN, Against
from outcomegap.churn.collection import Catalogue
from outcomegap.churn.columns import whole_of
from outcomegap.churn.entry import Entry
from outcomegap.churn.stated import Reading
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import as_column
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.views import ScoreViews

if TYPE_CHECKING:
    from outcomegap.churn.ledger import Ledger

Array = NDArray[Any]


def against(
    ledger: Ledger, scores: ScoreViews, *, top: int = 3, measures: Mapping[str, Iterable[str]] | None = None
) -> Against:
    """Say whether the score named the reason; what `Ledger.against` does."""
    if not isinstance(scores, ScoreViews):
        raise DataError(f"against: scores is what Scorer.score returned, or an og.OutcomeScores (got {scores!r:.60})")
    most = whole_of(top, 1)
    if most is None:
        raise DataError(f"against: top is how many gaps to look at, 1 or more (got {top!r:.60})")
    shows = _shows(ledger.catalogue, scores, measures)
    place = _places(ledger, scores)
    counted = ledger._losses.counted
    verdict = [_verdict(row, reading, scores) for row, reading in zip(place, counted, strict=True)]
    judged = [number for number, said in enumerate(verdict) if said in ASKED]
    rows = np.array([place[number] for number in judged], dtype=np.int64)
    parts = scores.step_arrays(rows).attribution()
    none: list[Any] = [None] * len(counted)
    told = {n: list(none) for n in ("cause_side", "side", "side_agrees", "top_gaps", "measure_in_top")}
    asked: list[tuple[frozenset[str], _Measured]] = []
    for number, row, part in zip(judged, rows.tolist(), parts, strict=True):
        entry = counted[number].entry
        assert entry is not None
        measured = _measured(scores, row, part, most)
        asked.append((shows[entry.id], measured))
        for name, value in _said(scores, row, measured, entry=entry, shows=shows[entry.id]).items():
            told[name][number] = value
    chance = _by_chance(asked) if scores.explains else math.nan
    others = int((~ideal_rows(scores)[rows]).sum())
    columns = _columns(ledger, scores, place, verdict, told)
    return Against(ledger, columns, most, chance, explains=scores.explains, not_ideal=others)


@attrs.frozen
class _Measured:
    """Measures of one lost customer: those of the cell, those under the top gaps; and these gaps by name."""

    here: frozenset[str]
    top: frozenset[str]
    gaps: tuple[str, ...]


def _measured(scores: ScoreViews, row: int, part: Array, top: int) -> _Measured:
    steps, applies = scores.model.steps, scores.applies[scores.cell[row]]
    order = [place for place in np.argsort(-np.round(part, 12), kind="stable").tolist() if part[place] > 0][:top]
    if not scores.explains:  # then no measure can be asked about
        applies = np.zeros(len(steps), dtype=bool)
    return _Measured(
        frozenset(step.measure.name for step, there in zip(steps, applies, strict=True) if there),
        frozenset(steps[place].measure.name for place in order),
        tuple(steps[place].name for place in order),
    )


def _by_chance(asked: Sequence[tuple[frozenset[str], _Measured]]) -> float:
    """Return how often a measure of the reason would be under the top gaps if reasons were dealt out anew."""
    share: dict[frozenset[str], float] = {}
    for shows in {shows for shows, _ in asked}:
        named = [bool(each.top & shows) for _, each in asked if each.here & shows]
        share[shows] = sum(named) / len(named) if named else math.nan
    found = [share[shows] for shows, each in asked if each.here & shows]
    return sum(found) / len(found) if found else math.nan


def _said(scores: ScoreViews, row: int, measured: _Measured, *, entry: Entry, shows: frozenset[str]) -> dict[str, Any]:
    """Return what the score said of one lost customer."""
    required, experience = float(scores.required_gap[row]), float(scores.experience_gap[row])
    known = not (math.isnan(required) or math.isnan(experience)) or float(scores.gap[row]) <= 0
    side = None
    if known and max(required, experience) > 0:
        side = "required" if required >= experience else "experience"
    cause = SIDES[entry.root_causes[0]]
    return {
        "cause_side": cause,
        "side": side,
        "side_agrees": side == cause if known else None,
        "top_gaps": ", ".join(measured.gaps) or None,
        "measure_in_top": bool(measured.top & shows) if measured.here & shows else None,
    }


def _verdict(row: int, reading: Reading, scores: ScoreViews) -> str:
    if row < 0:
        return NOT_FOUND
    if reading.entry is None:
        return UNKNOWN
    if reading.entry.root_causes[0] not in SIDES:
        return EVENT
    gap = float(scores.gap[row])
    if np.isnan(gap):
        return NEED_DATA
    return JUDGED if gap > 0 else NO_GAP


def _columns(
    ledger: Ledger, scores: ScoreViews, place: Sequence[int], verdict: Sequence[str], told: Mapping[str, Sequence[Any]]
) -> dict[str, Array]:
    rows = np.array(place, dtype=np.int64)
    found = rows >= 0
    columns = {name: ledger.columns[name] for name in ("customer", "entry", "root_cause")}
    columns["verdict"] = as_column(verdict)
    columns |= {name: objects(told[name]) for name in ("cause_side", "side", "side_agrees")}
    for name in ("required_gap", "experience_gap"):
        values = np.full(len(rows), np.nan)
        values[found] = getattr(scores, name)[rows[found]]
        columns[name] = values
    return columns | {name: objects(told[name]) for name in ("top_gaps", "measure_in_top")}


def _places(ledger: Ledger, scores: ScoreViews) -> list[int]:
    """Return the row of each lost customer in the scores, -1 where there is none."""
    problems: list[Problem] = []
    if ledger._losses.customer is None:
        message = "the ledger does not know who left; name the column with customer= when you make it"
        problems.append(Problem("no-id", message))
    if scores.id_column is None:
        message = "no column names the customers of the scores; score them with id=, so that they can be found again"
        problems.append(Problem("no-id", message))
    if problems:
        raise DataError.all("against", problems)
    ids = plain_values(scores.id)
    rows: dict[Any, int] = {}
    for row, name in enumerate(ids):
        if name is not None and rows.setdefault(name, row) != row:
            message = f"the scores hold customer {name!r:.60} in rows {rows[name]} and {row}; names are unique"
            problem = Problem("repeated-id", message, scores.id_column, name, (rows[name], row), 2)
            raise DataError.all("against", [problem])
    lost = plain_values(ledger._losses.customer)  # type: ignore[arg-type]
    if lost and rows and not set(lost) & set(rows):
        raise DataError.all("against", [_never_met(lost[0], next(iter(rows)), str(scores.id_column))])
    return [rows.get(name, -1) for name in lost]


def _never_met(lost: Any, scored: Any, column: str) -> Problem:
    """Return what is wrong where no customer of the ledger is in the scores; a name of each shows what differs."""
    if type(lost) is not type(scored):
        kinds = f"{lost!r:.40} ({type(lost).__name__}) in the ledger, {scored!r:.40} in the scores"
        return Problem("id-type", f"customers are named by {kinds}; make both the same type", column)
    message = f"no customer of the ledger is in the scores: {lost!r:.40} in the ledger, {scored!r:.40} in column"
    return Problem(
        "no-common-id", f"{message} {column!r} of the scores; are they the same customers?", column, str(lost)
    )


def _shows(book: Catalogue, scores: ScoreViews, given: object) -> dict[str, frozenset[str]]:
    """Return id of an entry -> measures that would show it."""
    if given is not None and not isinstance(given, Mapping):
        raise DataError(f"against: measures says id of an entry -> names of measures (got {given!r:.60})")
    shows = {entry.id: {measure.name for measure in entry.measures} for entry in book}
    known = [measure.name for measure in scores.model.measures]
    problems: list[Problem] = []
    for name, listed in (given or {}).items():
        if not among(name, book.ids):
            message = f"measures: {name!r:.60} is no entry{hint(name, book.ids)}"
            problems.append(Problem("unknown-entry", message, value=str(name), suggestion=nearest(name, book.ids)))
            continue
        if not isinstance(listed, Iterable):
            message = f"measures: {name!r} needs names of measures (got {listed!r:.60})"
            problems.append(Problem("unknown-measure", message, value=str(listed)))
            continue
        for measure in [listed] if isinstance(listed, str) else listed:
            if among(measure, known):
                shows[name].add(measure)
                continue
            message = f"measures: the model has no measure {measure!r:.60}{hint(measure, known)}"
            near = nearest(measure, known)
            problems.append(Problem("unknown-measure", message, value=str(measure), suggestion=near))
    if problems:
        raise DataError.all("against", problems)
    return {name: frozenset(found) for name, found in shows.items()}
