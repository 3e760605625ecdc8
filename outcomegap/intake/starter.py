"""A commented starter model from a table of customers: everything is guessed, and marked so."""

from __future__ import annotations

import itertools
import json
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from outcomegap import model as og
from outcomegap.checks import Checks
from outcomegap.errors import DataError, Problem
from outcomegap.files import dumps
from outcomegap.frames import Table
from outcomegap.intake import heading
from outcomegap.intake.columns import texts_of
from outcomegap.intake.heading import Part
from outcomegap.intake.loading import Tables, is_path
from outcomegap.intake.numbers import parse_number
from outcomegap.intake.profile import Profile, Scale, profiles_of, scales_of, zero_is_code
from outcomegap.intake.reader import text_of
from outcomegap.listing import counted
from outcomegap.model.inputs import ANY
from outcomegap.model.numbers import RESERVED

#: So many other columns are named that could be segments.
OTHERS = 8
#: How many different values a column has that is taken for a segment or a stage, and how many if the user says so.
FEWEST, MOST, MOST_IF_SAID = 2, 12, 50
#: Numbers with more different values than this are cut into bands to be stages.
MOST_STAGES = 5
#: Where a year of being a customer is cut, by the unit it is counted in.
CUTS: Mapping[str, tuple[float, float]] = {"months": (3, 12), "weeks": (13, 52), "d": (90, 365), "years": (1, 3)}
BY_AGE = ("first quarter", "first year", "established")
BY_YEARS = ("first year", "up to three years", "established")
#: A tenth of the customers are at the floor or beyond, a quarter at the target or beyond.
FLOOR, TARGET = 0.10, 0.75
#: Floor and target that lie nearer to each other, as a share of the whole range, are one.
NEAR = 1e-12
#: Columns of a frame that was read: no measure is called so.
TAKEN = ("id", "segment", "stage", "goal")
WIDTH = 100
TITLES: Mapping[Part, str] = {
    "functions": "What the product itself does",
    "gaps": "What lies between the product and the outcome",
    "expectations": "How customers want to get there",
}
GATES = {"functions": "the product does its part", "gaps": "the gaps are bridged"}
KINDS = {"functions": og.ProductFunction, "gaps": og.SuccessGap, "expectations": og.Expectation}
Comments = dict[tuple[str, ...], str]


