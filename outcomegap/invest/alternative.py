"""What customers could do instead, and how far the best of it is ahead of what they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from outcomegap.errors import DataError, Problem
from outcomegap.invest.checks import (
    Level,
    check_choice,
    check_names,
    check_segments,
    check_text,
    levels,
    segment_names,
)
from outcomegap.model import OutcomeModel
from outcomegap.model.frozenmap import FrozenMap

Kind = Literal["product", "competitor", "open source", "in-house", "outsourced", "hired"]
KINDS: tuple[Kind, ...] = ("product", "competitor", "open source", "in-house", "outsourced", "hired")


@attrs.frozen(init=False)
class Alternative:
    """Something else by which customers could get to the desired outcome.

    Parameters
    ----------
    name
        What it is called.
    kind
        One of `KINDS`.
    attainments
        Steps, with the attainment that it gives them, between 0 and 1: better or worse than today's. Instead of a
        number, a mapping from segments (or cells) to numbers, or `og.per_cell`: a rival that is strong for one
        segment may be weak for another.
    measures
        Measures, with their values under it, in the same ways. What neither names, for a customer's cell, is as it is
        today; a step that is named goes before the measure that feeds it.
    segments
        The segments that could choose it; None for all.

    Raises
    ------
    DataError
        If something is not as said here.

    Examples
    --------
    >>> Alternative("a developer", "hired", measures={"reply_hours": {"startup": 8, "enterprise": 1}}).kind
    'hired'
    """

    name: str
    kind: Kind
    attainments: FrozenMap[Level]
    measures: FrozenMap[Level]
    segments: tuple[str, ...] | None

    def __init__(
        self,
        name: str,
        kind: Kind,
        attainments: Mapping[str, Any] | None = None,
        measures: Mapping[str, Any] | None = None,
        segments: Sequence[str] | None = None,
    ) -> None:
        what = f"alternative {check_text('the name of an alternative', name)!r}"
        check_choice(f"{what}: kind", kind, KINDS)
        steps, values = [
            levels(f"{what}: {label}", {} if said is None else said)
            for label, said in (("attainments", attainments), ("measures", measures))
        ]
        if not steps and not values:
            raise DataError(f"{what} says nothing; give attainments=, measures= or both")
        self.__attrs_init__(name, kind, steps, values, segment_names(what, segments))

    def problems(self, model: OutcomeModel) -> list[Problem]:
        """List what does not fit a model."""
        where = f"alternative {self.name!r}"
        return [
            *check_names(f"{where}: attainments", model, self.attainments, "steps"),
            *check_names(f"{where}: measures", model, self.measures, "measures"),
            *check_segments(where, model, self.segments),
        ]
