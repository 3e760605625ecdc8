"""The sections of the report, each a function that returns HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from outcomegap.errors import SHOWN
from outcomegap.frames.arrays import plain_values
from outcomegap.present.html import Cell, bar, figure, short, state_bar, state_key, table, text, word
from outcomegap.present.one_customer_text import points
from outcomegap.present.words import gaps_said, glossary, meaning_of
from outcomegap.scoring import STATES
from outcomegap.scoring.group_score import GapScore, GroupScore
from outcomegap.scoring.groups import AXES
from outcomegap.scoring.override_text import override_said
from outcomegap.scoring.segment_text import count, percent
from outcomegap.scoring.segments import SegmentScores
from outcomegap.scoring.views import ScoreViews
from outcomegap.scoring.worklist import NEED_DATA, WORK, Worklist

#: How many groups the page shows.
GROUPS = 24
#: How many overrides the page lists.
OVERRIDES = 50
Row = tuple[str, list[Cell]]


def heading(scores: ScoreViews, title: str, *, simulated: bool) -> str:
    """Return title, model, and whether the customers are real."""
    model = scores.model
    lines = [f'<h1 dir="auto">{text(title)}</h1>']
    if simulated:
        lines.append(
            '<p class="simulated" role="note">Simulated customers: invented from the model itself, to show what a '
            "report looks like. Nothing here is evidence about real customers.</p>"
        )
    if model.description:
        lines.append(f'<p dir="auto">{text(model.description)}</p>')
    lines.append(
        f'<p class="soft">Model <span dir="auto">{text(model.name)}</span> '
        f"(fingerprint {text(model.fingerprint[:12])}), {_cells(scores)}.</p>"
    )
    return "\n".join(lines)


def _cells(scores: ScoreViews) -> str:
    model = scores.model
    said = [(len(model.segments), "segment"), (len(model.stages), "stage"), (len(model.steps), "step")]
    return ", ".join(f"{number} {what}{'s' if number != 1 else ''}" for number, what in said if number)


def figures(grouped: SegmentScores) -> str:
    """Return the figures that matter most."""
    total = grouped.total
    shown = [
        (count(total.customers), "customers of ideal segments" if grouped.apart else "customers"),
        (score(total.desired), "mean score, of 100"),
        *((score(getattr(total, side)), what) for side, what in _sides(grouped).items()),
        (percent(total.states["failing"]), "failing"),
        (percent(total.coverage), "data present"),
        (count(total.need_data), "need data first"),
    ]
    if total.set_aside:
        shown.append((count(total.set_aside), "rows set aside"))
    items = "".join(f"<li><b>{text(number)}</b><span>{text(what)}</span></li>" for number, what in shown)
    return f'<ul class="figures">{items}</ul>'


def _sides(grouped: SegmentScores) -> dict[str, str]:
    """Return the sides that are known of anybody; some scorers of one's own do not tell them apart."""
    scores = grouped._scores
    known = {"required": "required outcome", "experience": "appropriate experience"}
    told = not scores.model.desired_outcomes
    return {side: what for side, what in known.items() if not (told and np.isnan(getattr(scores, side)).all())}


def states(grouped: SegmentScores) -> str:
    """Return the states of each group."""
    by = ", ".join(grouped.names)
    weighted = f" Means and shares are weighted by {text(grouped.weighted_by)}." if grouped.weighted_by else ""
    shown = list(grouped)[:GROUPS]
    sides, meaning = tuple(_sides(grouped)), meaning_of(grouped._scores)
    rows = [_state_row(group, sides) for group in shown if group.ideal]
    rows.append(_state_row(grouped.total, sides, "total"))
    rows += [_state_row(group, sides, "apart") for group in shown if not group.ideal]
    heads = [by, "customers", "score", *sides, "states", *STATES, "need data"]
    more = f'<p class="note">... and {count(len(grouped) - GROUPS)} more.</p>' if len(grouped) > GROUPS else ""
    return (
        f"<h2>Who is where, by {text(by)}</h2>\n<p>Bars show the share of customers in each state.{weighted}</p>\n"
        f"{state_key((state, f'{state}: {meaning[state]}') for state in STATES)}\n{table(heads, rows)}{more}"
    )


def _state_row(group: GroupScore, sides: tuple[str, ...], kind: str = "") -> Row:
    means = [group.desired, *(getattr(group, side) for side in sides)]
    cells = [word(name(group)), figure(count(group.customers)), *(figure(score(mean)) for mean in means)]
    cells += [state_bar(group.states), *(figure(percent(group.states[state])) for state in STATES)]
    return kind, [*cells, figure(count(group.need_data))]


def name(group: GroupScore) -> str:
    """Return what a group is called."""
    return group.name if group.ideal or not group.key else f"{group.name} (not ideal, in no total)"


