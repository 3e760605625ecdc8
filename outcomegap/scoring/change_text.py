"""What moved scores, in words: the customer, our expectation, our model, another cell, or missing data."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from outcomegap.errors import SHOWN
from outcomegap.frames import text_table
from outcomegap.frames.arrays import plain
from outcomegap.model import Cell, Column, Step
from outcomegap.model.values import Value, at
from outcomegap.scoring.override_text import override_notes
from outcomegap.scoring.wording import number_text, tell_apart

if TYPE_CHECKING:
    from outcomegap.scoring.change import Change
    from outcomegap.scoring.scores import Scores

#: What people call each cause.
SAID = {
    "model": "our model",
    "expectations": "our expectation",
    "cell": "another cell",
    "coverage": "missing data",
    "data": "the customer",
}


@attrs.frozen
class Moved:
    """What moved one customer's D most.

    Parameters
    ----------
    id
        What names the customer.
    before, after, total
        D then, D now, and the difference.
    state_before, state_after
        States then and now.
    cause
        ``"model"``, ``"expectations"``, ``"cell"``, ``"coverage"`` or ``"data"``; None where nothing moved D.
    step
        The step that made most of it, where the cause is a step's.
    part
        What the cause makes of the total.
    words
        Both in words.
    """

    id: Any
    before: float
    after: float
    total: float
    state_before: str | None
    state_after: str | None
    cause: str | None
    step: str | None
    part: float
    words: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON where the id is."""
        return attrs.asdict(self)

    def __str__(self) -> str:
        return f"{self.id}: D {number_text(self.before)} -> {number_text(self.after)}, {self.words}"


def moved(change: Change, row: int) -> Moved:
    """Return what moved one customer most."""
    cause, step = change.cause[row], change.step[row]
    return Moved(
        id=plain(change.id[row]),
        before=float(change.before[row]),
        after=float(change.after[row]),
        total=float(change.total[row]),
        state_before=_text(change.state_before[row]),
        state_after=_text(change.state_after[row]),
        cause=cause,
        step=step,
        part=float(change.causes[cause][row]) if cause is not None else 0.0,
        words=_words(change, row, cause, step),
    )


def change_text(change: Change, count: int) -> str:
    """Say what moved the scores on the whole, and who moved most."""
    known = ~np.isnan(change.total) & change.ideal
    lines = [f"{change._later.model.name}: {_plural(len(change), 'customer')} in both scorings"]
    for ids, verb in ((change.came, "came"), (change.went, "went")):
        if len(ids):
            lines[0] += f", {len(ids)} {verb}"
    if known.any():
        mean = float(change.total[known].mean())
        lines[0] += f"; D moved by {mean:+.3g} on average"
        lines += ["", _causes(change, known), *_states(change)]
    lines += _not_ideal(change)
    order = change.order()
    order = order[change.total[order] != 0][: max(count, 0)]
    if len(order):
        lines += ["", _biggest(change, order)]
    lines += _unexplained(change)
    said = override_notes(change._later)
    lines += ["", *said] if said else []
    return "\n".join(lines)


def _causes(change: Change, known: Any) -> str:
    rows: list[list[Any]] = []
    for cause, said in SAID.items():
        parts = change.causes[cause][known]
        up, down = int((parts > 1e-12).sum()), int((parts < -1e-12).sum())
        if up or down:
            rows.append([said, up, down, f"{parts.sum() / len(parts):+.3g}"])
    if not rows:
        return "Nothing moved."
    return text_table(["what moved it", "up", "down", "D on average"], rows, align="lrrr")


def _states(change: Change) -> list[str]:
    pairs = zip(change.state_before[change.ideal].tolist(), change.state_after[change.ideal].tolist(), strict=True)
    moves = Counter((a, b) for a, b in pairs if a != b and a is not None and b is not None)
    if not moves:
        return []
    said = [f"{count} {a} -> {b}" for (a, b), count in moves.most_common()]
    return ["", f"States: {', '.join(said)}"]


def _not_ideal(change: Change) -> list[str]:
    """Say how those of segments that are not ideal moved; they are in no total."""
    apart = change.total[~change.ideal]
    if not len(apart):
        return []
    moved_by = f"; D moved by {float(np.nanmean(apart)):+.3g} on average" if not np.isnan(apart).all() else ""
    return ["", f"Apart: {_plural(len(apart), 'customer')} of segments that are not ideal{moved_by}."]


def _biggest(change: Change, order: Any) -> str:
    rows: list[list[Any]] = []
    for row in order.tolist():
        one = moved(change, row)
        state = one.state_after if one.state_after == one.state_before else f"{one.state_before} -> {one.state_after}"
        pair = (number_text(one.before), number_text(one.after))
        named = str(one.id) if change.ideal[row] else f"{one.id} (not ideal)"
        rows.append([named, *pair, f"{one.total:+.3g}", state, one.words])
    return text_table(["customer", "D then", "D now", "change", "state", "mostly"], rows, align="lrrrll")


