"""Pictures of listings: the one registry of drawings, by name. `Listing.plot` looks here; matplotlib is an extra.

A drawing is a function of the listing and the axes. It reads columns and facts of the listing, and computes nothing
that the listing does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
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


def rows_called(listing: Listing) -> list[str]:
    """Return what each row is called, with its segment."""
    segments = [f" ({segment})" for segment in listing.columns.get("segment", ())] or [""] * len(listing)
    return [
        f"{name}{harmless(shorten(segment, LONGEST))}"
        for name, segment in zip(names_of(listing), segments, strict=True)
    ]


def write_in_corners(ax: Axes, texts: dict[str, tuple[int, int]]) -> None:
    """Write the name of each quadrant into its corner: (0, 0) is the lower left one."""
    for text, (right, upper) in texts.items():
        where: dict[str, Any] = {"ha": "right" if right else "left", "va": "top" if upper else "bottom"}
        x, y = 0.02 + 0.96 * right, 0.02 + 0.96 * upper
        ax.text(x, y, text, transform=ax.transAxes, color="gray", fontsize="small", **where)


def floats_of(listing: Listing, *names: str) -> list[Array]:
    """Return columns as numbers."""
    return [listing.columns[name].astype(np.float64) for name in names]


def reach_of(middle: Array, low: Array, high: Array) -> Array:
    """Return how far intervals reach to either side; 0 where an end is not known."""
    reach: Array = np.nan_to_num(np.maximum([middle - low, high - middle], 0.0))
    return reach


def legend_of_segments(ax: Axes, listing: Listing) -> None:
    if "segment" in listing.columns:
        ax.legend(fontsize="small")


def scatter(listing: Listing, ax: Axes, across: Array, up: Array) -> list[Any]:
    """Draw each row as a point with its name, each segment in a colour of its own; return the colours."""
    colours = list[Any]()
    for segment, rows in segments_of(listing):
        colours.append(ax.scatter(across[rows], up[rows], label=segment).get_facecolor()[0])
        label_points(ax, across[rows], up[rows], names_of(listing, rows))
    legend_of_segments(ax, listing)
    return colours


def intervals(listing: Listing, ax: Axes) -> None:
    """Draw a point and its interval for each row, from above: the column before ``low``, ``low`` and ``high``."""
    names = list(listing.columns)
    value = names[names.index("low") - 1]
    at, (middle, *ends) = np.arange(len(listing), dtype=np.float64), floats_of(listing, value, "low", "high")
    reach = reach_of(middle, *ends)
    for segment, rows in segments_of(listing):
        ax.errorbar(middle[rows], at[rows], xerr=reach[:, rows], fmt="o", capsize=3, label=segment)
    ax.set_yticks(at, names_of(listing))
    ax.invert_yaxis()
    ax.set_xlabel(value.replace("_", " "))
    legend_of_segments(ax, listing)


def quadrants(listing: Listing, ax: Axes) -> None:
    """Draw importance against performance: the crosshair, the diagonal, and the name of each quadrant."""
    colours = scatter(listing, ax, *floats_of(listing, "performance", "importance"))
    for (importance, performance), color in zip(listing.facts["crosshair"].values(), colours, strict=True):
        ax.axhline(importance, linewidth=0.8, color=color)
        ax.axvline(performance, linewidth=0.8, color=color)
    ax.margins(0.15)
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())  # the diagonal need not be in sight
    ax.axline((0, 0), slope=1, linestyle=":", linewidth=0.8, color="gray")
    corners = {"concentrate here": (0, 1), "keep up the good work": (1, 1), "low priority": (0, 0)}
    write_in_corners(ax, corners | {"possible overkill": (1, 0)})
    ax.set(xlabel="performance", ylabel="importance")


def opportunity(listing: Listing, ax: Axes) -> None:
    """Draw the opportunity landscape: satisfaction against importance, underserved and overserved attributes apart."""
    scatter(listing, ax, *floats_of(listing, "importance", "satisfaction"))
    ax.plot([0, 10], [0, 10], linestyle=":", linewidth=0.8, color="gray")
    ax.plot([5, 10], [0, 10], linewidth=0.8, color="gray")  # 2 x importance - satisfaction = 10
    ax.text(9.8, 0.3, "underserved", ha="right", color="gray")
    ax.text(0.2, 9.5, "overserved", color="gray")
    ax.set(xlabel="importance", ylabel="satisfaction", xlim=(0, 10), ylim=(0, 10))


def levels(listing: Listing, ax: Axes, *, names: Sequence[str], markers: str) -> None:
    """Draw some columns beside one another, and a line between the first two, for each row, from above."""
    at, columns = np.arange(len(listing), dtype=np.float64), floats_of(listing, *names)
    ax.hlines(at, columns[0], columns[1], color="lightgray", linewidth=4)
    for name, values, marker in zip(names, columns, markers, strict=True):
        ax.plot(values, at, linestyle="", marker=marker, markersize=8, label=name)
    ax.set_yticks(at, rows_called(listing), fontsize="small")
    ax.invert_yaxis()
    ax.legend(fontsize="small")


def kano(listing: Listing, ax: Axes) -> None:
    """Draw Kano's plane: how much a feature delights if it is there, against how much it hurts if it is not."""
    worse, better = floats_of(listing, "worse", "better")
    scatter(listing, ax, -worse, better)
    ax.axhline(0.5, linewidth=0.8, color="gray")
    ax.axvline(0.5, linewidth=0.8, color="gray")
    ax.set(xlabel="-worse: the share that it hurts to miss it", ylabel="better: the share that it delights")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    write_in_corners(ax, {"attractive": (0, 1), "one-dimensional": (1, 1), "indifferent": (0, 0), "must-be": (1, 0)})