def starter_model(
    source: Any,
    *,
    segment: str | None = None,
    stage: str | None = None,
    id: str | None = None,  # noqa: A002 -- what people call it
    name: str | None = None,
) -> str:
    """Write a starter model for a table of customers, as TOML with comments.

    Everything is guessed from the names and values of the columns, and marked so: measures with their units and
    limits from columns of numbers (however they are written) and of yes / no; floor and target from quantiles, 10 %
    and 75 %, or 90 % and 25 % where the name says that lower is better; the id, segments and stages; where each step
    belongs. Columns that look like the answer itself (churn, satisfaction, status) are left out: a model that measured
    them would know it beforehand. The model passes `outcomegap.check` and scores the table it was made from.

    Parameters
    ----------
    source
        A file (csv, tsv, txt, jsonl, also with .gz; parquet; xlsx) or a frame of any kind, a row a customer.
    segment, stage
        The columns that tell them; left out, guessed.
    id
        The column that names the customer; left out, guessed.
    name
        The model's name; left out, the file's.

    Returns
    -------
    str
        The model file.

    Raises
    ------
    DataError
        If the file cannot be read, has no row, or no column that can be measured; if a column named here is not
        there, tells no segment or stage, or does not name every row.
    EngineError
        If the file needs a library that is not installed.

    Examples
    --------
    >>> text = starter_model({"customer": ["Acme", "Beta", "Gamma"], "plan": ["pro", "basic", "pro"],
    ...                       "seats used": [3, 10, 4], "first_reply_hours": ["12,5", "3", "n/a"]})
    >>> print(text[text.index("[measures.seats_used]"):text.index("[measures.first_reply_hours]")].rstrip())
    [measures.seats_used]
    unit = "seats"  # guess
    low = 0  # guess
    >>> print(text[text.index('[gaps."seats used"]'):text.index("# How customers")].rstrip())
    [gaps."seats used"]
    measure = "seats_used"
    floor = 3  # guess: 10 % lie below
    target = 10  # guess: 25 % lie at or above
    """
    label, table = _opened(source)
    _check(label, table, {"segment": segment, "stage": stage, "id": id})
    profiles = profiles_of({column: table.values(column) for column in table.names})
    named = {one.name: one for one in profiles if one.name.strip()}  # a blank name cannot be referred to
    who = id if id is not None else _id_of(table, list(named.values()))
    rest = [one for one in named.values() if one.name != who]
    axes = _axes(rest, named, segment=segment, stage=stage)
    free = [one for one in rest if one.name not in {axis.column for axis in axes.values()}]
    scales = scales_of(rest)
    left_out = {one.name: why for one in free if (why := _why_not(one)) is not None}
    keep = [one.name for one in free if _shown(one, measurable=one.name not in left_out)]
    measured = [one for one in free if one.name not in left_out and one.name not in keep]
    varied = [one for one in measured if len(one.values) > 1 or one.name in scales]
    if varied:  # where nothing varies, such as in a table of one row, all of it is taken
        left_out |= {one.name: "the same in every row" for one in measured if one not in varied}
        measured = varied
    left_out = {column: why for column, why in left_out.items() if column not in keep}
    left_out |= {one.name: "its heading is blank; give it a name" for one in profiles if one.name not in named}
    if not measured:
        raise DataError.all(label, [Problem("nothing-to-measure", _nothing(profiles, left_out))])
    guesses = _guesses(measured, scales, {*TAKEN, *keep})
    comments: Comments = {}
    model = og.OutcomeModel(
        (name or label.partition(".")[0]).strip() or "customers",
        desired_outcomes=[_outcome(guesses, comments)],
        segments=axes["segment"].names if "segment" in axes else (),
        stages=axes["stage"].names if "stage" in axes else (),
        inputs=_inputs(who, keep, axes, guesses, comments),
    )
    size = f"{counted(len(table), 'row')}, {counted(len(table.names), 'column')}"
    head = [
        f"A starter model, made from {quoted(label)} ({size}) by outcomegap init.",
        'It can be scored as it is, but says nothing yet: what is marked "guess" was taken from the names and values',
        "of columns, not from your customers. Ask them; then mend floors and targets, and move steps to their place:",
        "[functions.*], [gaps.*] or [expectations.*].",
    ]
    above: dict[str, Sequence[str]] = {section: [_rule(title)] for section, title in TITLES.items()}
    above |= {"gates": _OUTCOME, "inputs": [_rule(_READING), *_hints(free, who, axes)]}
    below = [f"  {quoted(column)}: {why}" for column, why in left_out.items()]
    below = ["Columns that are not measured:", *below] if below else []
    return _annotated(dumps(model), comments, head=head, above=above, below=below)


_READING = "How the columns become measures and cells"


def _rule(title: str) -> str:
    return f"{title} ".ljust(WIDTH - 2, "-")


_OUTCOME = [
    _rule("The desired outcome"),
    "In a mean one step makes up for another. What nothing makes up for belongs under all_of; where one of",
    'several is enough, under any_of. after = ["..."] in a step says which step it builds on.',
]


def _annotated(
    text: str, comments: Comments, *, head: Sequence[str], above: Mapping[str, Sequence[str]], below: Sequence[str]
) -> str:
    """Return a model file with comments: beside lines by the path of their key, above sections, and at both ends."""
    lines, waiting = [*map("# {}".format, head), ""], dict(above)
    table: tuple[str, ...] = ()
    for line in text.rstrip("\n").split("\n"):
        path: tuple[str, ...] = ()
        if line.startswith("["):
            path = table = _path(line)
            lines += map("# {}".format, waiting.pop(path[0], ()))
        elif key := _KEY.match(line):
            path = (*table, *_path(f"{key[0]}0"))
        lines.append(f"{line}  # {comments[path]}" if path in comments else line)
    return "\n".join([*lines, *([""] if below else []), *map("# {}".format, below)]) + "\n"


_KEY = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[A-Za-z0-9_-]+) = ')


def _path(line: str) -> tuple[str, ...]:
    """Return the path of a header, or of a key with a value."""
    found: Any = tomllib.loads(line)
    path: list[str] = []
    while isinstance(found, dict) and found:
        ((key, found),) = found.items()
        path.append(key)
    return tuple(path)