def ranked_gaps(grouped: SegmentScores, most: int) -> str:
    """Return the gaps of each group, the largest share first."""
    key = state_key([("bar", "share of gap, data present"), ("part-unknown", "share of gap, data missing")])
    parts = [
        "<h2>Which gaps make up the distance</h2>",
        f"<p>{text(gaps_said(grouped))}</p>",
        key,
    ]
    if not grouped._scores.explains:
        return "\n".join(parts[:2])
    groups = [group for group in grouped if group.scored][:GROUPS]
    whole = [grouped.total] if grouped.total.scored and len(groups) > 1 else []
    for group in [*whole, *groups]:
        gaps = [gap for gap in group.gaps if gap.share > 0]
        parts.append(f'<h3 dir="auto">{text(_titled(group))}</h3>')
        if not gaps:
            parts.append("<p>No gap.</p>")
            continue
        parts.append(table(_gap_heads(), [("", _gap_row(gap, gaps[0].share)) for gap in gaps[:most]]))
        if len(gaps) > most:
            rest = sum(gap.share for gap in gaps[most:])
            parts.append(f'<p class="note">... and {len(gaps) - most} more, together {percent(rest)} of the gap.</p>')
    return "\n".join(parts)


def _titled(group: GroupScore) -> str:
    called = "All customers" if not group.key else name(group)
    return f"{called}: gap {score(group.gap)} points, {count(group.scored)} customers with a score"


def _gap_heads() -> list[str]:
    heads = ["step", "share of gap", "", "attained", "gain if closed", "affected", "data missing"]
    return [*heads, "owner", "remedy"]


def _gap_row(gap: GapScore, largest: float) -> list[Cell]:
    notes = [] if gap.bridgeable else ["cannot be bridged"]
    notes += [gap.status] if gap.status != "open" else []
    called = f"{gap.name} ({', '.join(notes)})" if notes else gap.name
    seen = max(gap.share - gap.unknown_share, 0.0)
    pieces = [("bar", seen), ("part-unknown", gap.unknown_share)]
    return [
        word(called),
        figure(percent(gap.share)),
        bar(pieces, f"{gap.name}: {percent(gap.share)} of the gap", of=largest),
        figure(percent(gap.attainment)),
        figure(points(gap.gain)),
        figure(count(gap.affected)),
        figure(count(gap.missing)),
        word(gap.owner),
        word(gap.remedy),
    ]


def worklist(listed: Worklist, scores: ScoreViews) -> str:
    """Return the head of the worklist, and of those who need data."""
    work = [row for row in listed if row["section"] == WORK]
    lacking = [row for row in listed.need_data.head(len(listed)) if row["section"] == NEED_DATA]
    axes = [axis for axis in AXES if axis in listed.columns]
    who = [listed.id_name, *listed.kept]
    place = [" / ".join(axes)] if axes else []
    valued = ["value"] if listed.has_value else []
    parts = ["<h2>Whom to turn to first</h2>"]
    if work:
        first = f"The first {len(work)} of {count(listed.total)} customers, in" if len(work) < listed.total else "In"
        parts.append(f"<p>{first} order of need: failing before tolerating, then the larger gap.</p>")
        heads = ["#", *who, *place, "state", "score", "range", "met", *valued]
        heads += ["first gap", "stands at", "share of gap", "gain if closed", "owner", "remedy"]
        heads += ["override"] if scores.overrides else []
        rows = zip(listed.rows.tolist(), work, strict=False)
        parts.append(
            table(heads, [("", [*_who(row, who, axes), *_work_row(row, valued, at, scores)]) for at, row in rows])
        )
    if lacking:
        parts.append(f"<h3>Need data before they can be scored: {count(listed.need_data.total)}</h3>")
        heads = ["#", *who, *place, *valued, "data missing", "find out first", "column", "at stake"]
        parts.append(table(heads, [("", [*_who(row, who, axes), *_lacking_row(row, valued)]) for row in lacking]))
    return "\n".join(parts) if len(parts) > 1 else ""


def _who(row: dict[str, Any], who: list[str], axes: list[str]) -> list[Cell]:
    """Return rank, id, columns kept, and the cell."""
    place = " / ".join("-" if row[axis] is None else str(row[axis]) for axis in axes)
    place += "" if row.get("ideal", True) else " (not ideal)"
    return [figure(str(row["rank"])), *(short(row[column]) for column in who), *([short(place)] if axes else [])]


def _work_row(row: dict[str, Any], valued: list[str], at: int, scores: ScoreViews) -> list[Cell]:
    bounds = " - ".join(score(float(bound[at])) for bound in (scores.low, scores.high) if not math.isnan(bound[at]))
    points_now = math.nan if row["score"] is None else row["score"] / 100.0
    cells = [word(row["state"]), figure(score(points_now)), figure(bounds)]
    cells += [figure(f"{row['met']} of {row['steps']}"), *(_number(row[column]) for column in valued)]
    status = row["status"] or "open"
    gap = row["next_gap"] if status == "open" or row["next_gap"] is None else f"{row['next_gap']} ({status})"
    cells += [word(gap), short(row["stands_at"]), figure(_or_blank(row["share"], percent))]
    cells += [figure(_or_blank(row["gain"], points)), word(row["owner"]), word(row["remedy"])]
    return [*cells, *([word(override_said(scores.overrides.get(at)))] if scores.overrides else [])]


