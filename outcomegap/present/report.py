"""Results for people: one HTML page about all customers, and the explanation of one customer.

The page needs no other files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.checks import Checks
from outcomegap.errors import SHOWN, DataError
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import ROOMS, Bar, Listing, Show, counted, harmless, number, percent, points
from outcomegap.model import OutcomeModel, check
from outcomegap.model.declaration import ANY, Column, PerCell
from outcomegap.present.headline import headline
from outcomegap.replacing import replacing
from outcomegap.scoring.columns import COLUMNS, FRAMED, CustomerColumns
from outcomegap.scoring.customers import AXES, axes_of
from outcomegap.scoring.groups import GAP_SHOWS, GapScore, GroupScore, SegmentScores, ideal_rows, rows_read
from outcomegap.scoring.scores import CustomerScores
from outcomegap.scoring.states import MET, STATES
from outcomegap.scoring.worklist import work_status

if TYPE_CHECKING:
    from jinja2 import Template

#: The beginning of the ids of simulated customers.
SIMULATED = "simulated "
#: How many groups, and how many overrides, the page shows.
GROUPS, OVERRIDES = 60, 50
#: Of how many groups, in their order, the page shows the gaps.
WITH_GAPS = 24
#: How many exceptions by cell a number of a model is shown with.
CELLS = 8


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader

    jinja = Environment(loader=PackageLoader("outcomegap.present", "."), autoescape=True, trim_blocks=True)
    jinja.filters["harmless"] = harmless
    return jinja.get_template("report.html")


def report(
    scores: CustomerScores,
    path: str | Path | None = None,
    *,
    title: str | None = None,
    by: str | Sequence[str] = "segment",
    value: str | ArrayLike | None = None,
    weight: str | ArrayLike | None = None,
    keep: Sequence[str] | None = None,
    customers: int = 20,
    gaps: int = 8,
    simulated: bool | None = None,
) -> str:
    """Write an HTML page for people: data present, states and ranked gaps by segment, and the top of the worklist.

    The page holds its own style and drawings, follows the reader's light or dark setting, loads nothing and runs no
    script. All text from the model and the data is escaped.

    Parameters
    ----------
    scores
        Scores made by `Scorer.score`, or by a scorer of your own.
    path
        The file to write; None writes no file.
    title
        The page's title. The default is the model's name.
    by
        How to group customers: ``"segment"``, ``"stage"``, ``"goal"`` or a column; or several of them.
    value, keep
        As in `Scores.worklist`: the value that breaks ties, and the columns to show.
    weight
        As in `Scores.by`: each customer's weight in the means.
    customers
        How many customers the page lists at most.
    gaps
        How many gaps of each group the page lists at most.
    simulated
        Whether the page says that the customers are simulated. None looks at their ids.

    Returns
    -------
    str
        The page.

    Raises
    ------
    DataError
        If there is no such column, the file cannot be written, or its name does not end in ``.html``.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> page = report(og.Scorer(model).score(og.simulate(model, 200, seed=1)), title="Who needs us")
    >>> "<title>Who needs us</title>" in page, "simulated" in page
    (True, True)
    """
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
        *_read(scores),
        *_thresholds(scores.model),
        _trust(scores),
    ]
    shown = scores.model.name if title is None else title
    page = _template().render(
        title=harmless(shown),
        rooms=ROOMS,
        model=scores.model,
        headline=headline(scores, grouped),
        sizes=_sizes(scores),
        simulated=str(*plain_values(scores.id[:1])).startswith(SIMULATED) if simulated is None else simulated,
        figures=_figures(scores, grouped),
        sections=sections,
        glossary=_glossary(scores, grouped),
    )
    if path is not None:
        with replacing(path) as file:
            file.write(page)
    return page


def must_be_html(path: str | Path) -> None:
    """Raise a DataError unless a file has the suffix of an HTML page."""
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise DataError(f"{path}: the report is an HTML page; call the file {Path(path).with_suffix('.html').name}")


@attrs.frozen
class Section:
    """A part of the page: a heading, sentences, a legend, tables; a Listing escapes its content."""

    title: str
    lines: Sequence[str] = ()
    key: Sequence[tuple[str, str]] = ()
    tables: Sequence[Listing] = ()
    level: int = 2


def _sizes(scores: CustomerScores) -> str:
    model = scores.model
    sizes = ((len(model.segments), "segment"), (len(model.stages), "stage"), (len(model.steps), "step"))
    said = ", ".join(counted(size, what) for size, what in sizes if size)
    if scores.reading is None:
        return f"{said}. Scored: a table of {counted(len(scores), 'row')}."
    as_of = scores.reading.facts.get("as_of")
    day = "No day of scoring was given." if as_of is None else f"As of {as_of}."
    return f"{said}. {day} {scores.reading.title}."


def _sides(scores: CustomerScores) -> dict[str, str]:
    """Return the sides that are known for some customer; some scorers from outside do not separate them."""
    known = {"required": "required outcome", "experience": "appropriate experience"}
    model = bool(scores.model.desired_outcomes)
    return {side: what for side, what in known.items() if model or not np.isnan(getattr(scores, side)).all()}


def _figures(scores: CustomerScores, grouped: SegmentScores) -> list[tuple[str, str]]:
    """Return the most important figures."""
    total = grouped.total
    figures = [
        (f"{total.customers:,}", "customers of ideal segments" if grouped.apart else "customers"),
        (points(total.desired), "mean score, of 100"),
        *((points(getattr(total, side)), what) for side, what in _sides(scores).items()),
        (percent(total.states["failing"]), "failing"),
        (percent(total.coverage), "data present"),
        (f"{total.need_data:,}", "need data first"),
    ]
    read, rows = rows_read(scores)
    return [*figures, (f"{rows - read:,}", "rows set aside")] if rows > read else figures


# Groups


def _states(scores: CustomerScores, grouped: SegmentScores) -> Section:
    """Return the states of each group."""
    listed, shares = grouped.first_groups(GROUPS), tuple(f"share_{state}" for state in STATES)
    show = [each for each in listed.show if each.heading != "overridden"]  # they have a section of their own
    show.insert([each.names for each in show].index(shares[:1]), Show("states", shares, _state_bar, drawn=True))
    weighted = f" Means and shares are weighted by {grouped.weighted_by}." if grouped.weighted_by else ""
    meaning = _meaning(scores)
    return Section(
        f"Who is where, by {', '.join(grouped.names)}",
        [f"Bars show the share of customers in each state.{weighted}"],
        [(state, f"{state}: {meaning[state]}") for state in STATES],
        [Listing("", listed.columns, show=show, notes=listed.notes, first=len(listed))],
    )


def _state_bar(*shares: float | None) -> Bar:
    known = [(state, share or 0.0) for state, share in zip(STATES, shares, strict=True)]
    said = ", ".join(f"{state} {percent(share)}" for state, share in known if share > 0)
    return Bar(known, said or "no customers")


def _name(group: GroupScore) -> str:
    return group.name if group.ideal or not group.key else f"{group.name} (not ideal, in no total)"


def _gaps(scores: CustomerScores, grouped: SegmentScores, most: int) -> Iterator[Section]:
    """Yield the gaps of each group, the largest share first."""
    key = [("bar", "points of the gap, data present"), ("part-unknown", "points of the gap, data missing")]
    yield Section("Which gaps make up the distance", [_gaps_said(scores, grouped)], key if scores.explains else ())
    if not scores.explains:
        return
    scored = [group for group in grouped if group.scored]
    groups = [*([grouped.total] if grouped.total.scored and len(scored) > 1 else []), *scored[:WITH_GAPS]]
    longest = max((gap.part for group in groups for gap in group.gaps), default=0.0)
    for group in groups:
        gaps = [gap for gap in group.gaps if gap.share > 0]
        called = "All customers" if not group.key else _name(group)
        said = counted(group.scored, "customer")
        heading = f"{called}: gap {points(group.gap)} points, {said} with a score"
        tables = [_gap_table(gaps, most, longest)] if gaps else []
        yield Section(heading, [] if gaps else ["No gap."], tables=tables, level=3)
    if (left := len(scored) - WITH_GAPS) > 0:
        more = f"The gaps of {counted(left, 'more group')} are not on this page; `gaps_frame` returns all."
        yield Section("Further groups", [more], level=3)


def _gap_table(gaps: Sequence[GapScore], most: int, longest: float) -> Listing:
    """Return the gaps of a group; `longest` is the part of the gap, of any group, whose bar is the longest."""
    said, rest = [attrs.asdict(gap) | {"step": gap.label} for gap in gaps], gaps[most:]
    columns = {name: [row[name] for row in said[:most]] for name in said[0]}
    left = f"... and {len(rest)} more, together {percent(sum(gap.share for gap in rest))} of the gap."

    def bar(name: str, part: float, share: float, unknown: float) -> Bar:
        lacking = part * unknown / share
        label = f"{name}: {points(part)} points of the gap, {percent(share)}"
        return Bar([("bar", max(part - lacking, 0.0)), ("part-unknown", lacking)], label, of=longest)

    drawn = Show("points of the gap", ("step", "part", "share", "unknown_share"), bar, drawn=True)
    show = [Show("step"), *GAP_SHOWS[:3], drawn, Show("points", "part", "points"), *GAP_SHOWS[3:]]
    return Listing("", columns, show=show, notes=[left] if rest else [], first=most)


# Other sections of the page

ORDER = "In order of need: failing before tolerating, then the larger gap."


def _overrides(scores: CustomerScores) -> Iterator[Section]:
    """Yield the overrides: the customer, the reason, and the last day."""
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
    columns |= {"customers": customers[here], "missing": missing[here]}
    columns["present"] = 1.0 - columns["missing"] / columns["customers"]

    def bar(name: str, share: float) -> Bar:
        return Bar([("bar", share)], f"{name}: data present for {percent(share)}")

    columns |= {end: [_of_cells(getattr(s, end), number) for s in steps] for end in ("floor", "target")}
    columns["unit"] = [s.measure.unit or "" for s in steps]
    show = [Show("step"), Show("floor"), Show("target"), Show("unit")]
    show += [
        Show("data present", "present", "percent"),
        Show("share of customers", ("step", "present"), bar, drawn=True),
    ]
    show += [Show("customers", form="count"), Show("missing", form="count"), Show("column")]
    said = [
        "At its floor a step counts for nothing, at its target it is fully met. 'Missing data' below says the rest."
    ]
    if not scores.model.desired_outcomes:
        said = ["What the scorer could see of each step."]
    yield Section("The steps, and what the data cover", said, tables=[Listing("", columns, show=show, first=len(here))])


def _set_aside(scores: CustomerScores) -> Iterator[Section]:
    """Yield the problems of rows that were set aside."""
    if not scores.problems:
        return
    said = (("column", "column"), ("rows", "count"), ("what is wrong", "message"))
    columns = {head: [getattr(problem, name) for problem in scores.problems] for head, name in said}
    lost = int((scores.cell < 0).sum())
    yield Section(f"Rows set aside: {lost:,}", tables=[Listing("", columns, first=SHOWN)])


def _read(scores: CustomerScores) -> Iterator[Section]:
    """Yield where the customers came from, and what reading them found."""
    if scores.reading is None:
        return
    tables = scores.reading.facts.get("tables", {}).items()
    said = [f"Tables: {', '.join(f'{name} ({source})' for name, source in tables)}."] if tables else []
    listed = scores.reading
    table = Listing(listed.title, listed.columns, show=listed.show, first=len(listed))
    yield Section("What was read", [*said, *listed.notes], tables=[table])


def _thresholds(model: OutcomeModel) -> Iterator[Section]:
    """Yield from which score on an outcome counts as reached."""
    wanted = model.desired_outcomes
    if not wanted:
        return
    columns = {
        "required outcome": [each.required.name for each in wanted],
        "reached from": [_of_cells(each.achieved_at, points) for each in wanted],
        "appropriate experience": [each.experience.name for each in wanted],
        "suits from": [_of_cells(each.appropriate_at, points) for each in wanted],
        "data needed of a side": [_of_cells(each.min_coverage, percent) for each in wanted],
        "segments": [", ".join(each.segments or ["all"]) for each in wanted],
        "stages": [", ".join(each.stages or ["all"]) for each in wanted],
    }
    less = [axis for axis in ("segments", "stages") if set(columns[axis]) == {"all"}]
    said = "In points of 100. A side of which less data is present than needed has no score."
    yield Section("When an outcome counts as reached", [said], tables=[Listing("", columns, hide=less)])


def _of_cells(value: float | Column | PerCell, form: Callable[[float], str]) -> str:
    """Return a number of a model as text, with its exceptions by cell."""
    if isinstance(value, Column):
        return f"column {value.name}"
    if not isinstance(value, PerCell):
        return form(value)
    own = [f"{cell.removeprefix(f'{ANY}/')} {_of_cells(each, form)}" for cell, each in value.values[:CELLS]]
    own += [f"... and {len(value.values) - CELLS:,} more"] if len(value.values) > CELLS else []
    return "; ".join([*([] if value.default is None else [_of_cells(value.default, form)]), *own])


def _trust(scores: CustomerScores) -> Section:
    """Return what is doubtful about the model, and whether anybody has held it against what customers did."""
    lines = [scores.model.checked]
    measured = any(outcome.required.measured_by is not None for outcome in scores.model.desired_outcomes)
    held = scores.disagreement().total if measured else {}
    if compared := held.get("compared"):
        differ = f"{held['model_only'] + held['observation_only']:,} of {compared:,} customers"
        said = f"Held against the required outcome as observed, the score says something else for {differ}."
        lines = [said, *(lines if scores.model.verdict else [])]
    found = check(scores.model) if scores.model.desired_outcomes else ()
    lines += [f"{finding.where}: {finding.message}" for finding in found if finding.severity != "info"]
    return Section("How far to trust it", lines)


# Explanations of the words

#: The meaning of each state; a scorer from outside may not separate R and E, and then has its own meanings.
MEANING = {
    "failing": "required outcome not reached",
    "tolerating": "reached, but not in the way that suits them",
    "uncertain": "depends on data that are missing",
    "successful": "both",
}
MISSING = (
    "a missing value is never a zero. Unless the model says otherwise, a missing success gap or function counts half. "
    "A missing expectation is left out, and its weight goes to those that are observed."
)
OWN_MEANING = MEANING | {"failing": "the first to turn to", "successful": "reached"}


def _meaning(scores: CustomerScores) -> dict[str, str]:
    own = not scores.model.desired_outcomes and bool(np.isnan(scores.required).all())
    return OWN_MEANING if own else MEANING


def _gaps_said(scores: CustomerScores, grouped: SegmentScores) -> str:
    """Return how to read the table of gaps."""
    total = grouped.total
    if not scores.explains:
        return "The scorer does not say which steps make up the distance from the desired outcome."
    sums = "; the shares of a group sum to 100 %"
    beyond = total.out_of_reach_share
    if scores.limited:
        sums += f" with what weights keep out of reach ({percent(beyond)} of all customers' gap), which is no step's"
    if not scores.exact:
        left = abs(1.0 - beyond - math.fsum(gap.share for gap in total.gaps)) if total.gap > 0 else 0.0
        sums = f". Shares are not exact here: {percent(left)} of the gap is assigned to no step"
    return (
        f"The share of gap says how much of the distance from the desired outcome a step makes up{sums}. "
        "Gain if closed is what the mean score would gain, in points of 100, if that step alone were fully met for "
        "everyone: what the model would score, not what an act will cause."
    )


def _glossary(scores: CustomerScores, grouped: SegmentScores) -> Iterator[tuple[str, str]]:
    """Yield the words that the page uses, with their meaning."""
    model = bool(scores.model.desired_outcomes)
    if model:
        wanted = [(outcome.required.name, outcome.experience.name) for outcome in scores.model.desired_outcomes]
        named = "; ".join(f"{required} ({experience})" for required, experience in dict.fromkeys(wanted))
        yield "Desired outcome", harmless(f"what customers must achieve, in the way that suits them: {named}")
    yield "Score", harmless(_score_said(scores))
    if any(show.heading == "95 %" for show in grouped.listing.show):
        yield "95 %", "where the mean score of such customers lies, if those counted are a random sample of them."
    yield "State", "; ".join(f"{state}: {meaning}" for state, meaning in _meaning(scores).items()) + "."
    if scores.explains:
        rest = ", together with what weights keep out of reach" if scores.limited else ""
        whole = f"Parts sum to the whole for every customer{rest}."
        if not scores.exact:
            whole = "Parts need not sum to the whole here; what they leave is assigned to no step."
        yield "Share of gap", f"how much of the distance from 100 a step makes up. {whole}"
        yield "Gain if closed", "what the score would gain if that step alone were fully met. Gains do not sum up."
    yield "Attained", "how far the step is met, on average of customers whose data are present."
    yield "Affected", "customers of whom the step is observed and not fully met."
    need = "too little of one side is observed" if model else "they have no score"
    yield "Need data", f"{need}; such customers are in no mean, never among the worst."
    if model:
        yield "Missing data", MISSING
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


# One customer

#: A part of the gap below this is rounding; a part above is mentioned.
NOTHING, LEFT = 1e-12, 5e-4
#: The scores of a customer that are shown.
SCORES = tuple(name for name in FRAMED if COLUMNS[name].form in ("points", "percent"))
OF_STEPS = ("kind", "side", "owner", "remedy")


class OneCustomer(Listing):
    """How far one customer is from the desired outcome, and why; made by `one_customer`.

    It is a `Listing` of every step of the customer's cell, the largest part of the gap first, with the columns

    - ``name``, ``kind``, ``side``, ``owner``, ``remedy``, ``measure``, ``unit``: as in the model; ``status`` is
      ``"cannot be bridged"`` for a gap that is not bridgeable;
    - ``value``, ``floor``, ``target``: in the measure's unit; ``stands_at``: the same in words, such as ``"12 of 500
      contacts"``;
    - ``attainment``: in [0, 1]; ``part``, ``share``: its part of the customer's gap, and that divided by the gap;
      ``gain``: what D gains if this step alone is fully attained;
    - ``absent``: for a missing step, the empty column or columns; ``at_stake``: for a missing step, D with it fully
      attained minus D with it not attained, else 0.

    Unknown values are None in a row. Printing shows the parts: ``"gaps"``, the open steps, and ``"unknown"``, the
    missing steps, the one with the largest ``at_stake`` first (absent if no step is missing). `facts` hold the values
    of the customer as a whole:

    - ``id``, ``model``, and ``segment``, ``stage``, ``goal``, if the model has them;
    - ``state``, ``point_state``: see docs/meaning, clause 2.6;
    - ``desired``, ``low``, ``high``, ``required``, ``experience``, ``gap``, ``required_gap``, ``experience_gap``: in
      [0, 1]; NaN where too little is known; ``coverage``: the share of steps whose data are present;
    - ``met``, ``steps``, ``steps_met``: the number of fully attained steps, of all steps, and both in words: ``"7 of 9
      met"``;
    - ``override``: the override in effect with its reason and last day, or None;
    - ``ideal``: whether the product is made for the customer's segment;
    - ``required_out_of_reach``, ``experience_out_of_reach``, ``out_of_reach``: the parts of the gap that weights of
      AnyOf keep out of reach, if the model may have any;
    - ``residual``: the part of the gap that the steps leave, if a numeric gate makes parts inexact; else 0.
    """

    def __init__(self, scores: CustomerColumns, row: int) -> None:
        facts = _facts(scores, row)
        steps = _steps(scores, row, facts)
        facts["residual"] = (
            float(facts["gap"] - facts.get("out_of_reach", 0.0) - np.nansum(steps["part"]))
            if scores.explains and not scores.exact
            else 0.0
        )
        missing, reached = np.isnan(steps["attainment"]), steps["attainment"] >= MET
        facts |= {"met": int(reached.sum()), "steps": len(missing)}
        facts["steps_met"] = f"{facts['met']} of {facts['steps']} met"
        unknown = np.flatnonzero(missing)
        unknown = unknown[np.argsort(-steps["at_stake"][unknown], kind="stable")]
        open_gaps = np.flatnonzero(~reached & (~missing | (np.nan_to_num(steps["part"]) > 0)))
        fully = [f"Fully met: {', '.join(steps['name'][reached].tolist())}."] if reached.any() else []
        if abs(facts["residual"]) > LEFT:
            fully.insert(0, f"Shares are not exact here: {points(facts['residual'])} points of the gap are left over.")
        if facts.get("out_of_reach", 0.0) > LEFT:
            fully.insert(0, f"Weights keep {points(facts['out_of_reach'])} points of the gap out of reach of any step.")
        parts = {"gaps": Listing("", _some(steps, open_gaps), show=GAPS, notes=fully, first=len(open_gaps))}
        if len(unknown):
            parts["unknown"] = Listing("", _some(steps, unknown), show=UNKNOWN, first=len(unknown))
        where = " / ".join(facts[axis] for axis in AXES if facts[axis] is not None)
        who = f"{facts['id']}{f' ({where})' if where else ''}{'' if facts['ideal'] else ', not ideal'}"
        title = f"Customer {who}, by {facts['model']}: {facts['state']}"
        notes = _score_in_words(**facts)
        super().__init__(title, steps, like=scores.table, show=(), notes=notes, parts=parts, facts=facts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON: None for NaN; keys that begin with `score` are out of 100, others of 1."""
        data = self.facts | {f"score{end and f'_{end}'}": 100.0 * self.facts[end or "desired"] for end in ENDS}
        data = {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in data.items()}
        who = data["id"] if isinstance(data["id"], (str, int, float, bool, type(None))) else str(data["id"])
        unknown = [step["name"] for step in self.parts.get("unknown", ())]
        return data | {"id": who, "gaps": self.rows(), "unknown": unknown}


