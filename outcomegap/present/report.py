"""One HTML page about all customers: nothing outside it is needed to read it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike

from outcomegap.errors import SHOWN, DataError
from outcomegap.frames.arrays import plain_values
from outcomegap.listing import Bar, Listing, Show, counted, harmless, percent, points, replacing
from outcomegap.scoring.groups import GapScore, GroupScore, SegmentScores
from outcomegap.scoring.scores import CustomerScores
from outcomegap.scoring.states import STATES

#: How the ids of simulated customers begin.
SIMULATED = "simulated "
#: How many groups, and how many overrides, the page shows.
GROUPS, OVERRIDES = 24, 50


def report(
    scores: CustomerScores,
    path: str | Path | None = None,
    *,
    title: str | None = None,
    by: str = "segment",
    value: str | ArrayLike | None = None,
    weight: str | ArrayLike | None = None,
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
    from jinja2 import Environment, PackageLoader

    if path is not None:
        must_be_html(path)
    grouped = scores.by(by, weight=weight)
    listed = scores.worklist(value=value, keep=keep, limit=customers)
    sections = [
        _states(scores, grouped),
        *_gaps(scores, grouped, gaps),
        Section("Whom to turn to first", [ORDER], tables=[listed]),
        *_overrides(scores),
        *_data_present(scores),
        *_set_aside(scores),
    ]
    shown = scores.model.name if title is None else title
    jinja = Environment(loader=PackageLoader("outcomegap.present", "."), autoescape=True, trim_blocks=True)
    jinja.filters["harmless"] = harmless
    page = jinja.get_template("report.html").render(
        title=harmless(shown),
        style=files("outcomegap.present").joinpath("report.css").read_text(encoding="utf-8"),
        model=scores.model,
        sizes=_sizes(scores),
        simulated=_simulated(scores) if simulated is None else simulated,
        figures=_figures(scores, grouped),
        sections=sections,
        glossary=_glossary(scores),
    )
    if path is not None:
        with replacing(path) as file:
            file.write(page)
    return page


def must_be_html(path: str | Path) -> None:
    """Make sure that a file is called as what it will hold, or raise a DataError."""
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise DataError(f"{path}: the report is an HTML page; call the file {Path(path).with_suffix('.html').name}")


@attrs.frozen
class Section:
    """A part of the page: a heading, sentences, a key to colours, tables; a Listing escapes what it holds."""

    title: str
    lines: Sequence[str] = ()
    key: Sequence[tuple[str, str]] = ()
    tables: Sequence[Listing] = ()
    level: int = 2


def _simulated(scores: CustomerScores) -> bool:
    """Tell whether the ids are those that `simulate` makes."""
    first = plain_values(scores.id[:1])
    return bool(first) and isinstance(first[0], str) and first[0].startswith(SIMULATED)


def _sizes(scores: CustomerScores) -> str:
    model = scores.model
    sizes = ((len(model.segments), "segment"), (len(model.stages), "stage"), (len(model.steps), "step"))
    return ", ".join(counted(size, what) for size, what in sizes if size)


def _sides(scores: CustomerScores) -> dict[str, str]:
    """Return the sides that are known of anybody; some scorers from outside do not tell them apart."""
    known = {"required": "required outcome", "experience": "appropriate experience"}
    model = bool(scores.model.desired_outcomes)
    return {side: what for side, what in known.items() if model or not np.isnan(getattr(scores, side)).all()}


def _figures(scores: CustomerScores, grouped: SegmentScores) -> list[tuple[str, str]]:
    """Return the figures that matter most."""
    total = grouped.total
    figures = [
        (f"{total.customers:,}", "customers of ideal segments" if grouped.apart else "customers"),
        (points(total.desired), "mean score, of 100"),
        *((points(getattr(total, side)), what) for side, what in _sides(scores).items()),
        (percent(total.states["failing"]), "failing"),
        (percent(total.coverage), "data present"),
        (f"{total.need_data:,}", "need data first"),
    ]
    return [*figures, (f"{total.set_aside:,}", "rows set aside")] if total.set_aside else figures


# Groups


def _states(scores: CustomerScores, grouped: SegmentScores) -> Section:
    """Return who is where: the states of each group."""
    by = ", ".join(grouped.names)
    shown = list(grouped)[:GROUPS]
    groups = [g for g in shown if g.ideal] + [grouped.total] + [g for g in shown if not g.ideal]
    columns: dict[str, list[Any]] = {by: [_name(group) for group in groups]}
    columns |= {name: [getattr(g, name) for g in groups] for name in ("customers", "desired", *_sides(scores))}
    columns |= {state: [group.states[state] for group in groups] for state in STATES}
    columns["need data"] = [group.need_data for group in groups]
    show = [Show(by), Show("customers", form="count"), Show("score", "desired", "points")]
    show += [Show(side, form="points") for side in _sides(scores)]
    show += [Show("states", STATES, _state_bar, drawn=True), *(Show(state, form="percent") for state in STATES)]
    show += [Show("need data", form="count")]
    more = len(grouped) - GROUPS
    notes = [f"... and {more:,} more."] if more > 0 else []
    weighted = f" Means and shares are weighted by {grouped.weighted_by}." if grouped.weighted_by else ""
    meaning = _meaning(scores)
    return Section(
        f"Who is where, by {by}",
        [f"Bars show the share of customers in each state.{weighted}"],
        [(state, f"{state}: {meaning[state]}") for state in STATES],
        [Listing("", columns, show=show, notes=notes, first=len(groups))],
    )


def _state_bar(*shares: float | None) -> Bar:
    known = [(state, share or 0.0) for state, share in zip(STATES, shares, strict=True)]
    said = ", ".join(f"{state} {percent(share)}" for state, share in known if share > 0)
    return Bar(known, said or "no customers")


def _name(group: GroupScore) -> str:
    return group.name if group.ideal or not group.key else f"{group.name} (not ideal, in no total)"


def _gaps(scores: CustomerScores, grouped: SegmentScores, most: int) -> Iterator[Section]:
    """Yield the gaps of each group, the largest share first."""
    key = [("bar", "share of gap, data present"), ("part-unknown", "share of gap, data missing")]
    yield Section("Which gaps make up the distance", [_gaps_said(scores, grouped)], key if scores.explains else ())
    if not scores.explains:
        return
    groups = [group for group in grouped if group.scored][:GROUPS]
    for group in [*([grouped.total] if grouped.total.scored and len(groups) > 1 else []), *groups]:
        gaps = [gap for gap in group.gaps if gap.share > 0]
        called = "All customers" if not group.key else _name(group)
        said = counted(group.scored, "customer")
        heading = f"{called}: gap {points(group.gap)} points, {said} with a score"
        yield Section(heading, [] if gaps else ["No gap."], tables=[_gap_table(gaps, most)] if gaps else [], level=3)


def _gap_table(gaps: Sequence[GapScore], most: int) -> Listing:
    shown, rest = gaps[:most], gaps[most:]
    names = ("share", "unknown_share", "attainment", "gain", "affected", "missing", "owner", "remedy")
    columns: dict[str, list[Any]] = {"step": [_step_name(gap) for gap in shown]}
    columns |= {name: [getattr(gap, name) for gap in shown] for name in names}
    left = f"... and {len(rest)} more, together {percent(sum(gap.share for gap in rest))} of the gap."

    def bar(name: str, share: float, unknown: float) -> Bar:
        pieces = [("bar", max(share - unknown, 0.0)), ("part-unknown", unknown)]
        return Bar(pieces, f"{name}: {percent(share)} of the gap", of=gaps[0].share)

    show = [Show("step"), Show("share of gap", "share", "percent")]
    show += [Show("", ("step", "share", "unknown_share"), bar, drawn=True), Show("attained", "attainment", "percent")]
    show += [Show("gain if closed", "gain", "change"), Show("affected", form="count")]
    show += [Show("data missing", "missing", "count"), Show("owner", form=str), Show("remedy", form=str)]
    return Listing("", columns, show=show, notes=[left] if rest else [], first=most)


def _step_name(gap: GapScore) -> str:
    notes = [*([] if gap.bridgeable else ["cannot be bridged"]), *([gap.status] if gap.status != "open" else [])]
    return f"{gap.name} ({', '.join(notes)})" if notes else gap.name


# What else the page tells

ORDER = "In order of need: failing before tolerating, then the larger gap."


def _overrides(scores: CustomerScores) -> Iterator[Section]:
    """Yield what somebody says instead of the score: of whom, why, and until when."""
    if scores.as_of is None:
        return
    rows = list(scores.overrides)
    columns = {"customer": scores.id[rows], "computed": scores.state[rows], "computed score": scores.desired[rows]}
    columns |= scores.override_columns(np.array(rows, dtype=np.int64))
    show = [Show("customer"), Show("computed"), Show("score", "computed score", "points")]
    show += [Show("holds instead", "override_state"), Show("score", "override_score", "points")]
    show += [Show("why", "override_reason"), Show("who says so", "override_author"), Show("until", "override_until")]
    past = len(scores.expired)
    notes = [f"{past:,} more {'are' if past != 1 else 'is'} past the last day."] if past else []
    yield Section(
        f"Overrides at {scores.as_of.isoformat()}: {len(rows):,}",
        ["Means, states and gaps on this page are as computed; the order of need follows what holds."],
        tables=[Listing("", columns, show=show if rows else (), notes=notes, first=OVERRIDES)],
    )


def _data_present(scores: CustomerScores) -> Iterator[Section]:
    """Yield for each step how many customers' data are present."""
    applies = np.vstack([scores.applies, np.zeros((1, len(scores.model.steps)), dtype=bool)])[scores.cell]
    customers, missing = applies.sum(axis=0), (applies & ~scores.observed_steps()).sum(axis=0)
    here = np.flatnonzero(customers)
    if not len(here):
        return
    steps = [scores.model.steps[number] for number in here]
    columns: dict[str, Any] = {"step": [s.name for s in steps], "column": [s.measure.name for s in steps]}
    columns |= {
        "present": 1.0 - missing[here] / customers[here],
        "customers": customers[here],
        "missing": missing[here],
    }
    show = [Show("step"), Show("column"), Show("data present", "present", "percent")]
    show += [Show("", ("step", "present"), _present_bar, drawn=True)]
    show += [Show("customers", form="count"), Show("missing", form="count")]
    said = "A missing value is never a zero: the score leaves it out, or counts it half, and says so."
    if not scores.model.desired_outcomes:
        said = "What the scorer could see of each step."
    yield Section("What the data cover", [said], tables=[Listing("", columns, show=show, first=len(here))])


