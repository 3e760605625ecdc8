"""What moved scores since they were saved, as text and as plain data."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from outcomegap.frames import text_table
from outcomegap.frames.arrays import plain_values
from outcomegap.frames.text import cell_text
from outcomegap.scoring.change_text import SAID, moved

if TYPE_CHECKING:
    from outcomegap.scoring.change import Change

#: A part below this is rounding.
NOTHING = 1e-12


@attrs.frozen
class Part:
    """What one cause, of one step where it is a step's, made of a customer's move; `part` is of D."""

    cause: str
    step: str | None
    part: float


def parts_of(change: Change, row: int) -> list[Part]:
    """Return what moved one customer, the largest first; the parts add up to the move."""
    found = [Part("model", None, float(change.model[row])), Part("cell", None, float(change.cell[row]))]
    found.append(Part("coverage", None, float(change.coverage[row])))
    per_step = {"expectations": change.expectations, "cell": change.cell_expectations, "data": change.data}
    for cause, values in per_step.items():
        found += [Part(cause, step, float(part)) for step, part in zip(change.steps, values[row], strict=True)]
    return sorted((p for p in found if abs(p.part) > NOTHING), key=lambda p: -abs(p.part))  # NaN is left out


def move_text(change: Change, customer: Any, width: int | None) -> str:
    """Say what moved one customer."""
    since = "since the scores were saved"
    row = _row(change, customer)
    if row is None:
        return f"Not among the saved scores: nothing can be said of what moved {since}."
    one = moved(change, row)
    if math.isnan(one.total):
        return cell_text(f"What moved {since} cannot be told: {change.reason[row]}.")
    state = "" if one.state_before == one.state_after else f"; {one.state_before} -> {one.state_after}"
    heading = f"Moved {since}: {100 * one.before:.1f} -> {100 * one.after:.1f} ({100 * one.total:+.1f}){state}"
    if one.cause is None:
        return cell_text(f"{heading}; {one.words}.")
    rows = [[SAID[part.cause], part.step or "", f"{100 * part.part:+.1f}"] for part in parts_of(change, row)]
    table = text_table(["what moved it", "step", "points"], rows, align="llr", width=width)
    return f"{cell_text(f'{heading}; mostly {one.words}')}\n\n{table}"


def move_data(change: Change, customer: Any) -> dict[str, Any] | None:
    """Return what moved one customer as plain data; None where the saved scores do not have them."""
    row = _row(change, customer)
    if row is None:
        return None
    one = {key: _plain(value) for key, value in moved(change, row).to_dict().items() if key != "id"}
    parts = [attrs.asdict(part) for part in parts_of(change, row)]
    return one | {"reason": change.reason[row], "parts": parts}


def change_data(change: Change, limit: int) -> dict[str, Any]:
    """Return what moved all customers as plain data, and the biggest moves."""
    known = ~np.isnan(change.total)
    earlier, later = change._earlier, change._later
    states = Counter(zip(change.state_before.tolist(), change.state_after.tolist(), strict=True))
    return {
        "model": later.model.name,
        "fingerprint": later.model.fingerprint,
        "saved_fingerprint": earlier.model.fingerprint,
        "customers": len(change),
        "came": len(change.came),
        "went": len(change.went),
        "mean": _plain(float(change.total[known].mean()) if known.any() else math.nan),
        "causes": {cause: _cause(parts[known]) for cause, parts in change.causes.items()},
        "states": [
            {"before": before, "after": after, "customers": count}
            for (before, after), count in states.most_common()
            if before != after
        ],
        "biggest": [
            {key: _plain(value) for key, value in one.to_dict().items()} for one in change.biggest(limit) if one.total
        ],
        "not_compared": dict(Counter(str(reason) for reason in change.reason.tolist() if reason is not None)),
    }


def _cause(parts: Any) -> dict[str, Any]:
    mean = float(parts.mean()) if len(parts) else math.nan
    return {"up": int((parts > NOTHING).sum()), "down": int((parts < -NOTHING).sum()), "mean": _plain(mean)}


def _row(change: Change, customer: Any) -> int | None:
    ids = plain_values(change.id)
    return ids.index(customer) if customer in ids else None


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
