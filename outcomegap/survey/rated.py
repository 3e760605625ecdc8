"""Ratings beside what they may explain: the respondents who rated every attribute and whose outcome is known."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks, whole
from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.frames.arrays import Array
from outcomegap.listing import counted
from outcomegap.survey.answers import Answers, read

#: Nothing that is smaller, beside 1, is told from 0: an attribute that others say already adds nothing.
NOTHING = 1e-10


@attrs.frozen(eq=False)
class Rated(Answers):
    """The answers of those who rated every attribute, and the outcome of each."""

    outcome: Array

    def each(self) -> Iterator[tuple[Array, Array]]:
        """Return of each segment the ratings with the outcome as the last column, and the weights."""
        both = np.column_stack([self["answers"], self.outcome])
        return ((both[self.codes == code], self.weight[self.codes == code]) for code in range(len(self.segments)))

    def moments(self, draws: int, seed: int) -> tuple[Array, Array]:
        """Return means and covariances of the attributes and, last, the outcome, of each segment and its resamples.

        Their shapes are (segments, 1 + draws, attributes + 1, and once more attributes + 1). Respondents are drawn with
        replacement, each with its weight.
        """
        found, generator = [], np.random.default_rng(whole("seed", seed))
        for both, weight in self.each():
            n = len(both)
            for draw in range(1 + whole("bootstrap", draws)):
                drawn = np.bincount(generator.integers(0, n, n), minlength=n) if draw else 1
                share = weight * drawn / (weight * drawn).sum()
                mean = share @ both
                spread = ((both - mean) * share[:, None]).T @ (both - mean)
                same = np.diag(spread) < NOTHING**2 * (mean**2 + 1)  # rounding of a column that is the same for all
                found.append((mean, np.where(same | same[:, None], 0.0, spread)))
        means, covariances = (np.array(each) for each in zip(*found, strict=True))
        shape = (len(self.segments), 1 + draws, len(means[0]))
        return means.reshape(shape), covariances.reshape(*shape, shape[-1])

    def estimates(self, **samples: Array) -> dict[str, Array]:
        """Return columns of estimates, each with its percentile interval, from (segments, 1 + draws, names).

        The first of each is the sample. Columns are called ``low`` and ``high`` beside the first estimate,
        ``name_low`` and ``name_high`` beside others; they are NaN without draws.
        """
        columns, tails = dict[str, Array](), [(1 - self.confidence) / 2, (1 + self.confidence) / 2]
        for name, values in samples.items():
            again = values[:, 1:] if values.shape[1] > 1 else np.full_like(values, np.nan)
            with warnings.catch_warnings(action="ignore"):  # of what no resample has
                low, high = np.nanquantile(again, tails, axis=1)
            before = f"{name}_" if columns else ""
            columns |= {name: values[:, 0], f"{before}low": low, f"{before}high": high}
        return columns


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
    observed = outcome if isinstance(outcome, str) else {"outcome": outcome}
    told = read(checks, {"outcome": observed}, **{**asked, "frame": table, "missing": (), "scale": scale})["outcome"]
    if len(told) != len(found.weight):
        message = f"outcome has {counted(len(told), 'value')}, answers has {len(found.weight):,}"
        raise DataError.of("ragged-columns", message, "outcome")
    kept = found.known.all(axis=1) & ~np.isnan(told[:, 0]) & (found.weight > 0)
    said = f"{kept.sum():,} of {counted(len(kept), 'respondent')} answered everything."
    about: dict[str, Any] = {"notes": () if kept.all() else (said,), "outcome": told[kept, 0]}
    about["given"] = {"answers": found["answers"][kept]}
    about |= {name: getattr(found, name)[kept] for name in ("known", "weight", "codes")}
    made = Rated(**{field.name: getattr(found, field.name) for field in attrs.fields(Answers)} | about)
    needed = columns * len(found.attributes) + 2
    for segment, (both, _) in zip(found.segments, made.each(), strict=True):
        where = "" if segment is None else f"{segment}: "
        if len(both) < needed:
            message = f"{where}{counted(len(both), 'respondent')} answered everything; {needed} are needed"
            checks.problem("too-few", f"{message} for so many attributes", "outcome")
        elif np.ptp(both[:, -1]) == 0:
            checks.problem("constant", f"{where}the outcome is the same for all; nothing explains it", "outcome")
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
