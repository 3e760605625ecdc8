"""What the words of the report mean, for the scores that it shows."""

from __future__ import annotations

import numpy as np

from outcomegap.scoring.segment_text import inexact, percent
from outcomegap.scoring.segments import SegmentScores
from outcomegap.scoring.views import ScoreViews

MEANING = {
    "failing": "required outcome not reached",
    "tolerating": "reached, but not in the way that suits them",
    "uncertain": "depends on data that are missing",
    "successful": "both",
}


OWN_MEANING = {
    "failing": "the first to turn to",
    "tolerating": "reached, but not in the way that suits them",
    "uncertain": "not known, or depends on data that are missing",
    "successful": "reached",
}
RANGE = "what the score would be if everything missing turned out not met at all, or fully met."
OWN_RANGE = "what the score can turn out to be, as far as whatever made it says."
NEED, OWN_NEED = "too little of one side is observed", "they have no score"


def meaning_of(scores: ScoreViews) -> dict[str, str]:
    """Return what each state means; a scorer of one's own may not tell R and E apart."""
    own = not scores.model.desired_outcomes and bool(np.isnan(scores.required).all())
    return OWN_MEANING if own else MEANING


def gaps_said(grouped: SegmentScores) -> str:
    """Say how the table of gaps is to be read."""
    scores, total = grouped._scores, grouped.total
    if not scores.explains:
        return "Whatever made these scores does not say which steps make up the distance from the desired outcome."
    sums = "; the shares of a group sum to 100 %"
    if not scores.exact:
        left = abs(1.0 - sum(gap.share for gap in total.gaps)) if total.gap > 0 else 0.0
        sums = (
            f". Shares are not exact here{inexact(scores)}: {percent(left)} of the gap is left over, and is no step's"
        )
    return (
        f"The share of gap says how much of the distance from the desired outcome a step makes up{sums}. "
        "Gain if closed is what the mean score would gain, in points of 100, if that step alone were fully met for "
        "everyone: what the model would score, not what an act will cause."
    )


def glossary(scores: ScoreViews) -> list[tuple[str, str]]:
    """Return the words of the page with their meaning, as far as the page uses them."""
    whole = "Parts sum to the whole for every customer."
    if not scores.exact:
        whole = "Parts need not sum to the whole here; what they leave is no step's."
    own = not scores.model.desired_outcomes
    states = "; ".join(f"{state}: {meaning}" for state, meaning in meaning_of(scores).items())
    found = [
        ("Score", _score(scores)),
        ("Range", OWN_RANGE if own else RANGE),
        ("State", f"{states}."),
    ]
    if scores.explains:
        found += [
            ("Share of gap", f"how much of the distance from 100 a step makes up. {whole}"),
            ("Gain if closed", "what the score would gain if that step alone were fully met. Gains do not sum up."),
        ]
    found += [
        ("Affected", "customers of whom the step is observed and not fully met."),
        ("Need data", f"{OWN_NEED if own else NEED}; such customers are in no mean, never among the worst."),
        ("Find out first", "a step whose data are missing." if own else "the missing value on which most hangs."),
    ]
    if scores.as_of is not None:
        found.append(("Override", "what somebody says instead of the score, until a day; what is computed stays."))
    return found


def _score(scores: ScoreViews) -> str:
    joins = {outcome.join.name for outcome in scores.model.desired_outcomes}
    if not joins:
        return f"100 x what {scores.model.name} says, between 0 and 1."
    if joins == {"product"}:
        return (
            "100 x required outcome x appropriate experience, each between 0 and 1: nothing counts without the first."
        )
    named = ", ".join(sorted(joins))
    return f"out of 100, made of required outcome and appropriate experience, joined by the model's own rule ({named})."
