"""Scores of groups of customers: by segment, stage, goal, or any column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import SHOWN, DataError, Problem, hint
from outcomegap.scoring.group_score import GroupScore, group_score, told
from outcomegap.scoring.groups import Groups, groups_of
from outcomegap.scoring.quantiles import QUANTILES, probabilities_of, quantiles_of
from outcomegap.scoring.states import STATES
from outcomegap.scoring.tally import AVERAGED, Tally, tally_of

if TYPE_CHECKING:
    from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]
#: What `GroupScore.gaps` and frames of gaps say of a step as the model has it.
TOLD = ("name", "kind", "side", "measure", "unit", "owner", "remedy", "bridgeable", "status")


def segment_scores(
    scores: ScoreViews, names: Sequence[Any], *, weight: str | Any | None = None, quantiles: Sequence[float] = QUANTILES
) -> SegmentScores:
    """Score groups of customers; what `Scores.by` does.

    Raises
    ------
    DataError
        If a name is no text or no column, a weight is no number of 0 or more, or a quantile's probability is not in
        [0, 1].
    """
    names = _flat(names)
    probabilities = probabilities_of(quantiles)
    weights = _weights(scores, weight)
    groups = groups_of(scores, names)
    said = weight if isinstance(weight, str) else None if weight is None else "the weights given"
    return SegmentScores(scores, groups, weights, probabilities=probabilities, weighted_by=said)


class SegmentScores:
    """Scores of groups of customers; made by `Scores.by`.

    It is a sequence of `GroupScore`, in the order of the model's segments and stages or of the column's values;
    groups of segments that are not ideal come last and say ``ideal=False``. ``result["enterprise"]`` is the group of
    that name, ``result["enterprise", "scaling"]`` that of several. Without names there is one group, the total.

    Attributes
    ----------
    names
        What the customers are grouped by.
    weighted_by
        The weight's column, if there is one.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> by = og.Scorer(model).score(og.simulate(model, 500, seed=1)).by("segment")
    >>> [group.name for group in by] == list(model.segment_names)
    True
    >>> sum(gap.share for gap in by.total.gaps).__round__(9)
    1.0
    """

    def __init__(
        self,
        scores: ScoreViews,
        groups: Groups,
        weights: Array | None,
        *,
        probabilities: tuple[float, ...],
        weighted_by: str | None,
    ) -> None:
        self._scores, self._groups, self._weights = scores, groups, weights
        self._tally = tally_of(scores, groups, weights)
        self._probabilities = probabilities
        self.names: tuple[str, ...] = tuple(groups.columns)
        self.weighted_by = weighted_by

    # The groups

    @cached_property
    def _listed(self) -> list[int]:
        """Positions of the groups that the sequence holds."""
        return list(range(len(self._groups))) if self.names else []

    def __len__(self) -> int:
        return len(self._listed) if self.names else 1

    def __iter__(self) -> Iterator[GroupScore]:
        if not self.names:
            yield self.total
        for position in self._listed:
            yield self._group(position)

    def __getitem__(self, key: Any) -> GroupScore:
        wanted = key if isinstance(key, tuple) else (key,)
        if not self.names and wanted == ():
            return self.total
        if wanted in self._places:
            return self._group(self._places[wanted])
        shown = [" / ".join(map(str, place)) for place in self._places]
        asked = " / ".join(map(str, wanted))
        what = ", ".join(self.names) or "no name"
        raise DataError(f"there is no group {asked!r} by {what}{hint(asked, shown)}")

    def __contains__(self, key: object) -> bool:
        return (key if isinstance(key, tuple) else (key,)) in self._places

    @cached_property
    def total(self) -> GroupScore:
        """All customers of ideal segments."""
        mask = self._groups.ideal
        rows = mask[self._groups.codes] if len(mask) else np.zeros(0, dtype=bool)
        quantiles = self._quantiles_of(np.flatnonzero(rows))
        return group_score(self._tally.total(mask), self._scores.model.steps, {}, quantiles, ideal=True)

    @property
    def apart(self) -> tuple[GroupScore, ...]:
        """The groups of segments that are not ideal; they are in no total."""
        return tuple(self._group(position) for position in np.flatnonzero(~self._groups.ideal).tolist())

    @cached_property
    def _keys(self) -> list[tuple[Any, ...]]:
        return self._groups.keys()

    @cached_property
    def _places(self) -> dict[tuple[Any, ...], int]:
        """Key -> position; an ideal group goes before one apart of the same key."""
        return {self._keys[position]: position for position in reversed(self._listed)}

    def _group(self, position: int) -> GroupScore:
        key = dict(zip(self.names, self._keys[position], strict=True))
        quantiles = dict(zip(self._probabilities, self._quantiles[:, position].tolist(), strict=True))
        ideal = bool(self._groups.ideal[position])
        return group_score(self._tally.at(position), self._scores.model.steps, key, quantiles, ideal=ideal)

    # Quantiles

    @cached_property
    def _quantiles(self) -> Array:
        """Quantiles of D, shape (probabilities, groups)."""
        found = np.full((len(self._probabilities), len(self._groups)), np.nan)
        values, codes = self._scores.desired, self._groups.codes
        order = np.lexsort((values, codes))
        ends = np.searchsorted(codes[order], np.arange(len(self._groups) + 1))
        for group, (start, stop) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)):
            rows = order[start:stop]
            found[:, group] = quantiles_of(values[rows], self._weight_of(rows), self._probabilities)
        return found

    def _quantiles_of(self, rows: Array) -> dict[float, float]:
        values = self._scores.desired[rows]
        order = np.argsort(values)
        found = quantiles_of(values[order], self._weight_of(rows[order]), self._probabilities)
        return dict(zip(self._probabilities, found.tolist(), strict=True))

    def _weight_of(self, rows: Array) -> Array | None:
        return None if self._weights is None else self._weights[rows]

    # Frames

    def to_frame(self) -> Any:
        """Return a row a group, the same kind of frame that was scored.

        After the columns that name the group: ``ideal``; ``customers``, ``need_data``, ``set_aside``, ``weight``;
        the means; ``desired_q50`` and so on; ``share_failing`` and ``count_failing`` for each state; where scores are
        overridden how many are (``overridden``), and ``effective_failing`` and so on, counts by what holds;
        ``unknown_share``; ``top_gap`` and ``top_gap_share``. Segments that are not ideal stand last.
        """
        tally, keys, ideal, quantiles = self._tally, self._groups.columns, self._groups.ideal, self._quantiles
        if not self.names:
            tally, ideal = tally.total(ideal), np.array([True])
            quantiles = np.array(list(self.total.quantiles.values()), dtype=np.float64).reshape(-1, 1)
        top, shares = self._tops(tally)
        columns: dict[str, Any] = {"ideal": ideal}
        columns |= {name: getattr(tally, name) for name in ("customers", "need_data", "set_aside", "weight")}
        columns |= {name: tally.mean(name) for name in AVERAGED}
        columns["coverage"] = tally.coverage
        columns |= {f"desired_q{q * 100:g}": row for q, row in zip(self._probabilities, quantiles, strict=True)}
        columns |= {f"share_{state}": row for state, row in zip(STATES, tally.state_shares, strict=True)}
        columns |= {f"count_{state}": row for state, row in zip(STATES, tally.state_counts, strict=True)}
        if self._scores.as_of is not None:
            columns["overridden"] = tally.overridden
            columns |= {f"effective_{state}": row for state, row in zip(STATES, tally.effective_counts, strict=True)}
        columns["unknown_share"] = tally.unknown_shares.sum(axis=0)
        columns |= {"top_gap": top, "top_gap_share": shares}
        return self._frame(keys, columns)

    def _tops(self, tally: Tally) -> tuple[Array, Array]:
        """Return each group's largest gap, None where there is none, and its share."""
        steps = [step.name for step in self._scores.model.steps]
        top = np.full(len(tally), None, dtype=object)
        if not steps:
            return top, np.zeros(len(tally))
        first = tally.ranking()[0]
        shares: Array = tally.shares[first, np.arange(len(tally))]
        top[:] = [steps[step] if share > 0 else None for step, share in zip(first, shares, strict=True)]
        return top, shares

    def gaps_frame(self) -> Any:
        """Return a row a group and step, the largest share of each group's gap first.

        After the columns that name the group: ``ideal``, ``rank`` (from 1), ``gap`` (the step's name), and what
        `GapScore` says of it. The same kind of frame that was scored.
        """
        tally, keys, ideal = self._tally, self._groups.columns, self._groups.ideal
        if not self.names:
            tally, ideal = tally.total(ideal), np.array([True])
        step = tally.ranking().T
        group = np.broadcast_to(np.arange(len(tally))[:, None], step.shape)
        here = tally.applies.T[group, step] > 0
        rank = np.cumsum(here, axis=1)[here]
        step, group = step[here], group[here]
        about = [told(each) for each in self._scores.model.steps]
        columns: dict[str, Any] = {"ideal": ideal[group], "rank": rank}
        for name in TOLD:
            column = np.array([each[name] for each in about], dtype=bool if name == "bridgeable" else object)
            columns["gap" if name == "name" else name] = column[step]
        numbers = {"share": tally.shares, "part": tally.mean_parts, "gain": tally.mean_gains}
        numbers |= {"attainment": tally.attainment, "customers": tally.applies, "affected": tally.affected}
        numbers |= {"missing": tally.missing, "unknown_share": tally.unknown_shares}
        columns |= {name: values[step, group] for name, values in numbers.items()}
        return self._frame({name: values[group] for name, values in keys.items()}, columns)

    def _frame(self, keys: dict[str, Array], columns: dict[str, Any]) -> Any:
        clash = {name: f"{name} (score)" for name in columns if name in keys}
        named = {clash.get(name, name): values for name, values in columns.items()}
        return self._scores.table.build(keys | named, index_like=False)

    # To read

    def __str__(self) -> str:
        from outcomegap.scoring.segment_text import segments_text

        return segments_text(self, self._scores.model.name)

    def _repr_html_(self) -> str:
        from outcomegap.scoring.segment_text import segments_html

        return segments_html(self, self._scores.model.name)

    def __repr__(self) -> str:
        return f"<SegmentScores by {', '.join(self.names) or 'nothing'}: {len(self)} groups>"


