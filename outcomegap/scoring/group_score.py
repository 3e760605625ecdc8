"""What is said of one group of customers, and of each gap in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs

from outcomegap.model import Step
from outcomegap.scoring.states import STATES
from outcomegap.scoring.tally import AVERAGED, Tally


@attrs.frozen
class GapScore:
    """One step in one group.

    Parameters
    ----------
    name, kind, side, measure, unit, owner, remedy, bridgeable, status
        As in the model; `kind` is ``"function"``, ``"gap"`` or ``"expectation"``, `side` is ``"required"`` or
        ``"experience"``. `bridgeable` and `status` are those of a `SuccessGap`, True and ``"open"`` for others.
    share
        Its share of the group's gap, in [0, 1]: weighted sum of its parts / weighted sum of the gaps; 0 / 0 is 0.
        The shares of a group sum to 1 where there is a gap.
    part
        Weighted mean of its part of the gap.
    gain
        Weighted mean of what D gains if this step alone is fully attained.
    attainment
        Weighted mean attainment, in [0, 1], over customers of whom it is observed; NaN where it is of nobody.
    customers
        How many customers' cells have it.
    affected
        How many of those have it observed and not fully attained.
    missing
        How many of those lack its data.
    unknown_share
        How much of `share` comes from customers who lack its data.
    """

    name: str
    kind: str
    side: str
    measure: str
    unit: str | None
    owner: str | None
    remedy: str | None
    bridgeable: bool
    status: str
    share: float
    part: float
    gain: float
    attainment: float
    customers: int
    affected: int
    missing: int
    unknown_share: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON; None for NaN."""
        return {name: nan_to_none(value) for name, value in attrs.asdict(self).items()}


@attrs.frozen
class GroupScore:
    """A group of customers: means, quantiles, states, and its gaps, the largest first.

    A weighted mean is NaN where there is no customer, or no weight, to take it over.

    Parameters
    ----------
    key
        What the customers have in common: column -> value; empty for a total.
    ideal
        Whether they are of ideal segments.
    customers
        How many there are, with those of the next two.
    need_data
        How many have no score, for lack of data; they are in no mean but that of `coverage`.
    set_aside
        How many rows could not be read; they count nowhere else.
    overridden
        How many have an override that holds; means and states are as computed all the same.
    weight, scored_weight
        Sum of the weights of all but those set aside; of those with a score.
    desired, required, experience
        Weighted means of D, R and E, in [0, 1], over customers with a score.
    gap, required_gap, experience_gap
        Weighted means of 1 - D, 1 - R and R (1 - E); the last two add up to the first.
    low, high
        Weighted means of the bounds of D.
    coverage
        Weighted mean share of steps observed, over all but those set aside.
    quantiles
        Probability -> quantile of D (see `Scores.by`).
    states, state_counts
        State -> share by weight, and number, of all but those set aside.
    effective_counts
        State -> number by what holds: as computed, or as an override says instead.
    unknown_share
        Share of the gap that comes from steps whose data are missing.
    gaps
        A `GapScore` for each step that some customer's cell has, ranked by share of the gap.
    """

    key: dict[str, Any]
    ideal: bool
    customers: int
    need_data: int
    set_aside: int
    overridden: int
    weight: float
    scored_weight: float
    desired: float
    required: float
    experience: float
    gap: float
    required_gap: float
    experience_gap: float
    low: float
    high: float
    coverage: float
    quantiles: dict[float, float]
    states: dict[str, float]
    state_counts: dict[str, int]
    effective_counts: dict[str, int]
    unknown_share: float
    gaps: tuple[GapScore, ...] = attrs.field(repr=lambda gaps: f"<{len(gaps)} gaps>")

    @property
    def name(self) -> str:
        """What the group is called: its values, or ``total``, or ``not ideal``."""
        values = " / ".join("-" if value is None else str(value) for value in self.key.values())
        return values or ("total" if self.ideal else "not ideal")

    @property
    def scored(self) -> int:
        """How many customers have a score."""
        return self.customers - self.need_data - self.set_aside

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON: None for NaN, text for what JSON has no word for."""
        data = {name: nan_to_none(value) for name, value in attrs.asdict(self, recurse=False).items()}
        simple = (str, int, float, bool, type(None))
        data["key"] = {k: v if isinstance(v, simple) else str(v) for k, v in self.key.items()}
        data["quantiles"] = {f"{q:g}": nan_to_none(value) for q, value in self.quantiles.items()}
        data["states"] = {state: nan_to_none(share) for state, share in self.states.items()}
        data["gaps"] = [gap.to_dict() for gap in self.gaps]
        return data


def group_score(
    one: Tally, steps: Sequence[Step], key: dict[str, Any], quantiles: dict[float, float], *, ideal: bool
) -> GroupScore:
    """Read one group off its tally."""
    ranked = [int(step) for step in one.ranking()[:, 0] if one.applies[step, 0]]
    return GroupScore(
        key=key,
        ideal=ideal,
        customers=int(one.customers[0]),
        need_data=int(one.need_data[0]),
        set_aside=int(one.set_aside[0]),
        overridden=int(one.overridden[0]),
        weight=float(one.weight[0]),
        scored_weight=float(one.scored_weight[0]),
        **{name: float(one.mean(name)[0]) for name in AVERAGED},
        coverage=float(one.coverage[0]),
        quantiles=quantiles,
        states=dict(zip(STATES, one.state_shares[:, 0].tolist(), strict=True)),
        state_counts=dict(zip(STATES, one.state_counts[:, 0].tolist(), strict=True)),
        effective_counts=dict(zip(STATES, one.effective_counts[:, 0].tolist(), strict=True)),
        unknown_share=float(one.unknown_shares.sum()),
        gaps=tuple(_gap_score(one, number, steps[number]) for number in ranked),
    )


def _gap_score(one: Tally, number: int, step: Step) -> GapScore:
    return GapScore(
        **told(step),
        share=float(one.shares[number, 0]),
        part=float(one.mean_parts[number, 0]),
        gain=float(one.mean_gains[number, 0]),
        attainment=float(one.attainment[number, 0]),
        customers=int(one.applies[number, 0]),
        affected=int(one.affected[number, 0]),
        missing=int(one.missing[number, 0]),
        unknown_share=float(one.unknown_shares[number, 0]),
    )


def told(step: Step) -> dict[str, Any]:
    """Return what the model says of a step, for people to read."""
    return {
        "name": step.name,
        "kind": step.kind,
        "side": step.side,
        "measure": step.measure.name,
        "unit": step.measure.unit,
        "owner": step.owner,
        "remedy": step.remedy,
        "bridgeable": getattr(step, "bridgeable", True),
        "status": getattr(step, "status", "open"),
    }


def nan_to_none(value: Any) -> Any:
    """Return None for NaN, anything else as it is."""
    return None if isinstance(value, float) and math.isnan(value) else value