def _present_bar(name: str, share: float) -> Bar:
    return Bar([("bar", share)], f"{name}: data present for {percent(share)}")


def _set_aside(scores: CustomerScores) -> Iterator[Section]:
    """Yield what was wrong with rows set aside."""
    if not scores.problems:
        return
    said = (("column", "column"), ("rows", "count"), ("what is wrong", "message"))
    columns = {head: [getattr(problem, name) for problem in scores.problems] for head, name in said}
    lost = int((scores.cell < 0).sum())
    yield Section(f"Rows set aside: {lost:,}", tables=[Listing("", columns, first=SHOWN)])


# What the words mean

#: What each state means; a scorer from outside may not tell R and E apart, and has meanings of its own.
MEANING = {
    "failing": "required outcome not reached",
    "tolerating": "reached, but not in the way that suits them",
    "uncertain": "depends on data that are missing",
    "successful": "both",
}
OWN_MEANING = MEANING | {"failing": "the first to turn to", "successful": "reached"}


def _meaning(scores: CustomerScores) -> dict[str, str]:
    own = not scores.model.desired_outcomes and bool(np.isnan(scores.required).all())
    return OWN_MEANING if own else MEANING


def _gaps_said(scores: CustomerScores, grouped: SegmentScores) -> str:
    """Say how the table of gaps is to be read."""
    total = grouped.total
    if not scores.explains:
        return "The scorer does not say which steps make up the distance from the desired outcome."
    sums = "; the shares of a group sum to 100 %"
    if not scores.exact:
        left = abs(1.0 - math.fsum(gap.share for gap in total.gaps)) if total.gap > 0 else 0.0
        sums = f". Shares are not exact here: {percent(left)} of the gap is assigned to no step"
    return (
        f"The share of gap says how much of the distance from the desired outcome a step makes up{sums}. "
        "Gain if closed is what the mean score would gain, in points of 100, if that step alone were fully met for "
        "everyone: what the model would score, not what an act will cause."
    )


