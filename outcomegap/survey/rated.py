"""Ratings beside what they may explain: the respondents who rated every attribute and whose outcome is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.frames import wrap
from outcomegap.frames.arrays import Array
from outcomegap.listing import counted
from outcomegap.survey.answers import Answers, read

#: Nothing that is smaller, beside 1, is told from 0: an attribute that others say already adds nothing.
NOTHING = 1e-10


@attrs.frozen(eq=False)
class Rated:
    """Respondents who rated every attribute, and their outcome: values (respondents, attributes), outcome, weight."""

    answers: Answers
    values: Array
    outcome: Array
    weight: Array
    codes: Array
    notes: tuple[str, ...]

    def segments(self) -> Iterator[tuple[Array, Array, Array]]:
        """Return the values, the outcome and the weights of each segment."""
        for code in range(len(self.answers.segments)):
            rows = self.codes == code
            yield self.values[rows], self.outcome[rows], self.weight[rows]


def rated(what: str, answers: object, outcome: object, *, least: int, asked: Any) -> Rated:
    """Read ratings and an outcome; `least` is the number of respondents beyond the attributes that is needed.

    `outcome` is the name of a column, or holds one value a respondent. `missing` and `scale` of `asked` are of the
    ratings alone.
    """
    checks = Checks(what)
    table = checks.attempt(lambda: wrap(answers if asked.get("frame") is None else asked["frame"]))
    checks.done()
    if asked.get("frame") is None and table is not None:
        aside = [each for each in (outcome, asked.get("by"), asked.get("weight")) if isinstance(each, str)]
        answers = [name for name in table.names if name not in aside]
    found = read(checks, {"answers": answers}, **{**asked, "frame": table})
    told = read(checks, {"outcome": outcome}, **{**asked, "frame": table, "missing": (), "scale": None})
    if len(told["outcome"]) != len(found["answers"]):
        message = f"outcome has {counted(len(told['outcome']), 'value')}, answers has {len(found['answers']):,}"
        checks.problem("ragged-columns", message, "outcome")
        checks.done()
    values, y = found["answers"], told["outcome"][:, 0]
    whole = ~np.isnan(values).any(axis=1) & ~np.isnan(y) & (found.weight > 0)
    of = len(found.attributes)
    made = Rated(found, values[whole], y[whole], found.weight[whole], found.codes[whole], found.notes)
    for segment, (_, known, _) in zip(found.segments, made.segments(), strict=True):
        where = "" if segment is None else f"{segment}: "
        if len(known) < of + least:
            message = f"{where}{counted(len(known), 'respondent')} answered everything; {of + least} are needed for "
            checks.problem("too-few", f"{message}{counted(of, 'attribute')}", "outcome")
        elif np.ptp(known) == 0:
            checks.problem("constant", f"{where}the outcome is {known[0]:g} for all; nothing explains it", "outcome")
    checks.done()
    lost = int((~whole).sum())
    notes = (
        [*found.notes, f"{counted(lost, 'respondent')} without an answer to everything left out."]
        if lost
        else found.notes
    )
    same = [name for name, column in zip(found.attributes, made.values.T, strict=True) if np.ptp(column) == 0]
    notes = [*notes, *(f"{name} is rated alike by all: it explains nothing." for name in same)]
    return attrs.evolve(made, notes=tuple(notes))


def moments(values: Array, weight: Array) -> Array:
    """Return the weighted correlations of columns; 0 beside a column that is the same for all."""
    centred = values - np.average(values, axis=0, weights=weight)
    spread = np.einsum("n,ni,nj->ij", weight, centred, centred, optimize=True)
    size = np.sqrt(np.diag(spread))
    fine = size > NOTHING * np.sqrt(weight.sum()) * np.abs(values).max(axis=0, initial=0.0)
    scale = np.divide(1.0, size, out=np.zeros_like(size), where=fine)
    return np.asarray(spread * scale[:, None] * scale)