def quoted(text: str) -> str:
    r"""Return a text in quotes, fit to stand in a comment on one line.

    Examples
    --------
    >>> print(quoted('a "b"\nc'))
    "a \"b\"\nc"
    """
    return re.sub("[\x7f\x85\u2028\u2029]", lambda char: f"\\u{ord(char[0]):04x}", json.dumps(text, ensure_ascii=False))


# The table


def _opened(source: Any) -> tuple[str, Table]:
    """Return what the table is called, and the table."""
    if not is_path(source):
        return "customers", Tables(og.Inputs(), {"customers": source}).table("customers")
    return Path(source).name, Tables(og.Inputs(), source).table("customers")


def _check(label: str, table: Table, said: Mapping[str, str | None]) -> None:
    """Raise what is wrong with the table, and with the columns that the user named."""
    checks = Checks(label)
    if not len(table):
        checks.problem("no-rows", "the table has no row: there is nothing to guess from")
    checks.done()
    for what, column in said.items():
        for problem in table.require([] if column is None else [column]):
            checks.problems.append(attrs.evolve(problem, message=f"{what} = {column!r}: {problem.message}"))
    column = said["id"]
    if column is not None and not checks.problems:
        texts = texts_of(table, column)
        if None in texts or len(set(texts)) < len(texts):
            different = len(set(texts) - {None})
            message = f"column {column!r} names {different:,} customers in {len(texts):,} rows; an id names each row"
            checks.problem("duplicate-id", f"{message}, once", column)
    checks.done()


def _id_of(table: Table, profiles: Sequence[Profile]) -> str | None:
    """Return the column that names the customer: it has another value in every row, and is called so."""

    def unique(one: Profile) -> bool:
        if one.blank or max(len(one.texts), len(one.values)) < one.rows or one.kind in ("date", "infinite", "empty"):
            return False
        return len(set(texts_of(table, one.name))) == one.rows

    fitting = [one for one in profiles if not heading.has(one.name, heading.LABEL) and unique(one)]
    whole = [one for one in fitting if one.kind == "text" or bool((one.values == one.values.round()).all())]
    called = [one for one in whole if heading.has(one.name, heading.ID)]
    if called:
        return min(called, key=lambda one: (heading.words_of(one.name)[-1:] != ["id"], one.kind != "text")).name
    first = next(iter(profiles), None)
    return first.name if first in fitting and first is not None and first.kind == "text" and first.rows > 1 else None


def _why_not(one: Profile) -> str | None:
    """Return why a column is not measured; None where it can be."""
    if one.kind == "empty":
        return "empty in every row"
    if heading.has(one.name, heading.LABEL):
        return "looks like the answer itself; left out, so that the score can be held against it"
    if one.kind == "date":
        start = quoted(one.name)
        return f'a date; its age is a measure with as_of and {{ start = {start}, unit = "days" }} in [inputs.measures]'
    if one.kind == "infinite":
        return "holds infinities"
    if one.kind == "text" and len(one.texts) == 2 and not one.source:
        first, second = map(quoted, sorted(one.texts))
        values = f"values = {{ {first} = 1, {second} = 0 }}"
        return f"text of two values; say which is good with {values} in [inputs.measures]"
    if one.kind == "text":
        return f"text ({len(one.texts):,} different values)"
    with np.errstate(over="ignore"):
        if not np.isfinite(one.values[-1] - one.values[0]):
            return "its numbers lie too far apart for their difference to be one"
    if heading.tells_who(one.name):
        return "says who or where a customer is, not how far from an outcome"
    return "a name, no amount" if set(heading.words_of(one.name)[-1:]) & heading.NAMING else None


def _shown(one: Profile, *, measurable: bool) -> bool:
    """Tell whether people want to see a column beside the score."""
    if one.kind in ("empty", "infinite") or heading.has(one.name, heading.LABEL):
        return False
    return heading.has(one.name, heading.WORTH if measurable else heading.SHOWN)


def _nothing(profiles: Sequence[Profile], left_out: Mapping[str, str]) -> str:
    listed = [f"{one.name!r:.60}: {left_out.get(one.name, 'used for another purpose')}" for one in profiles[:20]]
    more = f"; and {len(profiles) - 20} more" if len(profiles) > 20 else ""
    return f"no column can be measured: a number, or yes / no, is needed ({'; '.join(listed)}{more})"