def _unexplained(change: Change) -> list[str]:
    why = Counter(reason for reason in change.reason.tolist() if reason is not None)
    if not why:
        return []
    said = [f"{reason} ({count})" for reason, count in why.most_common(SHOWN)]
    return ["", f"Not compared: {_plural(sum(why.values()), 'customer')}: {', '.join(said)}"]


def _words(change: Change, row: int, cause: str | None, step: str | None) -> str:
    if cause is None:
        return "nothing moved it" if change.reason[row] is None else str(change.reason[row])
    said = SAID[cause]
    if cause == "model":
        return f"{said}: its graph or weights"
    if cause == "coverage":
        return f"{said}: {_coverage(change, row)}"
    if cause == "cell":
        return f"{said}: {change.cell_before[row]} -> {change.cell_after[row]}{f', {step}' if step else ''}"
    assert step is not None
    return f"{said}: {step}, {_expected(change, row, step) if cause == 'expectations' else _data(change, row, step)}"


class _Look:
    """Looks up one customer's values by name: measures, and the columns that floors and targets are taken from."""

    def __init__(self, scores: Scores, row: int) -> None:
        self.batch, self.model, self.row = scores.batch, scores.model, row

    def value(self, name: str) -> float:
        """Return the value of a measure or column, NaN where there is none."""
        for names, columns in (
            ([measure.name for measure in self.model.measures], self.batch.columns),
            (list(self.model.columns), self.batch.own),
        ):
            if name in names:
                return float(columns[names.index(name)][self.row])
        return math.nan

    def bound(self, value: Value, cell: Cell) -> float:
        """Return a floor or target."""
        here = at(value, cell.segment, cell.stage)
        return self.value(here.name) if isinstance(here, Column) else math.nan if here is None else here

    def knows(self, step: Step, cell: Cell) -> bool:
        """Tell whether nothing that the step needs is missing."""
        needed = (self.value(step.measure.name), self.bound(step.floor, cell), self.bound(step.target, cell))
        return not any(map(math.isnan, needed))


def _looks(change: Change, row: int) -> tuple[_Look, _Look]:
    pairs = change._pairs
    return _Look(change._earlier, int(pairs.before[row])), _Look(change._later, int(pairs.after[row]))


def _cell(change: Change, row: int) -> Cell:
    later = change._later
    return later.model.cells[int(later.cell[change._pairs.after[row]])]


def _step(steps: tuple[Step, ...], name: str) -> Step:
    return next(step for step in steps if step.name == name)


def _coverage(change: Change, row: int) -> str:
    before, after = _looks(change, row)
    cell, later = _cell(change, row), change._later
    position = int(later.cell[change._pairs.after[row]])
    applies = later.scorer.compiled.applies[position]
    steps = [step for step, here in zip(later.model.steps, applies, strict=True) if here]
    known = [step.name for step in steps if after.knows(step, cell) and not before.knows(step, cell)]
    lost = [step.name for step in steps if before.knows(step, cell) and not after.knows(step, cell)]
    said = [f"{', '.join(known)} became known"] if known else []
    return "; ".join([*said, f"{', '.join(lost)} went missing"] if lost else said)


def _data(change: Change, row: int, name: str) -> str:
    """Say which value of the customer moved a step: its measure, or a floor or target of the customer's own."""
    before, after = _looks(change, row)
    step, cell = _step(change._later.model.steps, name), _cell(change, row)
    measure = step.measure.name
    said = [_apart(measure, before.value(measure), after.value(measure), step.measure.unit)]
    for end in ("floor", "target"):
        bound = getattr(step, end)
        said.append(_apart(f"own {end}", before.bound(bound, cell), after.bound(bound, cell), step.measure.unit))
    return ", ".join(text for text in said if text)


def _expected(change: Change, row: int, name: str) -> str:
    """Say how the expectation of a step differs between the two models."""
    look, _ = _looks(change, row)
    was, now = change._earlier.model, change._later.model
    old, new = _step(was.steps, name), _step(now.steps, name)
    there = was.cells[int(change._earlier.cell[change._pairs.before[row]])]
    here = now.cells[int(change._carried[row])]
    said = []
    for end in ("floor", "target"):
        ends = look.bound(getattr(old, end), there), look.bound(getattr(new, end), here)
        said.append(_apart(end, *ends, new.measure.unit))
    if old.measure.name != new.measure.name:
        said.append(f"measured by {new.measure.name}, no longer by {old.measure.name}")
    if old.curve != new.curve:
        said.append("another curve")
    if not look.knows(new, here):
        return "what it counts as while it is missing"
    return ", ".join(text for text in said if text)


def _apart(what: str, before: float, after: float, unit: str | None) -> str:
    if before == after or math.isnan(before) or math.isnan(after):
        return ""
    first, second = tell_apart(before, after)
    return f"{what} {first} -> {second}{f' {unit}' if unit else ''}"


def _text(state: Any) -> str | None:
    return None if state is None else str(state)


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
