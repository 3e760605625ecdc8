"""A starter model as TOML text, with a comment beside everything that was guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from outcomegap.files.toml_text import _inline, _key
from outcomegap.intake.guess_cells import Axis
from outcomegap.intake.guess_steps import BETWEEN_GATE, DOES_GATE, Step
from outcomegap.intake.numbers import parse_number
from outcomegap.intake.words import Part
from outcomegap.listing import counted

WIDTH = 100
TITLES: Mapping[Part, str] = {
    "functions": "What the product itself does",
    "gaps": "What lies between the product and the outcome",
    "expectations": "How customers want to get there",
}
MOVE = "move me: [functions.*], [gaps.*] or [expectations.*]"


@attrs.frozen
class Starter:
    """All that a starter model says.

    Parameters
    ----------
    name, table
        Names of the model and of the table it is made from.
    rows, columns
        The size of the table.
    id
        The column that names the customer, or None.
    keep
        Columns handed on as they are.
    segment, stage
        The cells, or None.
    steps
        The steps.
    left_out
        Column -> why it is not measured.
    hints
        Further comments for ``[inputs]``.
    """

    name: str
    table: str
    rows: int
    columns: int
    id: str | None
    keep: Sequence[str]
    segment: Axis | None
    stage: Axis | None
    steps: Sequence[Step]
    left_out: Mapping[str, str]
    hints: Sequence[str]


def starter_text(starter: Starter) -> str:
    """Return the model file."""
    blocks = [_head(starter)]
    told: set[str] = set()
    for part, title in TITLES.items():
        steps = [step for step in starter.steps if step.part == part]
        if steps:
            blocks.append(_rule(title))
        for step in steps:
            if step.measure not in told:  # the only measure of a table stands on both sides
                blocks.append(_measure(step))
            told.add(step.measure)
            blocks.append(_step(step))
    blocks += [_outcome(starter), _inputs(starter)]
    if starter.left_out:
        lines = [f"#   {quoted(column)}: {why}" for column, why in starter.left_out.items()]
        blocks.append("\n".join(["# Columns that are not measured:", *lines]))
    return "\n\n".join(blocks) + "\n"


def quoted(text: str) -> str:
    r"""Return a text in quotes, fit to stand in a comment on one line.

    Examples
    --------
    >>> print(quoted('a "b"\nc'))
    "a \"b\"\nc"
    """
    return re.sub("[\x7f\x85\u2028\u2029]", lambda char: f"\\u{ord(char[0]):04x}", json.dumps(text, ensure_ascii=False))


def _head(starter: Starter) -> str:
    size = f"{counted(starter.rows, 'row')}, {counted(starter.columns, 'column')}"
    lines = [
        f"# A starter model, made from {quoted(starter.table)} ({size}) by outcomegap init.",
        '# It can be scored as it is, but says nothing yet: what is marked "guess" was taken from the names and values',
        "# of columns, not from your customers. Ask them; then mend floors and targets, and move steps to their place.",
        "",
        "schema_version = 1",
        f"name = {_inline(starter.name)}",
    ]
    for what, axis in (("segments", starter.segment), ("stages", starter.stage)):
        if axis is not None:
            guess = "" if axis.said else f"  # guess: from {quoted(axis.column)}"
            if what == "stages" and not axis.said and "bands" not in axis.source:
                guess += "; put them in order"
            lines.append(f"{what} = {_listed(list(axis.names), len(what) + 3)}{guess}")
    return "\n".join(lines)


def _rule(title: str) -> str:
    return f"# {title} ".ljust(WIDTH, "-")


def _measure(step: Step) -> str:
    limits = {"unit": step.unit, "low": step.low, "high": step.high}
    lines = [f"{key} = {_inline(_whole(value))}  # guess" for key, value in limits.items() if value is not None]
    return "\n".join([f"[measures.{_key(step.measure)}]", *lines])


def _step(step: Step) -> str:
    lines = [f"[{step.part}.{_key(step.name)}]  # {MOVE}", f"measure = {_inline(step.measure)}"]
    for what, value, about in (("floor", step.floor, step.about[0]), ("target", step.target, step.about[1])):
        lines.append(f"{what} = {_inline(value)}  # guess: {about}")
    if step.floor > step.target:
        lines[-1] += "; lower is better"
    return "\n".join(lines)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _outcome(starter: Starter) -> str:
    names: dict[Part, list[str]] = {part: [s.name for s in starter.steps if s.part == part] for part in TITLES}
    gates = [(DOES_GATE, names["functions"]), (BETWEEN_GATE, names["gaps"])]
    used = [(gate, steps) for gate, steps in gates if steps]
    lines = [
        _rule("The desired outcome"),
        "# In a mean one step makes up for another. What nothing makes up for belongs under all_of; where one of",
        '# several is enough, under any_of. after = ["..."] in a step says which step it builds on.',
    ]
    for gate, steps in used:
        lines += ["", f"[gates.{_key(gate)}]  # guess", f"mean = {_listed(steps, 7)}"]
    lines += [
        *("", "[[desired_outcomes]]", "", "[desired_outcomes.required]"),
        'name = "what they must achieve"  # guess: say it in your customers\' words',
        f"all_of = {_listed([gate for gate, _ in used], 9)}",
        *("", "[desired_outcomes.experience]"),
        'name = "how they want to get there"  # guess',
        f"mean = {_listed(names['expectations'], 7)}",
    ]
    return "\n".join(lines)


def _listed(items: Sequence[str], before: int) -> str:
    """Return a list on one line, or one item a line."""
    line = _inline(list(items))
    if before + len(line) <= WIDTH:
        return line
    return "\n".join(["[", *(f"  {_inline(item)}," for item in items), "]"])


def _inputs(starter: Starter) -> str:
    lines = [_rule("How the columns become measures and cells"), "", "[inputs]"]
    if starter.id is None:
        lines.append('# id = "..."  # no column has another value in every row; say which one names the customer')
    else:
        lines.append(f"id = {_inline(starter.id)}")
    if starter.keep:
        lines.append(f"keep = {_listed(starter.keep, 7)}  # shown beside the score")
    for what, axis in (("segment", starter.segment), ("stage", starter.stage)):
        if axis is not None:
            lines.append(f"{what} = {_inline(axis.source)}{'' if axis.said else '  # guess'}")
    lines += [f"# {hint}" for hint in starter.hints]
    return "\n".join([*lines, *_measures(starter.steps)])


def _measures(steps: Sequence[Step]) -> Iterator[str]:
    """Yield ``[inputs.measures]``: what cannot be read from the column of its own name as it stands."""
    read: dict[str, str] = {}
    for step in steps:
        table = ({"column": step.column} if step.column != step.measure else {}) | dict(step.source)
        if table or step.doubtful is not None:
            table |= {key: _plain(table[key]) for key in ("missing", "values") if key in table}
            read[step.measure] = f"{_key(step.measure)} = {_inline(table)}{_why(step)}"
    if read:
        yield from ("", "[inputs.measures]", *read.values())


def _why(step: Step) -> str:
    """Return the comment beside how a column is read."""
    said = "0 is no answer" if 0.0 in step.source.get("missing", ()) else ""
    if step.doubtful is not None:
        decimal, thousands = step.source.get("decimal", "."), step.source.get("thousands")
        number = parse_number(step.doubtful, decimal, thousands, step.source.get("percent"))
        said = f"{quoted(step.doubtful)} is {_whole(number)!r}; if not, say decimal or thousands"
    return f"  # guess{said and ': '}{said}" if said or step.source else ""


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value]
