"""Pictures of listings: the one registry of drawings, by name. `Listing.plot` looks here; matplotlib is an extra.

A drawing is a function of the listing and the axes. It reads columns and facts of the listing, and computes nothing
that the listing does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array, Mask
from outcomegap.listing import Listing, harmless, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: How long a name may be in a picture.
LONGEST = 28


def draw(listing: Listing, ax: Axes | None = None) -> Axes:
    """Draw a listing by the drawing that it names, into axes that are given or new ones."""
    if ax is None:
        from matplotlib import pyplot as plt

        _, ax = plt.subplots(layout="constrained")
    if listing.drawing not in DRAWINGS:
        message = f"there is no drawing {listing.drawing!r}"
        raise DataError.of("unknown-value", message, value=listing.drawing, options=DRAWINGS)
    DRAWINGS[listing.drawing](listing, ax)
    ax.set_title(harmless(listing.title), fontsize="medium", wrap=True)
    return ax


def segments_of(listing: Listing) -> Iterator[tuple[str | None, Mask]]:
    """Return each segment and its rows; None and all rows where there are no segments."""
    found = listing.columns.get("segment")
    if found is None:
        yield None, np.ones(len(listing), dtype=bool)
        return
    for segment in dict.fromkeys(found.tolist()):
        yield harmless(str(segment)), np.array([each == segment for each in found.tolist()])


def names_of(listing: Listing, rows: Mask | slice = slice(None)) -> list[str]:
    """Return what rows are called: the value of the first column that is no segment, on one short line."""
    name = next(name for name in listing.columns if name != "segment")
    return [harmless(shorten(str(value), LONGEST)) for value in listing.columns[name][rows].tolist()]


def label_points(ax: Axes, x: Array, y: Array, names: list[str]) -> None:
    """Write the name of each point beside it."""
    for across, up, name in zip(x, y, names, strict=True):
        if np.isfinite(across + up):
            ax.annotate(name, (across, up), xytext=(4, 3), textcoords="offset points", fontsize="x-small")


def intervals(listing: Listing, ax: Axes) -> None:
    """Draw a point and its interval for each row, from above: the column before ``low``, ``low`` and ``high``."""
    names = list(listing.columns)
    value = names[names.index("low") - 1]
    at = np.arange(len(listing), dtype=np.float64)
    for segment, rows in segments_of(listing):
        middle, low, high = (listing.columns[name][rows].astype(np.float64) for name in (value, "low", "high"))
        reach = np.nan_to_num(np.maximum([middle - low, high - middle], 0.0))
        ax.errorbar(middle, at[rows], xerr=reach, fmt="o", capsize=3, label=segment)
    called = names_of(listing)
    ax.set_yticks(at, called)
    ax.invert_yaxis()
    ax.set_xlabel(value.replace("_", " "))
    if "segment" in listing.columns:
        ax.legend(fontsize="small")


#: Every drawing, by the name that a listing gives.
DRAWINGS: dict[str, Callable[[Listing, Any], None]] = {
    "intervals": intervals,
}
