"""Disagreement between model and observation, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from outcomegap.frames import text_table

if TYPE_CHECKING:
    from outcomegap.scoring.observed import Disagreement

#: How many gaps and ids are shown.
GAPS, IDS = 5, 10
#: What each disagreement means.
MEANS = {
    "model only": (
        "The model says attained, the observation says not",
        "the model lacks a gap that they have",
    ),
    "observation only": (
        "The observation says attained, the model says not",
        "the model asks for more than the outcome takes",
    ),
}


def disagreement_text(found: Disagreement) -> str:
    """Say how often model and observation disagree, where, and what those customers have in common."""
    total = found.total
    names = ", ".join(dict.fromkeys(o.required.name for o in found._scores.model.desired_outcomes))
    lines = [f"{names}: model and observation compared for {total.compared:,} of {total.customers:,} customers"]
    for says, count in (("model only", total.model_only), ("observation only", total.observation_only)):
        what, meaning = MEANS[says]
        share = count / total.compared if total.compared else 0.0
        lines.append(f"{what}: {count:,} ({share:.0%}){f'; {meaning}' if count else ''}")
    lines += ["", _segments(found)]
    for says in MEANS:
        lines += _in_common(found, says)
    return "\n".join(lines)


def _segments(found: Disagreement) -> str:
    rows = [
        [
            str(one.name) if one.ideal else f"{one.name} (not ideal)",
            *(one.customers, one.compared, one.model_only, one.observation_only),
            f"{one.share:.0%}",
        ]
        for one in found.segments
    ]
    heads = ["segment", "customers", "compared", "model only", "observation only", "disagree"]
    return text_table(heads, rows, align="lrrrrr")


def _in_common(found: Disagreement, says: str) -> list[str]:
    ids = found.ids(says)
    if not ids:
        return []
    shown = ", ".join(map(str, ids[:IDS])) + (f" and {len(ids) - IDS} more" if len(ids) > IDS else "")
    lines = ["", f"{MEANS[says][0]}: {shown}"]
    gaps = found.in_common(says)[:GAPS]
    if not any(gap.difference > 0 for gap in gaps):
        return [*lines, "No gap that the model knows sets them apart."]
    rows = [[gap.step, gap.customers, f"{gap.share:.0%}", _percent(gap.share_agreeing)] for gap in gaps]
    heads = ["open gap", "customers", "share", "of those who agree"]
    return [*lines, text_table(heads, rows, align="lrrr")]


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.0%}"
