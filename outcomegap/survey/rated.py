"""Ratings beside what they may explain: the respondents who rated every attribute and whose outcome is known."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks, whole
from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.frames.arrays import Array
from outcomegap.listing import Show, counted, number
from outcomegap.survey.answers import Answers, read

#: Nothing that is smaller, beside 1, is told from 0: an attribute that others say already adds nothing.
NOTHING = 1e-10


def between(low: float, high: float) -> str:
    """Return two numbers as a range."""
    return "-" if math.isnan(low) else f"{number(low)} to {number(high)}"


@attrs.frozen(eq=False)
class Rated:
    """Respondents who rated every attribute, and their outcome: values (respondents, attributes), outcome, weight."""

    answers: Answers
    values: Array
    outcome: Array
    weight: Array
    codes: Array

    @property
    def notes(self) -> list[str]:
        """What was left out."""
        counts = f"{len(self.weight):,} of {counted(len(self.answers.weight), 'respondent')} answered everything."
        return [counts] if len(self.weight) < len(self.answers.weight) else []

    def segments(self) -> Iterator[tuple[Array, Array, Array]]:
        """Return the values, the outcome and the weights of each segment."""
        for code in range(len(self.answers.segments)):
            rows = self.codes == code
            yield self.values[rows], self.outcome[rows], self.weight[rows]

    def moments(self, draws: int, seed: int) -> tuple[Array, Array]:
        """Return means and covariances of the attributes and, last, the outcome, of each segment and its resamples.

        Their shapes are (segments, 1 + draws, attributes + 1, and once more attributes + 1). Respondents are drawn with
        replacement, each with its weight.
        """
        found, generator = [], np.random.default_rng(whole("seed", seed))
        for values, outcome, weight in self.segments():
            both, n = np.column_stack([values, outcome]), len(outcome)
            middle = both.mean(axis=0)  # moments around it lose no digits
            centred = both - middle
            for draw in range(1 + whole("bootstrap", draws)):
                drawn = np.bincount(generator.integers(0, n, n), minlength=n) if draw else 1
                share = weight * drawn / (weight * drawn).sum()
                mean = share @ centred
                spread = (centred * share[:, None]).T @ centred - np.outer(mean, mean)
                same = np.diag(spread) < NOTHING**2 * (middle**2 + 1)  # rounding of a column that is the same for all
                found.append((middle + mean, np.where(same | same[:, None], 0.0, spread)))
        shape = (len(self.answers.segments), 1 + draws)
        means, covariances = (np.array(each) for each in zip(*found, strict=True))
        return means.reshape(*shape, *means.shape[1:]), covariances.reshape(*shape, *covariances.shape[1:])

    def ranked(self, columns: Mapping[str, Array], names: Sequence[str] = ()) -> dict[str, Array]:
        """Return the columns of a listing, in each segment the highest of the first column first."""
        order = np.argsort(-next(iter(columns.values())), axis=1, kind="stable")
        places = (order + order.shape[1] * np.arange(len(order))[:, None]).reshape(-1)
        rows = self.answers.rows(columns, names or self.answers.attributes)
        return {name: values[places] for name, values in rows.items()}

    def estimates(self, **samples: Array) -> dict[str, Array]:
        """Return columns of estimates, each with its percentile interval, from (segments, 1 + draws, names).

        The first of each is the sample. Columns are called ``low`` and ``high`` beside the first estimate,
        ``name_low`` and ``name_high`` beside others; they are NaN without draws.
        """
        columns, level = dict[str, Array](), self.answers.confidence
        for name, values in samples.items():
            again = values[:, 1:] if values.shape[1] > 1 else np.full_like(values, np.nan)
            with warnings.catch_warnings(action="ignore"):  # of what no resample has
                low, high = np.nanquantile(again, [(1 - level) / 2, (1 + level) / 2], axis=1)
            before = f"{name}_" if columns else ""
            columns |= {name: values[:, 0], f"{before}low": low, f"{before}high": high}
        return columns

    def interval(self, ends: tuple[str, str], form: Callable[[float, float], str] = between) -> Show:
        """Return how an interval is shown."""
        return Show(f"{100 * self.answers.confidence:g} % interval", ends, form, right=True)


def rated(what: str, answers: object, outcome: object, asked: Any, *, columns: int = 1, scale: Any = None) -> Rated:
    """Read ratings and an outcome, the name of a column or one value a respondent.

    `missing` and `scale` of `asked` are of the ratings alone, `scale` is that of the outcome. Two respondents more are
    needed than attributes x `columns`.
    """
    checks, table = Checks(what), wrap(answers if asked.get("frame") is None else asked["frame"])
    if asked.get("frame") is None:
        aside = [each for each in (outcome, asked.get("by"), asked.get("weight")) if isinstance(each, str)]
        answers = [name for name in table.names if name not in aside]
    found = read(checks, {"answers": answers}, **{**asked, "frame": table})
    told = read(checks, {"outcome": outcome}, **{**asked, "frame": table, "missing": (), "scale": scale})["outcome"]
    if len(told) != len(found["answers"]):
        message = f"outcome has {counted(len(told), 'value')}, answers has {len(found['answers']):,}"
        raise DataError.of("ragged-columns", message, "outcome")
    known = ~np.isnan(np.column_stack([found["answers"], told])).any(axis=1) & (found.weight > 0)
    made = Rated(found, found["answers"][known], told[known, 0], found.weight[known], found.codes[known])
    needed, attributes = len(found.attributes) * columns + 2, counted(len(found.attributes), "attribute")
    for segment, (_, seen, _) in zip(found.segments, made.segments(), strict=True):
        where = "" if segment is None else f"{segment}: "
        if len(seen) < needed:
            message = f"{where}{counted(len(seen), 'respondent')} answered everything; {needed} are needed"
            checks.problem("too-few", f"{message} for {attributes}", "outcome")
        elif np.ptp(seen) == 0:
            checks.problem("constant", f"{where}the outcome is {seen[0]:g} for all; nothing explains it", "outcome")
    checks.done()
    return made


def correlations_of(covariances: Array) -> Array:
    """Return correlations; 0 beside a column that is the same for all."""
    spread = np.diagonal(covariances, axis1=-2, axis2=-1)
    scale = np.divide(1.0, np.sqrt(spread), out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(covariances * scale[..., :, None] * scale[..., None, :])


def coefficients(covariances: Array, by: Any, to: int) -> Array:
    """Return the coefficients of a linear regression of one column on others."""
    inverse = np.linalg.pinv(covariances[..., by, :][..., by], hermitian=True)
    return np.asarray((inverse @ covariances[..., by, to][..., None])[..., 0])