def _glossary(scores: CustomerScores) -> Iterator[tuple[str, str]]:
    """Yield the words of the page with their meaning, as far as the page uses them."""
    model = bool(scores.model.desired_outcomes)
    if model:
        wanted = {outcome.required.name: outcome.experience.name for outcome in scores.model.desired_outcomes}
        named = "; ".join(f"{required} ({experience})" for required, experience in wanted.items())
        yield "Desired outcome", harmless(f"what customers must achieve, in the way that suits them: {named}")
    yield "Score", harmless(_score_said(scores))
    missing = "what the score would be if everything missing turned out not met at all, or fully met."
    yield "Range", missing if model else "what the score can turn out to be, as far as the scorer says."
    yield "State", "; ".join(f"{state}: {meaning}" for state, meaning in _meaning(scores).items()) + "."
    if scores.explains:
        whole = "Parts sum to the whole for every customer."
        if not scores.exact:
            whole = "Parts need not sum to the whole here; what they leave is assigned to no step."
        yield "Share of gap", f"how much of the distance from 100 a step makes up. {whole}"
        yield "Gain if closed", "what the score would gain if that step alone were fully met. Gains do not sum up."
    yield "Affected", "customers of whom the step is observed and not fully met."
    need = "too little of one side is observed" if model else "they have no score"
    yield "Need data", f"{need}; such customers are in no mean, never among the worst."
    yield "Find out first", "the missing value on which most hangs." if model else "a step whose data are missing."
    if scores.as_of is not None:
        yield "Override", "what somebody says instead of the score, until a day; what is computed stays."


def _score_said(scores: CustomerScores) -> str:
    joins = {outcome.join.name for outcome in scores.model.desired_outcomes}
    if not joins:
        return f"100 x what {scores.model.name} says, between 0 and 1."
    if joins == {"product"}:
        return (
            "100 x required outcome x appropriate experience, each between 0 and 1: nothing counts without the first."
        )
    named = ", ".join(sorted(joins))
    return f"out of 100, made of required outcome and appropriate experience, joined by the model's own rule ({named})."