ENDS = ("", "low", "high")
GAPS = [
    Show("gap", ("name", "status"), lambda name, status: name if status == "open" else f"{name} ({status})"),
    Show("stands at", ("stands_at", "attainment", "name"), lambda said, a, _: said or ("no data" if a is None else "")),
    Show("gain if closed", "gain", "change"),
    Show("owner"),
    Show("remedy"),
    Show("share of gap", "share", "percent"),
    Show("attained", "attainment", "percent"),
    Show("side"),
]
UNKNOWN = [Show("unknown", "name"), Show("column", "absent"), Show("at stake", "at_stake", "points")]


def _score_in_words(
    *, desired: float, low: float, high: float, required: float, experience: float, coverage: float, **facts: Any
) -> list[str]:
    met, gap, of_r, of_e = (facts[name] for name in ("steps_met", "gap", "required_gap", "experience_gap"))
    said = not (math.isnan(low) or math.isnan(high))
    span = f"between {points(low)} and {points(high)}" if said else "bounds not said"
    lines = [f"Overridden: {facts['override']}"] if facts["override"] else []
    if math.isnan(desired):
        return [*lines, f"Score unknown, {span}: needs data ({percent(coverage)} present). {met}."]
    sure = "all data present" if coverage == 1.0 else f"{span}, data present {percent(coverage)}"
    lines.append(f"Score {points(desired)} of 100 ({sure}). {met}.")
    parts = f"gap {points(gap)}"
    if not math.isnan(of_r):
        parts += f" = {points(of_r)} required + {points(of_e)} experience"
        parts += f", {points(gap - of_r - of_e)} left over" if abs(gap - of_r - of_e) > LEFT else ""
    if not (math.isnan(required) or math.isnan(experience)):
        times = " x" if abs(required * experience - desired) < LEFT else ","
        parts = f"Required outcome {points(required)}{times} appropriate experience {points(experience)}; {parts}"
    return [*lines, parts]


