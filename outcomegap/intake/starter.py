"""A commented starter model from a table of customers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.frames import Table
from outcomegap.intake.columns import texts_of
from outcomegap.intake.guess_cells import Axis, axis_of, guess_id, guess_segment, guess_stage, may_be_segment
from outcomegap.intake.guess_steps import steps_of, too_far_apart
from outcomegap.intake.loading import ENDINGS, Tables, is_path
from outcomegap.intake.profile import Profile, profiles_of
from outcomegap.intake.scales import Scale, scales_of
from outcomegap.intake.starter_text import Starter, quoted, starter_text
from outcomegap.intake.words import LABEL, NAMING, SHOWN, WORTH, has, tells_who, words_of
from outcomegap.model.inputs import Inputs

#: So many other columns are named that could be segments.
OTHERS = 8


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
    >>> print(text[text.index("[measures.seats_used]"):text.index("# How customers")].rstrip())
    [measures.seats_used]
    unit = "seats"  # guess
    low = 0  # guess
    <BLANKLINE>
    [gaps."seats used"]  # move me: [functions.*], [gaps.*] or [expectations.*]
    measure = "seats_used"
    floor = 3  # guess: 10 % lie below
    target = 10  # guess: 25 % lie at or above
    """
    label, table = _opened(source)
    if not len(table):
        raise DataError.all(label, [Problem("no-rows", "the table has no row: there is nothing to guess from")])
    _check_said(label, table, {"segment": segment, "stage": stage, "id": id})
    profiles = profiles_of({column: table.values(column) for column in table.names})
    named = {one.name: one for one in profiles if one.name.strip()}  # a blank name cannot be referred to
    who = id
    if who is None:
        who = guess_id(list(named.values()), {column: _unique(table, one) for column, one in named.items()})
    rest = [one for column, one in named.items() if column != who]
    cells = _cells(rest, named, segment, stage)
    used = {axis.column for axis in cells.values() if axis is not None}
    scales = scales_of(rest)
    sorted_out = _sort_out([one for one in rest if one.name not in used], scales)
    sorted_out.left_out |= {
        one.name: "its heading is blank; give it a name" for one in profiles if one.name not in named
    }
    if not sorted_out.measured:
        raise DataError.all(label, [Problem("nothing-to-measure", _nothing(profiles, sorted_out.left_out))])
    starter = Starter(
        name=(name or label.partition(".")[0]).strip() or "customers",
        table=label,
        rows=len(table),
        columns=len(table.names),
        id=who,
        keep=sorted_out.keep,
        segment=cells["segment"],
        stage=cells["stage"],
        steps=steps_of(sorted_out.measured, scales, sorted_out.keep),
        left_out=sorted_out.left_out,
        hints=list(_hints([one for one in rest if one.name not in used], cells)),
    )
    return starter_text(starter)


@attrs.define
class SortedOut:
    """Columns to measure, to show, and to leave out with a reason."""

    measured: list[Profile]
    keep: list[str]
    left_out: dict[str, str]


def _sort_out(free: Sequence[Profile], scales: Mapping[str, Scale]) -> SortedOut:
    left_out = {one.name: why for one in free if (why := _why_not(one)) is not None}
    keep = [one.name for one in free if _shown(one, measurable=one.name not in left_out)]
    measured = [one for one in free if one.name not in left_out and one.name not in keep]
    varied = [one for one in measured if len(one.values) > 1 or one.name in scales]
    if varied:  # where nothing varies, such as in a table of one row, all of it is taken
        left_out |= {one.name: "the same in every row" for one in measured if one not in varied}
    return SortedOut(varied or measured, keep, {column: why for column, why in left_out.items() if column not in keep})


def _opened(source: Any) -> tuple[str, Table]:
    """Return the table and what it is called."""
    if not is_path(source):
        return "customers", Tables(Inputs(), {"customers": source}).table("customers")
    path = Path(os.fspath(source))
    if path.is_dir():
        message = f"{path.name} is a folder; name the file with a row a customer ({', '.join(ENDINGS)})"
        raise DataError.all(path.name, [Problem("unreadable-file", message, value=str(path))])
    return path.name, Tables(Inputs(), path).table("customers")


