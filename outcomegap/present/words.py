"""What the words of the report mean, for the scores that it shows."""

from __future__ import annotations

from outcomegap.scoring.segment_text import inexact, percent
from outcomegap.scoring.segments import SegmentScores
from outcomegap.scoring.views import ScoreViews

MEANING = {
    "failing": "required outcome not reached",
    "tolerating": "reached, but not in the way that suits them",
    "uncertain": "depends on data that are missing",
    "successful": "both",
}


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
    found = [
        ("Score", _score(scores)),
        ("Range", "what the score would be if everything missing turned out not met at all, or fully met."),
        ("State", "; ".join(f"{state}: {meaning}" for state, meaning in MEANING.items()) + "."),
    ]
    if scores.explains:
        found += [
            ("Share of gap", f"how much of the distance from 100 a step makes up. {whole}"),
            ("Gain if closed", "what the score would gain if that step alone were fully met. Gains do not sum up."),
        ]
    found += [
        ("Affected", "customers of whom the step is observed and not fully met."),
        ("Need data", "too little of one side is observed; such customers are in no mean, never among the worst."),
        ("Find out first", "the missing value on which most of the score hangs."),
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