def one_customer(scores: CustomerColumns, customer: object) -> OneCustomer:
    """Explain one customer of many.

    Parameters
    ----------
    scores
        The scores of all customers.
    customer
        The customer's id, as in ``scores.id``. Text is compared as text, so ``"17"`` finds 17.

    Raises
    ------
    DataError
        If no customer, or more than one, has that id, or the row was set aside.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> scores = og.Scorer(model).score(og.simulate(model, 50, seed=1))
    >>> one = one_customer(scores, "simulated 0000007")
    >>> abs(sum(step["part"] for step in one) - one.facts["gap"]) < 1e-12
    True
    """
    ids, checks = plain_values(scores.id), Checks("one customer")
    rows = [row for row, name in enumerate(ids) if name == customer]
    rows = rows or [row for row, name in enumerate(ids) if str(name) == str(customer)]
    if not rows:
        message = f"no customer is called {customer!r:.80}"
        checks.problem("unknown-customer", message, value=customer, options=list(map(str, ids[:10_000])))
    elif len(rows) > 1:
        message = f"{len(rows)} customers are called {customer!r:.80}; name one"
        checks.problem("duplicate-id", message, value=customer, rows=rows)
    checks.done()
    if scores.cell[rows[0]] < 0:
        said = "; ".join(str(p) for p in scores.problems if rows[0] in p.rows) or "see the problems of the scores"
        raise DataError(f"customer {customer!r:.80} was set aside: {said}", scores.problems)
    return OneCustomer(scores, rows[0])


