"""Scores of groups as tables for people: plain text, and HTML."""

from __future__ import annotations

import html
import math
from itertools import islice
from typing import TYPE_CHECKING

from outcomegap.frames import html_table, text_table
from outcomegap.scoring.group_score import GapScore, GroupScore
from outcomegap.scoring.overrides import override_notes
from outcomegap.scoring.states import STATES

if TYPE_CHECKING:
    from outcomegap.scoring.segments import SegmentScores
    from outcomegap.scoring.views import ScoreViews

#: How many groups, and gaps of each, a table shows.
GROUPS, GAPS = 20, 3
GAP_HEADS = (
    *("largest gaps", "share of gap", "attained", "gain if closed"),
    *("affected", "data missing", "owner", "remedy"),
)

Row = list[str]


def segments_text(by: SegmentScores, model: str) -> str:
    """Return two tables: the groups, and the largest gaps of each."""
    heads, rows = groups_table(by)
    gap_heads, gap_rows = gaps_table(by)
    sides = ["l"] * max(len(by.names), 1) + ["r"] * (len(heads) - max(len(by.names), 1))
    gap_sides = ["l", "l", "r", "r", "r", "r", "r", "l", "l"]
    parts = [title(by, model), text_table(heads, rows, align=sides)]
    if any(row[2] for row in gap_rows):
        parts += [text_table(gap_heads, gap_rows, align=gap_sides)]
    return "\n\n".join(parts + _notes(by))


def segments_html(by: SegmentScores, model: str) -> str:
    """Return the same as HTML; everything is escaped."""
    heads, rows = groups_table(by)
    gap_heads, gap_rows = gaps_table(by)
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in _notes(by))
    return html_table(heads, rows, caption=title(by, model)) + html_table(gap_heads, gap_rows) + notes


def title(by: SegmentScores, model: str) -> str:
    """Return one line that says what is shown."""
    grouped = f" by {', '.join(by.names)}" if by.names else ""
    weighted = f", weighted by {by.weighted_by}" if by.weighted_by else ""
    return f"{model}{grouped}: {count(int(by._tally.customers.sum()))} customers{weighted}"


def groups_table(by: SegmentScores) -> tuple[Row, list[Row]]:
    """Return heads and rows of the groups, the total after those of ideal segments."""
    heads = [*(by.names or ("",)), "customers", "desired", "required", "experience", "gap", *STATES, "need data"]
    heads += ["overridden"] if by._scores.overrides else []
    shown = list(islice(by, GROUPS))
    ideal = [_group_row(group, _names(group), by) for group in shown if group.ideal and by.names]
    apart = [_group_row(group, _names(group), by) for group in (shown if by.names else by.apart) if not group.ideal]
    total = _group_row(by.total, ["total"] + [""] * (len(by.names) - 1), by)
    return heads, [*ideal, total, *apart]


def gaps_table(by: SegmentScores) -> tuple[Row, list[Row]]:
    """Return heads and rows of the largest gaps of each group."""
    rows: list[Row] = []
    for group in [*islice(by, GROUPS), *([by.total] if by.names else by.apart)]:
        gaps = [gap for gap in group.gaps if gap.share > 0][:GAPS]
        name = " / ".join(_names(group)) if group.key else group.name
        if not gaps:
            said = "no score" if math.isnan(group.gap) else "no gap" if by._scores.explains else "not said"
            rows.append([name, said, *[""] * (len(GAP_HEADS) - 1)])
        rows.extend(_gap_row(gap, name if not position else "") for position, gap in enumerate(gaps))
    return [", ".join(by.names), *GAP_HEADS], rows


def _names(group: GroupScore) -> Row:
    names = ["-" if value is None else str(value) for value in group.key.values()] or [group.name]
    return names if group.ideal or not group.key else [*names[:-1], f"{names[-1]} (not ideal)"]


def _group_row(group: GroupScore, names: Row, by: SegmentScores) -> Row:
    means = (group.desired, group.required, group.experience, group.gap)
    return [
        *names,
        count(group.customers),
        *map(fraction, means),
        *(percent(group.states[state]) for state in STATES),
        count(group.need_data),
        *([count(group.overridden)] if by._scores.overrides else []),
    ]


def _gap_row(gap: GapScore, group: str) -> Row:
    return [
        group,
        f"{gap.name}{'' if gap.bridgeable else ' (cannot be bridged)'}{_status(gap)}",
        percent(gap.share),
        percent(gap.attainment),
        fraction(gap.gain),
        count(gap.affected),
        count(gap.missing),
        gap.owner or "",
        gap.remedy or "",
    ]


def _status(gap: GapScore) -> str:
    return "" if gap.status == "open" else f" ({gap.status})"


def _notes(by: SegmentScores) -> Row:
    notes = []
    if len(by) > GROUPS:
        notes.append(f"... and {count(len(by) - GROUPS)} groups more; to_frame() has them all.")
    if not by._groups.ideal.all():
        notes.append("Segments that are not ideal are in no total.")
    if not by._scores.explains:
        notes.append("Whatever made these scores does not say which steps make up the gaps.")
    elif not by._scores.exact:
        total = by.total
        left = abs(1.0 - sum(gap.share for gap in total.gaps)) if total.gap > 0 else 0.0
        notes.append(
            f"Shares of gaps are not exact here{inexact(by._scores)}: "
            f"{percent(left)} of the total gap is left over, and is no gap's."
        )
    lost = int(by._tally.set_aside.sum())
    if lost:
        notes.append(f"{count(lost)} row{'s' if lost != 1 else ''} set aside: see the problems of the scores.")
    said = override_notes(by._scores)
    return [*notes, *(["\n".join(said)] if said else [])]


def inexact(scores: ScoreViews) -> str:
    """Say why parts do not sum to the gap, where a model is the reason."""
    return ", since a gate on numbers is not linear in its steps" if scores.model.desired_outcomes else ""


def count(number: int) -> str:
    """Return a whole number with separators."""
    return f"{number:,}"


def fraction(number: float) -> str:
    """Return a score with three decimals."""
    return "-" if math.isnan(number) else f"{number:.3f}"


def percent(number: float) -> str:
    """Return a share as a percentage."""
    return "-" if math.isnan(number) else f"{100 * number:.1f} %"
