"""The status of success gaps: open, being closed, closed, or not to be bridged; by owner, beside what data say."""

from __future__ import annotations

from typing import Any

import numpy as np

from outcomegap.listing import Format, Listing, as_column, counted, percent
from outcomegap.model import SuccessGap
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.worklist import work_status

#: In the order in which they are listed.
STATUSES = ("open", "being closed", "closed", "cannot be bridged")
#: An attainment this near to 1 counts as met.
MET = 1.0 - 1e-9
FORMATS: dict[str, Format] = {"share": "percent", "part": "points", "gain": "points"}
COLUMNS = ("customers", "affected", "missing", "share", "part", "gain", "remedy")


def gap_status(scores: Scores, *, weight: str | Any | None = None) -> Listing:
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

    Returns
    -------
    Listing
        A row a success gap, the largest share of the whole gap first: ``gap``, ``owner``, ``status`` (``"open"``,
        ``"being closed"``, ``"closed"``, ``"cannot be bridged"``), ``customers`` whose cell has it, ``affected``
        (observed and not fully bridged), ``missing`` (no data), ``share`` of the whole gap, mean ``part`` of it, mean
        ``gain`` if it alone were bridged, ``remedy``; ``disagrees``: what the data say against the status, or null.

        Part ``"owners"``, a row an owner and status: how many ``gaps``, how many customers are ``affected`` by one or
        more of them, the sums of their ``share`` and ``part``; ``owner`` is null where none is named.
        Facts: ``counts``, how many gaps have each status; ``apart``, how many customers are of segments that are not
        ideal, who count nowhere.

    Raises
    ------
    DataError
        If a weight is no number of 0 or more.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> status = gap_status(og.Scorer(model).score(og.simulate(model, 200, seed=1)))
    >>> sum(status.facts["counts"].values()) == sum(isinstance(step, og.SuccessGap) for step in model.steps)
    True
    """
    by = scores.by(weight=weight)
    said = {step.name: work_status(step) for step in scores.model.steps}
    gaps = [gap for gap in by.total.gaps if gap.kind == SuccessGap.kind]
    columns = {"gap": as_column([gap.name for gap in gaps]), "owner": as_column([gap.owner for gap in gaps])}
    columns["status"] = as_column([said[gap.name] for gap in gaps])
    columns |= {name: as_column([getattr(gap, name) for gap in gaps]) for name in COLUMNS}
    differs = [_disagrees(said[gap.name], gap.customers, gap.affected, gap.missing) for gap in gaps]
    columns["disagrees"] = as_column(differs)
    apart = sum(group.customers for group in by.apart)
    notes = [f"{gap.name!r}: {why}." for gap, why in zip(gaps, differs, strict=True) if why is not None]
    rest = sum(gap.share for gap in by.total.gaps if gap.kind != SuccessGap.kind)
    if rest > 0:
        notes.append(f"{percent(rest)} of the whole gap are functions and expectations, which have no status.")
    if apart:
        verbs = ("is", "it is") if apart == 1 else ("are", "they are")
        who = f"{counted(apart, 'customer')} {verbs[0]} of segments that are not ideal"
        notes.append(f"{who}; {verbs[1]} in nothing here.")
    who = f"{counted(by.total.scored, 'customer')} of ideal segments with a score"
    facts = {"counts": {status: columns["status"].tolist().count(status) for status in STATUSES}, "apart": apart}
    title, parts = f"{counted(len(gaps), 'success gap')}, {who}", {"owners": _owners(scores, columns)}
    table, hide = scores.table, ("remedy",)
    return Listing(title, columns, like=table, formats=FORMATS, hide=hide, notes=notes, parts=parts, facts=facts)


def _owners(scores: Scores, gaps: dict[str, Any]) -> Listing:
    attained = scores.attainment()
    lacks, counts = attained.values < MET, ideal_rows(scores) & (scores.cell >= 0)
    keys = list(zip(gaps["owner"].tolist(), gaps["status"].tolist(), strict=True))
    rows = []
    for key in sorted(set(keys), key=lambda key: (key[0] is None, key[0] or "", STATUSES.index(key[1]))):
        here = np.array([other == key for other in keys])
        steps = np.isin(attained.steps, gaps["gap"][here].tolist())
        affected = int((lacks[:, steps].any(axis=1) & counts).sum())
        rows.append((*key, int(here.sum()), affected, *(float(sum(gaps[name][here])) for name in ("share", "part"))))
    names = ("owner", "status", "gaps", "affected", "share", "part")
    columns = {name: as_column([row[place] for row in rows]) for place, name in enumerate(names)}
    return Listing("Success gaps by owner and status", columns, like=scores.table, formats=FORMATS)


def _disagrees(status: str, customers: int, affected: int, missing: int) -> str | None:
    if status == "closed" and affected:
        return f"said to be closed, and {counted(affected, 'customer lacks', 'customers lack')} it"
    if status in ("open", "being closed") and customers and not affected and not missing:
        return f"said to be {status}, and nobody lacks it"
    return None