def _check_said(label: str, table: Table, said: Mapping[str, str | None]) -> None:
    """Raise what is wrong with the columns that the user named."""
    problems = [
        Problem(
            "missing-column",
            f"{what} = {column!r}: there is no such column{hint(column, table.names)}",
            column=column,
            suggestion=nearest(column, table.names),
        )
        for what, column in said.items()
        if column is not None and column not in table.names
    ]
    column = said["id"]
    if column is not None and not problems:
        texts = texts_of(table, column)
        if None in texts or len(set(texts)) < len(texts):
            different = len(set(texts) - {None})
            message = f"column {column!r} names {different:,} customers in {len(texts):,} rows; an id names each row"
            problems.append(Problem("duplicate-id", f"{message}, once", column=column))
    if problems:
        raise DataError.all(label, problems)


def _unique(table: Table, one: Profile) -> bool:
    """Tell whether every row has a value of its own; ids are compared as texts."""
    different = len(one.texts) or len(one.values)
    if one.blank or different < one.rows or one.kind in ("date", "infinite", "empty"):
        return False
    texts = texts_of(table, one.name)
    return len(set(texts)) == len(texts)


def _cells(
    free: Sequence[Profile], named: Mapping[str, Profile], segment: str | None, stage: str | None
) -> dict[str, Axis | None]:
    """Return the segments and the stages, as the user says or guessed."""
    said = {"stage": stage, "segment": segment}
    cells: dict[str, Axis | None] = {}
    for what, guess in (("stage", guess_stage), ("segment", guess_segment)):
        column = said[what]
        taken = [*said.values(), *(axis.column for axis in cells.values() if axis is not None)]
        one = named[column] if column is not None else guess([p for p in free if p.name not in taken])
        cells[what] = None if one is None else axis_of(one, what, said=column is not None)
    return cells


def _why_not(one: Profile) -> str | None:
    """Return why a column is not measured; None where it can be."""
    if one.kind == "empty":
        return "empty in every row"
    if has(one.name, LABEL):
        return "looks like the answer itself; left out, so that the score can be held against it"
    if one.kind == "date":
        start = quoted(one.name)
        return f'a date; its age is a measure with as_of and {{ start = {start}, unit = "days" }} in [inputs.measures]'
    if one.kind == "infinite":
        return "holds infinities"
    if one.kind == "text":
        return _text_hint(one)
    if too_far_apart(one):
        return "its numbers lie too far apart for their difference to be one"
    if tells_who(one.name):
        return "says who or where a customer is, not how far from an outcome"
    if words_of(one.name)[-1:] and words_of(one.name)[-1] in NAMING:
        return "a name, no amount"
    return None


def _text_hint(one: Profile) -> str:
    if len(one.texts) == 2 and not one.source:
        first, second = (quoted(text) for text in sorted(one.texts))
        return (
            f"text of two values; say which is good with values = {{ {first} = 1, {second} = 0 }} in [inputs.measures]"
        )
    return f"text ({len(one.texts):,} different values)"


def _shown(one: Profile, *, measurable: bool) -> bool:
    """Tell whether people want to see a column beside the score."""
    if one.kind in ("empty", "infinite") or has(one.name, LABEL):
        return False
    return has(one.name, WORTH) if measurable else has(one.name, SHOWN)


def _nothing(profiles: Sequence[Profile], left_out: Mapping[str, str]) -> str:
    listed = [f"{one.name!r:.60}: {left_out.get(one.name, 'used for another purpose')}" for one in profiles[:20]]
    more = f"; and {len(profiles) - 20} more" if len(profiles) > 20 else ""
    return f"no column can be measured: a number, or yes / no, is needed ({'; '.join(listed)}{more})"


def _hints(free: Sequence[Profile], cells: Mapping[str, Axis | None]) -> Iterator[str]:
    others = [one for one in free if may_be_segment(one)]
    if others:
        listed = ", ".join(f"{quoted(one.name)} ({len(one.texts)} values)" for one in others[:OTHERS])
        yield f"other columns that could tell segments: {listed}"
    dates = [one.name for one in free if one.kind == "date"]
    if dates and cells["stage"] is None:
        yield "stages from a date, as of a day:"
        yield 'as_of = "2026-01-31"  # and above: stages = ["first quarter", "first year", "established"]'
        bands = '{ "first quarter" = { below = 3 }, "first year" = [3, 12], established = [12] }'
        yield f'stage = {{ start = {quoted(dates[0])}, unit = "months", bands = {bands} }}'
