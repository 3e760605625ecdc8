"""One customer explained, as text for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from outcomegap.frames import text_table
from outcomegap.frames.text import cell_text
from outcomegap.scoring.segment_text import fraction, percent

if TYPE_CHECKING:
    from outcomegap.present.one_customer import OneCustomer, OneGap

#: A residual above this is worth a word.
LEFT = 5e-4
HEADS = ("gap", "side", "stands at", "attained", "share of gap", "gain if closed", "owner", "remedy")
UNKNOWN_HEADS = ("unknown", "column", "at stake")


def one_customer_text(one: OneCustomer, width: int | None) -> str:
    """Return a heading, a table of what makes up the gap, what is met, and what is unknown."""
    open_gaps = [gap for gap in one.gaps if (not gap.met and not gap.missing) or (gap.missing and gap.part > 0)]
    met = [gap.name for gap in one.gaps if gap.met]
    parts = [_heading(one)]
    if open_gaps:
        parts.append(text_table(HEADS, [_row(gap) for gap in open_gaps], align=list("lllrrrll"), width=width))
    if abs(one.residual) > LEFT:
        parts.append(f"Shares are not exact here: {fraction(one.residual)} of the gap is left over, and is no step's.")
    if met:
        parts.append(cell_text("Fully met: " + ", ".join(met) + "."))
    if one.unknown:
        rows = [[gap.name, gap.absent or "", points(gap.at_stake)] for gap in one.unknown]
        parts.append(text_table(UNKNOWN_HEADS, rows, align=list("llr"), width=width))
    return "\n\n".join(parts)


def _heading(one: OneCustomer) -> str:
    place = " / ".join(part for part in (one.segment, one.stage, one.goal) if part is not None)
    who = f"Customer {one.id}{f' ({place})' if place else ''}{'' if one.ideal else ', not ideal'}"
    lines = [f"{who}, by {one.model}: {one.state}"]
    lines += [f"Overridden: {one.override}"] if one.override else []
    said = not (math.isnan(one.low) or math.isnan(one.high))
    span = f"between {100 * one.low:.1f} and {100 * one.high:.1f}" if said else "bounds not said"
    if math.isnan(one.desired):
        lines.append(f"Score unknown, {span}: needs data ({percent(one.coverage)} present). {one.steps_met}.")
        return "\n".join(map(cell_text, lines))
    sure = "all data present" if one.coverage == 1.0 else f"{span}, data present {percent(one.coverage)}"
    lines.append(f"Score {100 * one.desired:.1f} of 100 ({sure}). {one.steps_met}.")
    parts = f"gap {fraction(one.gap)}"
    if not math.isnan(one.required_gap):
        parts += f" = {fraction(one.required_gap)} required + {fraction(one.experience_gap)} experience"
        left = one.gap - one.required_gap - one.experience_gap
        parts += f", {fraction(left)} left over" if abs(left) > LEFT else ""
    if not (math.isnan(one.required) or math.isnan(one.experience)):
        times = abs(one.required * one.experience - one.desired) < LEFT
        both = f"appropriate experience {fraction(one.experience)}"
        parts = f"Required outcome {fraction(one.required)}{' x' if times else ','} {both}; {parts}"
    lines.append(parts)
    return "\n".join(map(cell_text, lines))


def _row(gap: OneGap) -> list[str]:
    return [
        gap.name if gap.status == "open" else f"{gap.name} ({gap.status})",
        gap.side,
        gap.stands_at or ("no data" if gap.missing else ""),
        percent(gap.attainment),
        percent(gap.share),
        points(gap.gain),
        gap.owner or "",
        gap.remedy or "",
    ]


def points(change: float) -> str:
    """Return a change of D as points of a score out of 100.

    Examples
    --------
    >>> points(0.2083333), points(float("nan"))
    ('+20.8', '-')
    """
    return "-" if math.isnan(change) else f"{100 * change:+.1f}"
