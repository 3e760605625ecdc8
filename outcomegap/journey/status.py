"""The status of success gaps: open, being closed, closed, or not to be bridged; by owner, beside what data say."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.listing import Listing, as_column, counted, percent
from outcomegap.model import SuccessGap
from outcomegap.scoring import Scores
from outcomegap.scoring.group_score import GapScore, GroupScore
from outcomegap.scoring.groups import groups_of
from outcomegap.scoring.segments import SegmentScores
from outcomegap.scoring.wording import work_status

Array = NDArray[Any]
#: In the order in which they are listed.
STATUSES = ("open", "being closed", "closed", "cannot be bridged")
#: An attainment this near to 1 counts as met.
MET = 1.0 - 1e-9


class GapStatus:
    """Where the work on success gaps stands, and what customers' data say of it; made by `gap_status`.

    Customers of ideal segments count; the others are in `apart`.
    """

    def __init__(self, scores: Scores, by: SegmentScores) -> None:
        self._scores, self._by = scores, by

    @cached_property
    def gaps(self) -> Listing:
        """A row a success gap, the largest share of the whole gap first.

        ``gap``, ``owner``, ``status`` (``"open"``, ``"being closed"``, ``"closed"``, ``"cannot be bridged"``),
        ``customers`` whose cell has it, ``affected`` (observed and not fully bridged), ``missing`` (no data), ``share``
        of the whole gap, mean ``part`` of it, mean ``gain`` if it alone were bridged, ``remedy``; ``disagrees``: what
        the data say against the status, or null.
        """
        rows = [self._row(gap) for gap in self._group.gaps if gap.kind == SuccessGap.kind]
        names = list(self._row(None))
        columns = {name: as_column([row[name] for row in rows]) for name in names}
        who = f"{counted(self._group.scored, 'customer')} of ideal segments with a score"
        title = f"{counted(len(rows), 'success gap')}, {who}"
        return Listing(
            title, columns, like=self._scores.table, formats={"share": percent}, notes=self.notes, hide=("remedy",)
        )

    @property
    def _group(self) -> GroupScore:
        return self._by.total

    def _row(self, gap: GapScore | None) -> dict[str, Any]:
        names = (
            "gap",
            "owner",
            "status",
            "customers",
            "affected",
            "missing",
            "share",
            "part",
            "gain",
            "remedy",
            "disagrees",
        )
        if gap is None:
            return dict.fromkeys(names)
        status = self._statuses[gap.name]
        values = (gap.name, gap.owner, status, gap.customers, gap.affected, gap.missing, gap.share, gap.part, gap.gain)
        return dict(zip(names, (*values, gap.remedy, _disagrees(gap, status)), strict=True))

    @cached_property
    def _statuses(self) -> dict[str, str]:
        return {step.name: work_status(step) for step in self._scores.model.steps}

    @cached_property
    def owners(self) -> Listing:
        """A row an owner and status: how many ``gaps``, how many customers are ``affected`` by one or more of them.

        ``share`` of the whole gap and mean ``part`` of it are sums over those gaps; ``owner`` is null where none is
        named.
        """
        found: dict[tuple[str | None, str], list[GapScore]] = {}
        for gap in self._group.gaps:
            if gap.kind == SuccessGap.kind:
                found.setdefault((gap.owner, self._statuses[gap.name]), []).append(gap)
        keys = sorted(found, key=lambda key: (key[0] is None, key[0] or "", STATUSES.index(key[1])))
        rows = [
            {
                "owner": owner,
                "status": status,
                "gaps": len(found[owner, status]),
                "affected": self._affected([gap.name for gap in found[owner, status]]),
                "share": float(sum(gap.share for gap in found[owner, status])),
                "part": float(sum(gap.part for gap in found[owner, status])),
            }
            for owner, status in keys
        ]
        names = ("owner", "status", "gaps", "affected", "share", "part")
        columns = {name: as_column([row[name] for row in rows]) for name in names}
        title = "Success gaps by owner and status"
        return Listing(title, columns, like=self._scores.table, formats={"share": percent})

    def _affected(self, names: list[str]) -> int:
        """Return how many customers of ideal segments have one of the gaps observed and not fully bridged."""
        places = [number for number, step in enumerate(self._attained.steps) if step in names]
        lacking = (self._attained.values[:, places] < MET).any(axis=1)
        return int((lacking & self._ideal).sum())

    @cached_property
    def _attained(self) -> Any:
        return self._scores.attainment()

    @cached_property
    def _ideal(self) -> NDArray[np.bool_]:
        """Tell which customers are of ideal segments and have been read."""
        groups = groups_of(self._scores, ())
        found: NDArray[np.bool_] = groups.ideal[groups.codes] & (self._scores.cell >= 0)
        return found

    @property
    def counts(self) -> dict[str, int]:
        """How many gaps have each status."""
        listed = self.gaps.columns["status"].tolist()
        return {status: listed.count(status) for status in STATUSES}

    @property
    def apart(self) -> int:
        """How many customers are of segments that are not ideal."""
        return sum(group.customers for group in self._by.apart)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the data say against a status, and what success gaps are not."""
        said = [f"{gap.name!r}: {why}." for gap in self._group.gaps if (why := self._against(gap)) is not None]
        rest = sum(gap.share for gap in self._group.gaps if gap.kind != SuccessGap.kind)
        if rest > 0:
            said.append(f"{percent(rest)} of the whole gap are functions and expectations, which have no status.")
        if self.apart:
            verbs = ("is", "it is") if self.apart == 1 else ("are", "they are")
            who = f"{counted(self.apart, 'customer')} {verbs[0]} of segments that are not ideal"
            said.append(f"{who}; {verbs[1]} in nothing here.")
        return tuple(said)

    def _against(self, gap: GapScore) -> str | None:
        return _disagrees(gap, self._statuses[gap.name]) if gap.kind == SuccessGap.kind else None

    def to_frame(self) -> Any:
        """Return `gaps` as the same kind of frame that was scored."""
        return self.gaps.to_frame()

    def __str__(self) -> str:
        return f"{self.owners}\n\n{self.gaps}"

    def _repr_html_(self) -> str:
        return self.owners._repr_html_() + self.gaps._repr_html_()

    def __repr__(self) -> str:
        return f"<GapStatus: {', '.join(f'{count} {status}' for status, count in self.counts.items() if count)}>"


