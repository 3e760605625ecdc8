"""What moved scores since they were saved, as text and as plain data."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from outcomegap.frames.arrays import plain_values

if TYPE_CHECKING:
    from outcomegap.scoring.change import Change

#: A part below this is rounding.
NOTHING = 1e-12


def move_text(change: Change, customer: Any, width: int | None) -> str:
    """Say what moved one customer."""
    since = "Since the scores were saved"
    if not _is_in(change, customer):
        return f"{since}: not among the saved scores, so nothing can be said of what moved."
    return f"{since}, {change.of(customer).text(width=width)}"


def move_data(change: Change, customer: Any) -> dict[str, Any] | None:
    """Return what moved one customer as plain data; None where the saved scores do not have them."""
    if not _is_in(change, customer):
        return None
    found = change.of(customer)
    return {name: value for name, value in found.facts.items() if name not in ("id", "ideal")} | {"parts": list(found)}


def change_data(change: Change, limit: int) -> dict[str, Any]:
    """Return what moved all customers as plain data, and the biggest moves."""
    known = ~np.isnan(change.total)
    earlier, later = change.earlier, change.later
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
            {key: value for key, value in one.items() if key != "ideal"}
            for one in change.biggest(limit)
            if one["total"]
        ],
        "not_compared": dict(Counter(str(reason) for reason in change.reason.tolist() if reason is not None)),
    }


def _cause(parts: Any) -> dict[str, Any]:
    mean = float(parts.mean()) if len(parts) else math.nan
    return {"up": int((parts > NOTHING).sum()), "down": int((parts < -NOTHING).sum()), "mean": _plain(mean)}


def _is_in(change: Change, customer: Any) -> bool:
    return customer in plain_values(change.id)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