def _lacking_row(row: dict[str, Any], valued: list[str]) -> list[Cell]:
    cells = [*(_number(row[column]) for column in valued), figure(f"{row['missing']} of {row['steps']}")]
    return [*cells, word(row["lacking"]), word(row["lacking_column"]), figure(_or_blank(row["at_stake"], points))]


def _number(value: Any) -> Cell:
    return figure("" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}")


def _or_blank(value: float | None, shown: Any) -> str:
    return "" if value is None or math.isnan(value) else str(shown(value))


def overrides(scores: ScoreViews) -> str:
    """Return what somebody says instead of the score: of whom, why, and until when."""
    if scores.as_of is None:
        return ""
    heads = ["customer", "computed", "score", "holds instead", "score", "why", "who says so", "until"]
    shown = list(scores.overrides.items())[:OVERRIDES]
    ids = plain_values(scores.id[[row for row, _ in shown]])
    rows: list[Row] = [
        (
            "",
            [
                *(word(name), word(scores.state[row]), figure(score(float(scores.desired[row])))),
                *(word(said.state), figure("" if said.score is None else score(said.score))),
                *(word(said.reason), word(said.author), short(said.until.isoformat())),
            ],
        )
        for name, (row, said) in zip(ids, shown, strict=True)
    ]
    more, past = len(scores.overrides) - len(shown), len(scores.expired)
    notes = [f"... and {count(more)} more."] if more else []
    notes += [f"{count(past)} more {'are' if past != 1 else 'is'} past the last day."] if past else []
    said = "Means, states and gaps on this page are as computed; the order of need follows what holds."
    below = "".join(f'<p class="note">{text(note)}</p>' for note in notes)
    body = table(heads, rows) if rows else ""
    title = f"<h2>Overrides at {scores.as_of.isoformat()}: {count(len(scores.overrides))}</h2>"
    return f"{title}\n<p>{said}</p>\n{body}{below}"


def data_present(scores: ScoreViews) -> str:
    """Return for each step how many customers' data are present."""
    rows: list[Row] = [("", cells) for cells in _present_rows(scores)]
    if not rows:
        return ""
    own = not scores.model.desired_outcomes
    intro = "<p>A missing value is never a zero: the score leaves it out, or counts it half, and says so.</p>"
    intro = "<p>What whatever made the scores could see of each step.</p>" if own else intro
    heads = ["step", "column", "data present", "", "customers", "missing"]
    return f"<h2>What the data cover</h2>\n{intro}\n{table(heads, rows)}"


def _present_rows(scores: ScoreViews) -> Iterator[list[Cell]]:
    whole = scores.by()
    groups = [whole.total, *whole.apart]
    for step in scores.model.steps:
        found = [gap for group in groups for gap in group.gaps if gap.name == step.name]
        customers, missing = sum(gap.customers for gap in found), sum(gap.missing for gap in found)
        if not customers:
            continue
        share = 1.0 - missing / customers
        drawn = bar([("bar", share)], f"{step.name}: data present for {percent(share)}")
        numbers = [figure(count(customers)), figure(count(missing))]
        yield [word(step.name), word(step.measure.name), figure(percent(share)), drawn, *numbers]


def set_aside(scores: ScoreViews) -> str:
    """Return what was wrong with rows set aside."""
    if not scores.problems:
        return ""
    rows: list[Row] = [
        ("", [word(problem.column), figure(count(problem.count)), word(problem.message)])
        for problem in scores.problems[:SHOWN]
    ]
    more = len(scores.problems) - SHOWN
    rest = f'<p class="note">... and {count(more)} more.</p>' if more > 0 else ""
    lost = count(int((scores.cell < 0).sum()))
    return f"<h2>Rows set aside: {lost}</h2>\n{table(['column', 'rows', 'what is wrong'], rows)}{rest}"


def how_to_read(scores: ScoreViews) -> str:
    """Return what the words mean."""
    outcomes = {outcome.required.name: outcome.experience.name for outcome in scores.model.desired_outcomes}
    named = "; ".join(f"{text(required)} ({text(experience)})" for required, experience in outcomes.items())
    wanted = f'what customers must achieve, in the way that suits them: <span dir="auto">{named}</span>'
    words = [("Desired outcome", wanted)] if outcomes else []
    words += [(term, text(meaning)) for term, meaning in glossary(scores)]
    items = "".join(f"<dt>{term}</dt><dd>{meaning}</dd>" for term, meaning in words)
    return f"<h2>How to read this</h2>\n<dl>{items}</dl>"


def score(value: float) -> str:
    """Return a value in [0, 1] as points of 100."""
    return "-" if math.isnan(value) else f"{100 * value:.1f}"
