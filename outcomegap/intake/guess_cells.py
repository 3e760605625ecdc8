"""Which column names the customer, which tells the segment, which the stage: guessed, or as the user says."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from outcomegap.errors import DataError, Problem
from outcomegap.intake.profile import Profile
from outcomegap.intake.reader import text_of
from outcomegap.intake.words import (
    ID,
    LABEL,
    SEGMENT,
    SHOWN,
    STAGE,
    TENURE,
    TENURE_OF,
    has,
    tells_who,
    unit_of,
    words_of,
)
from outcomegap.model.mapping import ANY
from outcomegap.model.values import RESERVED

#: How many different values a column has that is taken for a segment or a stage, and how many if the user says so.
FEWEST, MOST, MOST_IF_SAID = 2, 12, 50
#: Numbers with more different values than this are cut into bands to be stages.
MOST_STAGES = 5
#: Where a year of being a customer is cut, by the unit it is counted in.
CUTS: Mapping[str, tuple[float, float]] = {
    "months": (3, 12),
    "weeks": (13, 52),
    "d": (90, 365),
    "years": (1, 3),
}
BY_AGE = ("first quarter", "first year", "established")
BY_YEARS = ("first year", "up to three years", "established")
#: The name of those of whom the column says nothing.
UNKNOWN = "unknown"


@attrs.frozen
class Axis:
    """The segments, or the stages, and how a column tells them.

    Parameters
    ----------
    column
        The column.
    names
        What they are called, in order.
    source
        What ``[inputs]`` says of it.
    said
        Whether the user named the column.
    """

    column: str
    names: tuple[str, ...]
    source: Any
    said: bool = False


def guess_id(profiles: Sequence[Profile], ids: Mapping[str, bool]) -> str | None:
    """Return the column that names the customer: it has another value in every row, and is called so.

    Parameters
    ----------
    profiles
        What the columns hold.
    ids
        Columns in which every row has a value of its own.
    """
    fitting = [one for one in profiles if ids.get(one.name) and not has(one.name, LABEL)]

    def rank(one: Profile) -> tuple[bool, bool, bool]:
        words = words_of(one.name)
        return (words[-1:] != ["id"], not has(one.name, ID), one.kind != "text")

    named = [one for one in fitting if has(one.name, ID) and _names_things(one)]
    if named:
        return min(named, key=rank).name
    first = profiles[0] if profiles else None
    return first.name if first is not None and first in fitting and first.kind == "text" and first.rows > 1 else None


def _names_things(one: Profile) -> bool:
    return one.kind == "text" or bool((one.values == one.values.round()).all() and len(one.values))


def guess_segment(profiles: Iterable[Profile]) -> Profile | None:
    """Return the text column that most likely tells the segment.

    Examples
    --------
    >>> import numpy as np
    >>> from outcomegap.intake.profile import profile
    >>> table = {"gender": ["m", "f"], "contract": ["monthly", "yearly"]}
    >>> guess_segment(profile(name, np.array(values, dtype=object)) for name, values in table.items()).name
    'contract'
    """
    fitting = [one for one in profiles if may_be_segment(one)]
    ranked = sorted(fitting, key=_segment_rank)
    return ranked[0] if ranked else None


def may_be_segment(one: Profile) -> bool:
    """Tell whether a column could tell the segment: text, few values, neither the answer nor a stage."""
    few = one.kind == "text" and FEWEST <= len(one.texts) <= MOST and one.blank * 2 <= one.rows
    shared = len(one.texts) < one.rows - one.blank or _segment_rank(one)[0] < len(SEGMENT)
    return few and shared and ANY not in one.texts and not has(one.name, LABEL | STAGE | SHOWN)


def _segment_rank(one: Profile) -> tuple[int, bool]:
    words = {word for found in words_of(one.name) for word in (found, found.removesuffix("s"))}
    place = next((number for number, word in enumerate(SEGMENT) if word in words), len(SEGMENT))
    return place, tells_who(one.name)


def guess_stage(profiles: Iterable[Profile]) -> Profile | None:
    """Return the column that most likely tells the stage: called like one, or how long somebody is a customer."""
    found = list(profiles)
    for one in found:
        few = one.kind == "text" and FEWEST <= len(one.texts) <= MOST and ANY not in one.texts
        if few and has(one.name, STAGE) and one.blank * 2 <= one.rows:
            return one
    for one in found:
        if one.kind == "numbers" and len(one.values) > 1 and one.blank * 2 <= one.rows and _tells_tenure(one.name):
            return one
    return None


def _tells_tenure(name: str) -> bool:
    age = has(name, frozenset(("age", "lifetime"))) and has(name, TENURE_OF)
    return has(name, TENURE) or age or ("since" in words_of(name) and has(name, frozenset(("signup", "start"))))


def axis_of(one: Profile, what: str, *, said: bool) -> Axis:
    """Return how a column tells the segment or stage: by its values, or where it holds many numbers by bands.

    Raises
    ------
    DataError
        If it can be neither.

    Examples
    --------
    >>> import numpy as np
    >>> from outcomegap.intake.profile import profile
    >>> axis_of(profile("tenure_months", np.array([1.0, 5.0, 40.0])), "stage", said=False).source["bands"]
    {'first quarter': {'below': 3}, 'first year': [3, 12], 'established': [12]}
    """
    texts = dict(one.texts) or {
        text_of(value): count for value, count in zip(one.values.tolist(), one.counts.tolist(), strict=True)
    }
    many = len(one.values) > (MOST if what == "segment" else MOST_STAGES)
    if one.kind == "numbers" and (many or (what == "stage" and _tells_tenure(one.name) and len(one.values) > 1)):
        return _by_bands(one, what, said=said)
    if one.kind in ("text", "flag", "numbers") and 0 < len(texts) <= MOST_IF_SAID and ANY not in texts:
        return _by_values(one, what, texts, said=said)
    holds = {"empty": "nothing", "date": "dates", "infinite": "infinities"}.get(one.kind)
    holds = holds or (f"{len(texts):,} different values" if len(texts) > MOST_IF_SAID else "the value '*'")
    needs = f"a {what} needs a column with at most {MOST_IF_SAID} values, or with numbers"
    problem = Problem(f"no-{what}", f"column {one.name!r} holds {holds}; {needs}", column=one.name)
    raise DataError.all(what, [problem])


def _by_values(one: Profile, what: str, texts: Mapping[str, int], *, said: bool) -> Axis:
    order = sorted(texts) if what == "stage" else sorted(texts, key=lambda text: (-texts[text], text))
    named: dict[str, list[str]] = {}
    for text in order:
        named.setdefault(_cell_name(text), []).append(text)
    names = tuple(named)
    if not one.blank and all(raw == [name] for name, raw in named.items()):
        return Axis(one.name, names, one.name, said)
    return _with_unknown(one, names, {"column": one.name, "values": named}, said=said)


def _cell_name(text: str) -> str:
    name = text.strip().replace("/", "-")
    return f"{name} (value)" if name in RESERVED else name


def _with_unknown(one: Profile, names: tuple[str, ...], source: dict[str, Any], *, said: bool) -> Axis:
    if not one.blank:
        return Axis(one.name, names, source, said)
    unknown = UNKNOWN
    while unknown in names:
        unknown += "?"
    return Axis(one.name, (*names, unknown), source | {"otherwise": unknown}, said)


def _by_bands(one: Profile, what: str, *, said: bool) -> Axis:
    cuts, names = _cuts(one, what)
    limits: list[Any] = [{"below": cuts[0]}]
    limits += [[low, below] for low, below in itertools.pairwise(cuts)]
    limits.append([cuts[-1]])
    reading = {key: value for key, value in one.source.items() if key != "values"}
    source = {"column": one.name, **reading, "bands": dict(zip(names, limits, strict=True))}
    return _with_unknown(one, names, source, said=said)


def _cuts(one: Profile, what: str) -> tuple[list[float], tuple[str, ...]]:
    unit = unit_of(one.name)
    if what == "stage" and _tells_tenure(one.name) and unit is not None and unit in CUTS:
        return list(CUTS[unit]), BY_YEARS if unit == "years" else BY_AGE
    cuts = sorted({cut for share in (1 / 3, 2 / 3) if (cut := rounded(one.quantile(share))) > one.values[0]})
    if not cuts:
        cuts = [float(one.values[-1])]
    words = ("early", "middle", "late") if what == "stage" else ("low", "middle", "high")
    return [plain(cut) for cut in cuts], words if len(cuts) == 2 else (words[0], words[2])


def rounded(value: float) -> float:
    """Return a number with three significant digits.

    Examples
    --------
    >>> rounded(1234.5), rounded(0.12345)
    (1230.0, 0.123)
    """
    short = float(f"{value:.3g}")
    return short if math.isfinite(short) else value


def plain(value: float) -> float:
    """Return a whole number as one, to be written so."""
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