def _flat(names: Sequence[Any]) -> list[str]:
    """Return names given one by one, or as a list."""
    flat = [each for name in names for each in (name if isinstance(name, (list, tuple)) else [name])]
    for name in flat:
        if not isinstance(name, str):
            message = f'customers are grouped by names of columns, such as by("segment", "stage") (got {name!r:.60})'
            raise DataError.all("by", [Problem("by", message, value=str(name))])
    return flat


def _weights(scores: ScoreViews, weight: str | Any | None) -> Array | None:
    weights = scores.numbers(weight)
    if weights is None:
        return None
    bad = ~(np.isfinite(weights) & (weights >= 0)) & (scores.cell >= 0)
    if bad.any():
        rows = np.flatnonzero(bad)
        said = repr(weight) if isinstance(weight, str) else "given"
        shown = ", ".join(map(str, rows[:5].tolist())) + (", ..." if len(rows) > 5 else "")
        message = (
            f"a weight must be a number, 0 or more; {said} holds {weights[rows[0]]:g} "
            f"({len(rows)} row{'s' if len(rows) != 1 else ''}: {shown}); fill it, or score those customers apart"
        )
        column = weight if isinstance(weight, str) else None
        problem = Problem("weight", message, column, float(weights[rows[0]]), tuple(rows[:SHOWN].tolist()), len(rows))
        raise DataError.all("by", [problem])
    with np.errstate(over="ignore"):
        if not np.isfinite(weights[scores.cell >= 0].sum()):
            raise DataError("the weights add up to more than a number can hold; divide them all by a common number")
    return weights