def bottlenecks(listing: Listing, ax: Axes) -> None:
    """Draw what each level of the outcome needs of each step: the ceilings, a line a step, the required ones bold."""
    table = listing.parts["bottlenecks"]
    outcome, *steps = table.columns
    up, *needed = floats_of(table, outcome, *steps)
    for step, across in zip(steps, needed, strict=True):
        bold = step in listing.facts["required"]
        ax.plot(across, up, marker="." if bold else None, linewidth=2.5 if bold else 1, label=harmless(step))
    ax.set(xlabel="the least of the step", ylabel=harmless(outcome))
    ax.legend(fontsize="small", title="needed (bold: required)")


def validation(listing: Listing, ax: Axes) -> None:
    """Draw what a score said against what happened: bins of customers, and states by their names."""
    ax.plot([0, 1], [0, 1], linestyle=":", linewidth=0.8, color="gray")
    for part, form, color in (("calibration", "o-", "tab:blue"), ("by state", "D", "tab:red")):
        said, rate, low, high = floats_of(listing.parts[part], "score", "rate", "low", "high")
        ax.errorbar(
            said, rate, yerr=reach_of(rate, low, high), fmt=form, capsize=3, color=color, label=part.removeprefix("by ")
        )
        label_points(ax, said, rate, names_of(listing.parts[part]) if part == "by state" else [""] * len(said))
    ax.set(xlabel="the score said", ylabel="the good outcome came about", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def survival(listing: Listing, ax: Axes) -> None:
    """Draw for each group the share that is still there, step by step, with its interval as a band."""
    curve, names = listing.parts["curve"].columns, list(listing.columns)
    names = names[: names.index("customers")]
    for row in listing:
        rows = np.logical_and.reduce([curve[name] == row[name] for name in names])
        times = np.array([0.0, *curve["time"][rows], row["longest"]])
        share, low, high = (np.array([1.0, *curve[each][rows]]) for each in ("survival", "low", "high"))
        steps = [np.append(each, each[-1]) for each in (share, low, high)]
        (line,) = ax.step(times, steps[0], where="post", label=harmless(", ".join(str(row[name]) for name in names)))
        ax.fill_between(times, steps[1], steps[2], step="post", alpha=0.2, color=line.get_color(), linewidth=0)
    ax.set(xlabel="time", ylabel="still there", xlim=(0, None), ylim=(0, 1.02))
    if len(listing) > 1:
        ax.legend(fontsize="small")


#: Every drawing, by the name that a listing gives.
DRAWINGS: dict[str, Callable[[Listing, Any], None]] = {
    "bottlenecks": bottlenecks,
    "gaps": partial(levels, names=("expectation", "perception"), markers="|o"),
    "intervals": intervals,
    "kano": kano,
    "opportunity": opportunity,
    "quadrants": quadrants,
    "survival": survival,
    "validation": validation,
    "zone": partial(levels, names=("adequate", "desired", "perception"), markers="||o"),
}