def gap_status(scores: Scores, *, weight: str | Any | None = None) -> GapStatus:
    """Say where the work on each success gap stands, who owns it, and how much of the whole gap hangs on it.

    Good vendors know their success gaps; the best work to close them. The status is the model's
    (`outcomegap.SuccessGap`); the share of the gap is the customers' (docs/meaning, clause 2.11). Where the two
    disagree it is said: a gap that is said to be closed while customers lack it, or open while nobody does.

    Parameters
    ----------
    scores
        What `Scorer.score` returned.
    weight
        A column, or one number a customer: what each weighs in shares and means.

    Raises
    ------
    DataError
        If `scores` are none, or a weight is no number of 0 or more.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> status = gap_status(og.Scorer(model).score(og.simulate(model, 200, seed=1)))
    >>> sum(status.counts.values()) == sum(isinstance(step, og.SuccessGap) for step in model.steps)
    True
    """
    if not isinstance(scores, Scores):
        raise DataError(f"gap_status: scores is what Scorer.score returned (got {scores!r:.60})")
    return GapStatus(scores, scores.by(weight=weight))


def _disagrees(gap: GapScore, status: str) -> str | None:
    if status == "closed" and gap.affected:
        return f"said to be closed, and {counted(gap.affected, 'customer lacks', 'customers lack')} it"
    if status in ("open", "being closed") and gap.customers and not gap.affected and not gap.missing:
        return f"said to be {status}, and nobody lacks it"
    return None