def _hints(free: Sequence[Profile], who: str | None, axes: Mapping[str, Axis]) -> Iterator[str]:
    if who is None:
        yield 'id = "..."  # no column has another value in every row; say which one names the customer'
    others = [one for one in free if _may_be_segment(one)]
    if others:
        listed = ", ".join(f"{quoted(one.name)} ({len(one.texts)} values)" for one in others[:OTHERS])
        yield f"other columns that could tell segments: {listed}"
    dates = [one.name for one in free if one.kind == "date"]
    if dates and "stage" not in axes:
        yield "stages from a date, as of a day:"
        yield 'as_of = "2026-01-31"  # and above: stages = ["first quarter", "first year", "established"]'
        bands = '{ "first quarter" = { below = 3 }, "first year" = [3, 12], established = [12] }'
        yield f'stage = {{ start = {quoted(dates[0])}, unit = "months", bands = {bands} }}'


# Segments and stages


@attrs.frozen
class Axis:
    """The segments, or the stages: the column, their names in order, what the inputs say, and whether the user did."""

    column: str
    names: tuple[str, ...]
    source: dict[str, Any]
    said: bool


def _axes(
    free: Sequence[Profile], named: Mapping[str, Profile], *, segment: str | None, stage: str | None
) -> dict[str, Axis]:
    """Return the segments and the stages, as the user says or guessed."""
    said = {"stage": stage, "segment": segment}
    axes: dict[str, Axis] = {}
    for what, column in said.items():
        taken = [*said.values(), *(axis.column for axis in axes.values())]
        rest = [one for one in free if one.name not in taken]
        guess = _guess_stage(rest) if what == "stage" else min(filter(_may_be_segment, rest), key=_rank, default=None)
        one = guess if column is None else named[column]
        if one is not None:
            axes[what] = _axis(one, what, said=column is not None)
    return axes


def _few(one: Profile) -> bool:
    few = one.kind == "text" and FEWEST <= len(one.texts) <= MOST and ANY not in one.texts
    return few and one.blank * 2 <= one.rows


def _may_be_segment(one: Profile) -> bool:
    """Tell whether a column could tell the segment: text, few values, neither the answer nor a stage."""
    shared = len(one.texts) < one.rows - one.blank or _rank(one)[0] < len(heading.SEGMENT)
    return _few(one) and shared and not heading.has(one.name, heading.LABEL | heading.STAGE | heading.SHOWN)


def _rank(one: Profile) -> tuple[int, bool]:
    places = [place for place, word in enumerate(heading.SEGMENT) if heading.has(one.name, frozenset([word]))]
    return min(places, default=len(heading.SEGMENT)), heading.tells_who(one.name)


def _guess_stage(profiles: Iterable[Profile]) -> Profile | None:
    """Return the column that most likely tells the stage: called like one, or how long somebody is a customer."""
    called, aged = [], []
    for one in profiles:
        if _few(one) and heading.has(one.name, heading.STAGE):
            called.append(one)
        numbers = one.kind == "numbers" and len(one.values) > 1 and one.blank * 2 <= one.rows
        if numbers and heading.tells_tenure(one.name):
            aged.append(one)
    return next(iter([*called, *aged]), None)


def _axis(one: Profile, what: str, *, said: bool) -> Axis:
    """Return how a column tells the segment or stage: by its values, or where it holds many numbers by bands."""
    texts = dict(one.texts) or dict(zip(map(text_of, one.values.tolist()), one.counts.tolist(), strict=True))
    aged = what == "stage" and heading.tells_tenure(one.name) and len(one.values) > 1
    names: Sequence[str]
    if one.kind == "numbers" and (aged or len(one.values) > (MOST if what == "segment" else MOST_STAGES)):
        cuts, names = _cuts(one, what)
        limits = [{"below": cuts[0]}, *map(list, itertools.pairwise(cuts)), [cuts[-1]]]
        reading = {key: value for key, value in one.source.items() if key != "values"}
        source = {"column": one.name, **reading, "bands": dict(zip(names, limits, strict=True))}
    elif one.kind in ("text", "flag", "numbers") and 0 < len(texts) <= MOST_IF_SAID and ANY not in texts:
        order = sorted(texts) if what == "stage" else sorted(texts, key=lambda text: (-texts[text], text))
        named: dict[str, list[str]] = {}
        for text in order:
            name = text.strip().replace("/", "-")
            named.setdefault(f"{name} (value)" if name in RESERVED else name, []).append(text)
        names, source = list(named), {"column": one.name}
        if one.blank or any(raw != [name] for name, raw in named.items()):
            source["values"] = named
    else:
        holds = {"empty": "nothing", "date": "dates", "infinite": "infinities"}.get(one.kind)
        holds = holds or (f"{len(texts):,} different values" if len(texts) > MOST_IF_SAID else "the value '*'")
        needs = f"a {what} needs a column with at most {MOST_IF_SAID} values, or with numbers"
        raise DataError.all(what, [Problem(f"no-{what}", f"column {one.name!r} holds {holds}; {needs}", one.name)])
    if not one.blank:
        return Axis(one.name, tuple(names), source, said)
    unknown = "unknown"
    while unknown in names:
        unknown += "?"
    return Axis(one.name, (*names, unknown), source | {"otherwise": unknown}, said)