def _facts(scores: CustomerColumns, row: int) -> dict[str, Any]:
    """Return the values of the customer as a whole."""
    model, cell = scores.model, scores.model.cells[int(scores.cell[row])]
    facts: dict[str, Any] = {"id": plain_values(scores.id[row : row + 1])[0], "model": model.name}
    facts |= {axis: getattr(cell, axis) if axis in axes_of(model) else None for axis in AXES}
    facts |= {name: str(getattr(scores, name)[row]) for name in ("state", "point_state")}
    facts |= {name: float(getattr(scores, name)[row]) for name in scores.having(SCORES)}
    override = scores.overrides.get(row)
    return facts | {"override": None if override is None else str(override), "ideal": bool(ideal_rows(scores)[row])}


def _steps(scores: CustomerColumns, row: int, facts: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the columns of the steps, the largest part of the gap first."""
    here = np.flatnonzero(scores.applies[int(scores.cell[row])])
    read, asked = scores.readings(np.full(len(here), row), here), np.array([row])
    steps = [scores.model.steps[number] for number in here.tolist()]
    said = scores.step_values(asked, "attainment", "attribution", "gain", "unknown")
    attained, part, gain, at_stake = (values[0][here] for values in said)
    missing, gap, scored = np.isnan(attained), facts["gap"], not math.isnan(facts["desired"])
    known = np.array([scored or (step.side == "required" and not math.isnan(facts["required"])) for step in steps])
    part = np.where(known, part, np.nan)
    share = part / gap if gap > NOTHING else np.zeros(len(steps))
    columns = {"name": objects([step.name for step in steps])}
    columns |= {name: objects([getattr(step, name) for step in steps]) for name in OF_STEPS}
    columns |= {
        "measure": objects([step.measure.name for step in steps]),
        "unit": objects([step.measure.unit for step in steps]),
        "status": objects([work_status(step) for step in steps]),
        **{name: getattr(read, name) for name in ("value", "floor", "target")},
        "stands_at": objects([None if lacks else said for lacks, said in zip(missing, read.said(), strict=True)]),
        "attainment": attained,
        "part": part,
        "share": share if scored else np.full(len(steps), np.nan),
        "gain": gain if scored else np.full(len(steps), np.nan),
        "absent": objects(list(read.absent)),
        "at_stake": np.where(missing, at_stake, 0.0),
    }
    return _some(columns, np.argsort(-np.round(np.nan_to_num(part), 12), kind="stable"))


def _some(columns: dict[str, NDArray[Any]], rows: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    return {name: values[rows] for name, values in columns.items()}
