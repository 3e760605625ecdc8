"""A commented starter model from a table of customers: everything is guessed, and marked so."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from outcomegap.checks import Checks, in_rows
from outcomegap.errors import DataError, Problem
from outcomegap.files.formats import inline, key_text, toml_text
from outcomegap.files.model_file import SCHEMA_VERSION
from outcomegap.frames import Table
from outcomegap.intake import guesses
from outcomegap.intake.aside import (
    gone_by,
    is_identifier,
    rare,
    says_nothing,
    scale_in_words,
    several_answers,
    why_no_step,
)
from outcomegap.intake.directions import Direction, direction_of
from outcomegap.intake.further import Further
from outcomegap.intake.guesses import Part, Profile, Scale, has, plain, profiles_of, scales_of
from outcomegap.intake.lexicon import words_of
from outcomegap.intake.loading import Tables, is_path
from outcomegap.intake.names import lacking, text_of, texts_of
from outcomegap.intake.written import how_written, parse_number
from outcomegap.listing import counted, harmless
from outcomegap.model import Inputs
from outcomegap.model.declaration import RESERVED
from outcomegap.model.inputs import ANY

if TYPE_CHECKING:
    from jinja2 import Template

#: So many other columns are named that could be segments.
OTHERS = 8
#: How many different values a column has that is taken for a segment or a stage, and how many if the user says so.
FEWEST, MOST, MOST_IF_SAID = 2, 12, 50
#: Texts of more words than this, on average, are no segments.
MOST_WORDS = 4
#: Numbers with more different values than this are cut into bands to be stages.
MOST_STAGES = 5
#: Where a year of being a customer is cut, by the unit it is counted in.
CUTS: Mapping[str, tuple[float, float]] = {"months": (3, 12), "weeks": (13, 52), "d": (90, 365), "years": (1, 3)}
BY_AGE = ("first quarter", "first year", "established")
BY_YEARS = ("first year", "up to three years", "established")
#: A tenth of the customers are at the floor or beyond, a quarter at the target or beyond.
FLOOR, TARGET = 0.10, 0.75
NO_SCALE: Scale = (0.0, 0.0)
#: Floor and target that lie nearer to each other, as a share of the whole range, are one.
NEAR = 1e-12
#: Columns of a frame that was read: no measure is called so.
TAKEN = ("id", "segment", "stage", "goal")
#: What accounts write for nothing.
NIL = frozenset({"-", "--", "\u2013", "\u2014"})
#: What the template shows of a measure, or of a step.
Guess = dict[str, Any]
GATES: Mapping[Part, str] = {"functions": "the product does its part", "gaps": "the gaps are bridged"}


@cache
def _template() -> Template:
    from jinja2 import Environment

    environment = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # noqa: S701 - no HTML
    environment.filters |= {"quoted": inline, "key": key_text, "inline": inline}
    text = (resources.files("outcomegap.intake") / "starter.toml.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)


def starter_model(
    source: object,
    *,
    segment: str | None = None,
    stage: str | None = None,
    id: str | None = None,  # noqa: A002 -- what people call it
    name: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    skip_rows: int | Sequence[int] | None = None,
    tables: Mapping[str, object] | None = None,
) -> str:
    """Write a starter model for a table of customers, as TOML with comments.

    Everything is guessed from the names and values of the columns, and marked so: measures with their units and
    limits from columns of numbers (however they are written) and of yes / no; whether more or less is better, from the
    whole name; floor and target: a tenth of the customers are at the floor or beyond, a quarter at the target or
    beyond; the id, segments and stages; where each step belongs. Where the name does not say whether more or less is
    better, the step says ``better = "unknown"``, and `outcomegap.check` warns until you have chosen. Columns that look
    like the answer itself (churn, satisfaction, status) are left out: a model that measured them would know it
    beforehand. The model passes `outcomegap.check` and scores the table it was made from.

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
    tables
        Further tables by name, files or frames: how many rows each customer has, how long ago the last is, and their
        numbers become measures. They are joined by the ids that they share with the customers.
    encoding, separator, sheet, skip_rows
        How the file is to be read; the model says so too.

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
    floor = 3  # guess: 10 % lie at or below
    target = 10  # guess: 25 % lie at or above
    """
    label = Path(source).name if is_path(source) else "customers"
    form = {"encoding": encoding, "separator": separator, "sheet": sheet, "skip_rows": skip_rows}
    raw = Tables(Inputs(), source if is_path(source) else {"customers": source}, form=form)
    table = raw.table("customers")
    _check(label, table, {"segment": segment, "stage": stage, "id": id})
    profiles = profiles_of({column: table.values(column) for column in table.names})
    named = {one.name: one for one in profiles if one.name.strip()}  # a blank name cannot be referred to
    who = id if id is not None else _id_of(table, list(named.values()))
    rest = [one for one in named.values() if one.name != who]
    axes = _axes(rest, named, {"stage": stage, "segment": segment})
    free = [one for one in rest if one.name not in {axis.column for axis in axes.values()}]
    scales = scales_of(rest)
    further = Further.of(source, table, who, tables or {}, form)
    keep: list[str] = []
    measured = [*further.profiles(source, who, tables or {})]
    left_out: dict[str, str] = {}
    for one in free:
        why = why_no_step(one)
        if _shown(one, measurable=why is None):
            keep.append(one.name)
        elif why is None:
            measured.append(one)
        else:
            left_out[one.name] = why
    varied = [one for one in measured if len(one.values) > 1 or one.name in scales]
    if varied:  # where nothing varies, such as in a table of one row, all of it is taken
        left_out |= {one.name: "the same in every row" for one in measured if one not in varied}
    better = {one.name: _direction(one, asked=one.name in scales) for one in measured}
    few = {one.name: rare(one, better[one.name], 1 - TARGET) for one in varied if one.name not in scales}
    if common := [one for one in varied if few.get(one.name) is None]:
        left_out |= {name: why for name, why in few.items() if why is not None}
        varied = common
    unnamed = {one.name: "its heading is blank; give it a name" for one in profiles if one.name not in named}
    left_out |= unnamed | further.left_out
    if not measured:
        listed = [f"{one.name!r:.60}: {left_out.get(one.name, 'used for another purpose')}" for one in profiles[:20]]
        more = f"; and {len(profiles) - 20} more" if len(profiles) > 20 else ""
        message = f"no column can be measured: a number, or yes / no, is needed ({'; '.join(listed)}{more})"
        raise DataError.all(label, [Problem("nothing-to-measure", message)])
    dates = [one for one in free if one.kind == "date" and not has(one.name, "ends", "shown")]
    until = next((one for one in rest if one.kind == "date" and has(one.name, "gone", "ends")), None)
    aside = ("gone", "trial") if until is None else ("trial",)  # who left by a date is no loss before it
    others = [f"{inline(one.name)} ({len(one.texts)} values)" for one in free if _as_segment(one) is not None]
    measures, steps = _steps(varied or measured, scales, better, {*TAKEN, *keep})
    return _template().render(
        line=lambda key, value: toml_text({key: value}).rstrip("\n"),
        label=label,
        size=f"{counted(len(table), 'row')}, {counted(len(table.names), 'column')}",
        version=SCHEMA_VERSION,
        name=(name or label.partition(".")[0]).strip() or "customers",
        axes=axes,
        measures=measures,
        steps=steps,
        gates=GATES,
        others=others[:OTHERS],
        dates=sorted((one for one in dates if one is not until), key=lambda one: not has(one.name, "begun")),
        until=until,
        leave_out={one.name: texts for one in rest if (texts := gone_by(one, *aside))},
        who=who,
        keep=_kept(keep, named),
        left_out=left_out,
        notes=[*map(harmless, (*raw.notes, *(finding.message for finding in raw.checks.findings), *further.notes))],
        tables=further.tables,
        as_of=further.as_of,
        form={key: value for key, value in form.items() if value is not None},
    )


def _kept(keep: Sequence[str], named: Mapping[str, Profile]) -> Sequence[str] | Mapping[str, Any]:
    """Return the columns to keep, those that hold numbers as text with how they are read."""
    read = {one.name: {"column": one.name, **one.source} for one in map(named.__getitem__, keep) if one.source}
    return {name: read.get(name, name) for name in keep} if read else keep


# The table


def _check(label: str, table: Table, said: Mapping[str, str | None]) -> None:
    """Raise what is wrong with the table, and with the columns that the user named."""
    checks = Checks(label)
    if not len(table):
        checks.problem("no-rows", "the table has no row: there is nothing to guess from")
    for what, column in said.items():
        lacking(checks, table.names, [] if column is None else [column], f"{what} = {column!r}")
    column = said["id"]
    if column is not None and not checks.problems:
        texts = texts_of(table, column)
        if None in texts or len(set(texts)) < len(texts):
            different = len(set(texts) - {None})
            message = f"column {column!r} names {different:,} customers in {len(texts):,} rows; an id names each row"
            empty = [row for row, text in enumerate(texts) if text is None]
            message += f", once{f'; it is empty{in_rows(empty)}' if empty else ''}"
            checks.problem("duplicate-id", message, column)
    checks.done()


def _id_of(table: Table, profiles: Sequence[Profile]) -> str | None:
    """Return the column that names the customer: its values are all different, and its name suggests an id."""

    def unique(one: Profile) -> bool:
        if one.blank or max(len(one.texts), len(one.values)) < one.rows or one.kind in ("date", "infinite", "empty"):
            return False
        if has(one.name, "label", "who", "worth") or (
            one.kind == "numbers" and not (says_nothing(one.name) or is_identifier(one))
        ):
            return False
        return len(set(texts_of(table, one.name))) == one.rows

    fitting = [one for one in profiles if unique(one)]
    whole = [one for one in fitting if one.kind == "text" or bool((one.values == one.values.round()).all())]
    if called := [one for one in whole if has(one.name, "id", "customer")]:

        def unlikely(one: Profile) -> tuple[bool, bool, bool, bool]:
            number_of_customer = has(one.name, "customer") and has(one.name, "id", "naming")
            words = words_of(one.name)
            return not number_of_customer, words != ["id"], words[-1:] != ["id"], one.kind != "text"

        return min(called, key=unlikely).name
    if numbered := [one for one in whole if is_identifier(one)]:
        return numbered[0].name
    first = profiles[0] if profiles else None
    return first.name if first in fitting and first is not None and first.kind == "text" and first.rows > 1 else None


def _shown(one: Profile, *, measurable: bool) -> bool:
    """Return whether a column is useful next to the score."""
    if one.kind in ("empty", "infinite") or has(one.name, "label"):
        return False
    return has(one.name, "worth" if measurable else "shown")


# Segments and stages


@attrs.frozen
class Axis:
    """The segments, or the stages: the column, their names in order, what the inputs say, and why if it is a guess."""

    column: str
    names: list[str]
    source: dict[str, Any]
    why: str


def _axes(free: Sequence[Profile], named: Mapping[str, Profile], said: Mapping[str, str | None]) -> dict[str, Axis]:
    """Return the segments and the stages, as the user gives them or as guessed."""
    axes: dict[str, Axis] = {}
    for what, column in said.items():
        taken = [*said.values(), *(axis.column for axis in axes.values())]
        rest = [one for one in free if one.name not in taken]
        ranks = ((_as_stage if what == "stage" else _as_segment)(one) for one in rest)
        fitting = [(rank, place) for place, rank in enumerate(ranks) if rank is not None]
        if column is not None or fitting:
            axes[what] = _axis(named[column] if column else rest[min(fitting)[1]], what, said=column is not None)
    return axes


def _few(one: Profile) -> bool:
    few = one.kind == "text" and FEWEST <= len(one.texts) <= MOST and ANY not in one.texts
    return few and one.blank * 2 <= one.rows


def _as_segment(one: Profile) -> tuple[int, bool] | None:
    """Return a rank, the least the likeliest, of a column that could tell the segment: text of few values."""
    called = [word.removesuffix("s") for word in words_of(one.name)] + words_of(one.name)
    usual: list[str] = guesses.vocabulary()["segment"]
    place = min((usual.index(word) for word in called if word in usual), default=len(usual))
    shared = len(one.texts) < one.rows - one.blank or place < len(usual)
    if not (_few(one) and shared) or has(one.name, "label", "stage", "shown", "naming"):
        return None
    words = sum(len(text.split()) * count for text, count in one.texts.items())
    if (
        scale_in_words(one)
        or is_identifier(one)
        or several_answers(one) is not None
        or words > MOST_WORDS * one.texts_held
    ):
        return None
    return place, guesses.tells_who(one.name)


def _as_stage(one: Profile) -> tuple[int, bool] | None:
    """Return a rank of a column that could tell the stage: called like one, or how long somebody is a customer."""
    if _few(one) and has(one.name, "stage") and not gone_by(one, "trial"):
        return 0, True
    numbers = one.kind == "numbers" and len(one.values) > 1 and one.blank * 2 <= one.rows
    return (1, True) if numbers and guesses.tells_tenure(one.name) else None


def _axis(one: Profile, what: str, *, said: bool) -> Axis:
    """Return how a column tells the segment or stage: by its values, or where it holds many numbers by bands."""
    texts = dict(one.texts) or dict(zip(map(text_of, one.values.tolist()), one.counts.tolist(), strict=True))
    aged = what == "stage" and guesses.tells_tenure(one.name) and len(one.values) > 1
    names: Sequence[str]
    alike: list[str] = []
    source: dict[str, Any] = {"column": one.name}
    if one.kind == "numbers" and (aged or len(one.values) > (MOST if what == "segment" else MOST_STAGES)):
        cuts, names = _cuts(one, what)
        limits = [{"below": cuts[0]}, *map(list, itertools.pairwise(cuts)), [cuts[-1]]]
        source |= {**one.source, "bands": dict(zip(names, limits, strict=True))}
    elif one.kind in ("text", "flag", "numbers") and 0 < len(texts) <= MOST_IF_SAID and ANY not in texts:
        order = sorted(texts) if what == "stage" else sorted(texts, key=lambda text: (-texts[text], text))
        named: dict[str, list[str]] = {}
        first: dict[str, str] = {}
        for text in order:
            name = " ".join(text.split()).replace("/", "-")
            name = first.setdefault(name.casefold(), f"{name} (value)" if name in RESERVED else name)
            named.setdefault(name, []).append(text)
        names = list(named)
        alike = [" and ".join(map(inline, raw)) for raw in named.values() if len(raw) > 1]
        if one.blank or any(raw != [name] for name, raw in named.items()):
            source["values"] = named
    else:
        holds = {"empty": "nothing", "date": "dates", "infinite": "infinities"}.get(one.kind)
        holds = holds or (f"{len(texts):,} different values" if len(texts) > MOST_IF_SAID else "the value '*'")
        needs = f"a {what} needs a column with at most {MOST_IF_SAID} values, or with numbers"
        # no-segment, no-stage
        raise DataError.all(what, [Problem(f"no-{what}", f"column {one.name!r} holds {holds}; {needs}", one.name)])
    if one.blank or source.get("missing"):
        unknown = "unknown"
        while unknown in names:
            unknown += "?"
        names, source = [*names, unknown], source | {"otherwise": unknown}
    aside = "; put them in order" if what == "stage" and "bands" not in source else ""
    why = "" if said else f"guess: from {inline(one.name)}{aside}"
    same = f"{'; '.join(alike)} are taken for one {what}"
    return Axis(one.name, list(names), source, "; ".join(filter(None, [why, same if alike else ""])))


def _cuts(one: Profile, what: str) -> tuple[list[float], Sequence[str]]:
    unit = guesses.unit_of(one.name) or ""
    if what == "stage" and guesses.tells_tenure(one.name) and unit in CUTS:
        return list(CUTS[unit]), BY_YEARS if unit == "years" else BY_AGE
    cuts = sorted({cut for share in (1 / 3, 2 / 3) if (cut := _rounded(one.quantile(share))) > one.values[0]})
    cuts = cuts or [float(one.values[-1])]
    words = ("early", "middle", "late") if what == "stage" else ("low", "middle", "high")
    return [plain(cut) for cut in cuts], words if len(cuts) == 2 else (words[0], words[2])


def _rounded(value: float) -> float:
    """Return a number with three significant digits."""
    return float(f"{value:.3g}")


# Steps


def _is_money(one: Profile) -> bool:
    """Return whether amounts are written as in accounts: with a currency, or in brackets below 0."""
    texts = list(one.texts)[: guesses.SAMPLE]
    return bool(how_written(texts).money) or any(text.strip().startswith("(") for text in texts)


def _direction(one: Profile, *, asked: bool) -> Direction:
    """Return whether more or less is better, by the column of a further table alone if that tells it."""
    name = one.name + " (h)" * ("unit" in one.source)
    if (has(one.name, "worth") or _is_money(one)) and one.kind == "numbers" and one.values[0] < 0.0:
        return "unknown"  # owed, or credited: the sign turns what the name says
    found = direction_of((one.reading or {}).get("column", name), asked=asked)
    return direction_of(name, asked=asked) if found == "unknown" else found


def _steps(
    measured: Sequence[Profile], scales: Mapping[str, Scale], better: Mapping[str, Direction], taken: set[str]
) -> tuple[list[Guess], dict[Part, list[Guess]]]:
    """Return a measure and a step for each column; see to it that something is required and something expected."""
    families = Counter(scales[one.name] for one in measured if one.name in scales)
    battery = [families[scales.get(one.name, NO_SCALE)] >= guesses.FAMILY for one in measured]  # all treated alike
    named = (guesses.part_of(one.name, asked=one.name in scales) for one in measured)
    parts: list[Part] = ["expectations" if alike else part for part, alike in zip(named, battery, strict=True)]
    required, half = sum(part != "expectations" for part in parts), len(parts) // 2
    if len(parts) == 1 or all(battery):
        both: list[Part] = ["expectations"] * len(parts)
        measured, parts = [*measured, *measured], [*(part if required else "gaps" for part in parts), *both]
    elif not required:
        free = [place for place, alike in enumerate(battery) if not alike]
        for place in free[: max(half, 1)]:
            parts[place] = "gaps"
    elif required == len(parts):
        parts[-half:] = ["expectations"] * half
    steps: dict[Part, list[Guess]] = {"functions": [], "gaps": [], "expectations": []}
    made, measures, order = set(GATES.values()), dict[str, Guess](), list(steps)
    for one, part in sorted(zip(measured, parts, strict=True), key=lambda pair: order.index(pair[1])):
        scale = scales.get(one.name)
        if scale is not None and scale[0] == 1.0 and (one.values == 0.0).any():  # a 0 below it is no answer
            one = one.without_zero()  # noqa: PLW2901
        if not (again := one.name in measures):
            word = one.name if re.fullmatch(r"\w+", one.name) else re.sub(r"\W+", "_", one.name.casefold()).strip("_")
            measures[one.name] = _measure(_fresh(word or "measure", taken, "_"), one, scale)
        words = " ".join(one.name.replace("_", " ").split()) or "step"
        name = _fresh(words + " (experience)" * again, made, " ")
        ends, turned = _ends(one, scale, lower=better[one.name] == "less"), _ends(one, scale, lower=True)
        step = {"name": name, "measure": measures[one.name]["name"], "better": better[one.name], "turned": turned}
        steps[part].append(step | ends | {"again": again})
    return list(measures.values()), steps


def _fresh(name: str, taken: set[str], gap: str) -> str:
    """Return the name, with a number where it is taken; take it."""
    found = next(each for n in itertools.count(1) if (each := name if n == 1 else f"{name}{gap}{n}") not in taken)
    taken.add(found)
    return found


def _measure(name: str, one: Profile, scale: Scale | None) -> Guess:
    """Return a measure, its unit and limits, and how its column is read."""
    percent, values, source, read = one.source.get("percent"), one.values, one.source, one.reading or one.source
    money = how_written(list(one.texts)[: guesses.SAMPLE]).money
    unit = "%" if percent else "points" if scale is not None else guesses.unit_of(read.get("unit", ""))
    unit = unit or (money[0] if len(money) == 1 else guesses.unit_of(read.get("column", one.name)))
    limits: dict[str, Any] = {} if unit is None else {"unit": unit}
    if scale is not None:
        limits |= {"low": plain(scale[0]), "high": plain(scale[1])}
    elif len(values) and values[0] >= 0:
        top = 100 if percent else 1
        share = percent or has(one.name, "share")
        limits |= {"low": 0} | ({"high": top} if one.is_flag or (share and values[-1] <= top) else {})
    why = "guess: 0 is no answer" if 0 in source.get("missing", ()) else "guess" if source else ""
    if one.doubtful is not None:
        number = parse_number(one.doubtful, source.get("decimal", "."), source.get("thousands"), percent)
        why = f"guess: {inline(one.doubtful)} is {plain(number)!r}; if not, say decimal or thousands"
    named = one.name == name and (source or one.doubtful is None)
    reading = dict(one.reading or source) if one.reading or named else {"column": one.name, **source}
    zeros, asked = int(one.counts[values == 0.0].sum()), scale is None and has(one.name, "asked") and not one.is_flag
    said = "If it is no answer, say missing = [0] for this measure in [inputs.measures]"
    doubt = f"0 stands in {zeros:,} of {one.counts.sum():,} rows with a value. {said}" if zeros and asked else None
    if _is_money(one) and (nil := NIL.intersection(source.get("missing", ()))):
        doubt = f"{inline(min(nil))} is taken for no answer; in accounts it may mean 0. Then write 0 in those cells"
    return {"name": name, "limits": limits, "reading": reading, "why": why, "doubt": doubt}


def _ends(one: Profile, scale: Scale | None, *, lower: bool) -> Guess:
    """Return floor and target, and where they come from."""
    answered = len(one.values) > 1
    low, high = (float(one.values[0]), float(one.values[-1])) if answered or scale is None else scale
    worst, best = (high, low) if lower else (low, high)
    if low == high:
        ends, about = ((0.0, low or 1.0) if low >= 0 else (low, 0.0)), ("nothing to go by", "the same in every row")
        worst, best = ends[::-1] if lower else ends
    elif one.is_flag and (answered or one.kind == "flag"):
        worst, best = (1.0, 0.0) if lower else (0.0, 1.0)
        about = ("yes", "no") if lower else ("no", "yes")
    elif not answered:  # a scale that nobody, or all alike, answered
        best = worst + math.copysign(round(TARGET * (high - low)), best - worst)
        about = ("the scale's worst", "three quarters of the scale")
    else:
        floor, target = one.quantile(FLOOR, above=lower), one.quantile(1 - TARGET if lower else TARGET)
        sides = ("above", "below") if lower else ("below", "above")
        about = (f"10 % lie at or {sides[0]}", f"25 % lie at or {sides[1]}")
        if abs(floor - target) > NEAR * (high - low):
            worst, best = floor, target
        elif abs(worst - target) > NEAR * (high - low):  # most have the same; it is the target
            best, about = target, ("the worst there is", about[1])
        else:
            about = ("the worst there is", "the best there is")
        if _rounded(worst) != _rounded(best):
            worst, best = _rounded(worst), _rounded(best)
    return {"floor": plain(worst), "target": plain(best), "about": about}