def _cuts(one: Profile, what: str) -> tuple[list[float], tuple[str, ...]]:
    unit = heading.unit_of(one.name)
    if what == "stage" and heading.tells_tenure(one.name) and unit is not None and unit in CUTS:
        return list(CUTS[unit]), BY_YEARS if unit == "years" else BY_AGE
    cuts = sorted({cut for share in (1 / 3, 2 / 3) if (cut := _rounded(one.quantile(share))) > one.values[0]})
    cuts = cuts or [float(one.values[-1])]
    words = ("early", "middle", "late") if what == "stage" else ("low", "middle", "high")
    return [_plain(cut) for cut in cuts], words if len(cuts) == 2 else (words[0], words[2])


def _rounded(value: float) -> float:
    """Return a number with three significant digits."""
    short = float(f"{value:.3g}")
    return short if math.isfinite(short) else value


def _plain(value: float) -> float:
    """Return a whole number as one, to be written so."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


# Steps


@attrs.frozen
class Guess:
    """One guessed step and its measure: where floor and target come from, and how the column is read."""

    name: str
    part: Part
    measure: og.Measure
    floor: float
    target: float
    about: tuple[str, str]
    column: Profile


def _guesses(measured: Sequence[Profile], scales: Mapping[str, Scale], taken: set[str]) -> list[Guess]:
    """Guess a step for each column; see to it that something is required and something expected."""
    made = set(GATES.values())
    found = []
    for one in measured:
        scale = scales.get(one.name)
        if scale is not None and zero_is_code(one, scale):
            one = one.without(0.0)  # noqa: PLW2901
        word = one.name if re.fullmatch(r"\w+", one.name) else re.sub(r"\W+", "_", one.name.casefold()).strip("_")
        low, high = _limits(one, scale)
        unit = "%" if one.source.get("percent") else "points" if scale is not None else heading.unit_of(one.name)
        measure = og.Measure(_fresh(word or "measure", taken, "_"), unit=unit, low=low, high=high)
        name = _fresh(" ".join(one.name.replace("_", " ").split()) or "step", made, " ")
        ends = _ends(one, scale, lower=heading.lower_is_better(one.name, asked=scale is not None))
        found.append(Guess(name, heading.part_of(one.name, asked=scale is not None), measure, *ends, one))
    required = sum(one.part != "expectations" for one in found)
    if len(found) == 1:
        (only,) = found
        found.append(attrs.evolve(only, name=_fresh(only.name, made, " "), part="expectations" if required else "gaps"))
    elif not required:
        half = len(found) // 2
        found = [attrs.evolve(one, part="gaps") for one in found[:half]] + found[half:]
    elif required == len(found):
        half = len(found) // 2
        found = found[:-half] + [attrs.evolve(one, part="expectations") for one in found[-half:]]
    return found


def _fresh(name: str, taken: set[str], gap: str) -> str:
    """Return the name, with a number where it is taken; take it."""
    found = next(each for n in itertools.count(1) if (each := name if n == 1 else f"{name}{gap}{n}") not in taken)
    taken.add(found)
    return found


def _limits(one: Profile, scale: Scale | None) -> tuple[float | None, float | None]:
    if scale is not None:
        return _plain(scale[0]), _plain(scale[1])
    if not len(one.values) or one.values[0] < 0:
        return None, None
    top = 100 if one.source.get("percent") else 1
    share = bool(one.source.get("percent")) or heading.has(one.name, heading.SHARE)
    return 0, top if _is_flag(one) or (share and one.values[-1] <= top) else None


def _is_flag(one: Profile) -> bool:
    return one.kind == "flag" or set(one.values.tolist()) <= {0.0, 1.0}


def _ends(one: Profile, scale: Scale | None, *, lower: bool) -> tuple[float, float, tuple[str, str]]:
    """Return floor and target, and where they come from."""
    answered = len(one.values) > 1
    low, high = (float(one.values[0]), float(one.values[-1])) if answered or scale is None else scale
    if low == high:
        worst, best = (0.0, low or 1.0) if low >= 0 else (low, 0.0)
        about = ("nothing to go by", "the same in every row")
    elif (_is_flag(one) and answered) or one.kind == "flag":
        worst, best, about = 0.0, 1.0, ("no", "yes")
        about = about[::-1] if lower else about
    elif not answered:  # a scale that nobody, or all alike, answered
        best = low + round(TARGET * (high - low))
        floor, target = (high, low + high - best) if lower else (low, best)
        return _plain(floor), _plain(target), ("the scale's worst", "three quarters of the scale")
    else:
        shares = (1 - FLOOR, 1 - TARGET) if lower else (FLOOR, TARGET)
        floor, target = map(one.quantile, shares)
        about = ("10 % lie above", "25 % lie at or below") if lower else ("10 % lie below", "25 % lie at or above")
        if abs(floor - target) <= NEAR * (high - low):
            floor, target = (high, low) if lower else (low, high)
            about = ("the worst there is", "the best there is")
        if _rounded(floor) != _rounded(target):
            floor, target = _rounded(floor), _rounded(target)
        return _plain(floor), _plain(target), about
    floor, target = (best, worst) if lower else (worst, best)
    return _plain(floor), _plain(target), about


# The model, and what is said of its guesses


def _outcome(guesses: Sequence[Guess], comments: Comments) -> og.DesiredOutcome:
    steps: dict[str, list[Any]] = {part: [] for part in TITLES}
    for one in guesses:
        steps[one.part].append(KINDS[one.part](one.name, one.measure, floor=one.floor, target=one.target))
        comments |= {("measures", one.measure.name, key): "guess" for key in ("unit", "low", "high")}
        lower = "; lower is better" if one.floor > one.target else ""
        comments[one.part, one.name, "floor"] = f"guess: {one.about[0]}"
        comments[one.part, one.name, "target"] = f"guess: {one.about[1]}{lower}"
    needs = og.AllOf(*(og.Mean(*steps[part], name=gate) for part, gate in GATES.items() if steps[part]))
    comments |= {("gates", gate): "guess" for gate in GATES.values()}
    comments["desired_outcomes", "required", "name"] = "guess: say it in your customers' words"
    comments["desired_outcomes", "experience", "name"] = "guess"
    experience = og.AppropriateExperience("how they want to get there", expects=og.Mean(*steps["expectations"]))
    return og.DesiredOutcome(og.RequiredOutcome("what they must achieve", needs=needs), experience)


def _inputs(
    who: str | None, keep: Sequence[str], axes: Mapping[str, Axis], guesses: Sequence[Guess], comments: Comments
) -> og.Inputs:
    for what, axis in axes.items():
        if not axis.said:
            order = "; put them in order" if what == "stage" and "bands" not in axis.source else ""
            comments[(f"{what}s",)] = f"guess: from {quoted(axis.column)}{order}"
            comments["inputs", what] = "guess"
    comments["inputs", "keep"] = "shown beside the score"
    measures: dict[str, Any] = {}
    for one in guesses:
        column, name = one.column, one.measure.name
        said = ({"column": column.name} if column.name != name else {}) | dict(column.source)
        if said or column.doubtful is not None:
            measures[name] = said
            comments |= _why_read(name, column)
    cells: dict[str, Any] = {what: axis.source for what, axis in axes.items()}
    return og.Inputs(id=who, keep=list(keep), measures=measures, **cells)


def _why_read(measure: str, one: Profile) -> Comments:
    """Return the comment beside how a column is read, if there is one."""
    source = one.source
    said = "guess" if source else ""
    if one.doubtful is not None:
        number = parse_number(one.doubtful, source.get("decimal", "."), source.get("thousands"), source.get("percent"))
        said = f"guess: {quoted(one.doubtful)} is {_plain(number)!r}; if not, say decimal or thousands"
    elif 0.0 in source.get("missing", ()):
        said = "guess: 0 is no answer"
    return {("inputs", "measures", measure): said} if said else {}
