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
        ax.text(
            0.98 if right else 0.02,
            0.98 if upper else 0.02,
            text,
            transform=ax.transAxes,
            color="gray",
            fontsize="small",
            **where,
        )


def legend_of_segments(ax: Axes, listing: Listing) -> None:
    if "segment" in listing.columns:
        ax.legend(fontsize="small")


def intervals(listing: Listing, ax: Axes) -> None:
    """Draw a point and its interval for each row, from above: the column before ``low``, ``low`` and ``high``."""
    names = list(listing.columns)
    value = names[names.index("low") - 1]
    at = np.arange(len(listing), dtype=np.float64)
    for segment, rows in segments_of(listing):
        middle, low, high = (listing.columns[name][rows].astype(np.float64) for name in (value, "low", "high"))
        reach = np.nan_to_num(np.maximum([middle - low, high - middle], 0.0))
        ax.errorbar(middle, at[rows], xerr=reach, fmt="o", capsize=3, label=segment)
    ax.set_yticks(at, names_of(listing))
    ax.invert_yaxis()
    ax.set_xlabel(value.replace("_", " "))
    legend_of_segments(ax, listing)


def quadrants(listing: Listing, ax: Axes) -> None:
    """Draw importance against performance: the crosshair, the diagonal, and the name of each quadrant."""
    columns = listing.columns
    for number, (segment, rows) in enumerate(segments_of(listing)):
        across, up = (columns[name][rows].astype(np.float64) for name in ("performance", "importance"))
        points = ax.scatter(across, up, label=segment)
        label_points(ax, across, up, names_of(listing, rows))
        importance, performance = list(listing.facts["crosshair"].values())[number]
        ax.axhline(importance, linewidth=0.8, color=points.get_facecolor()[0])
        ax.axvline(performance, linewidth=0.8, color=points.get_facecolor()[0])
    ax.margins(0.15)
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())  # the diagonal need not be in sight
    ax.axline((0, 0), slope=1, linestyle=":", linewidth=0.8, color="gray")
    corners = {"concentrate here": (0, 1), "keep up the good work": (1, 1), "low priority": (0, 0)}
    write_in_corners(ax, corners | {"possible overkill": (1, 0)})
    ax.set(xlabel="performance", ylabel="importance")
    legend_of_segments(ax, listing)


def opportunity(listing: Listing, ax: Axes) -> None:
    """Draw the opportunity landscape: satisfaction against importance, underserved and overserved attributes apart."""
    columns = listing.columns
    for segment, rows in segments_of(listing):
        across, up = (columns[name][rows].astype(np.float64) for name in ("importance", "satisfaction"))
        ax.scatter(across, up, label=segment)
        label_points(ax, across, up, names_of(listing, rows))
    ax.plot([0, 10], [0, 10], linestyle=":", linewidth=0.8, color="gray")
    ax.plot([5, 10], [0, 10], linewidth=0.8, color="gray")  # 2 x importance - satisfaction = 10
    ax.text(9.8, 0.3, "underserved", ha="right", color="gray")
    ax.text(0.2, 9.5, "overserved", color="gray")
    ax.set(xlabel="importance", ylabel="satisfaction", xlim=(0, 10), ylim=(0, 10))
    legend_of_segments(ax, listing)


def gaps(listing: Listing, ax: Axes) -> None:
    """Draw a line from what is expected to what is perceived, for each row, from above."""
    between(listing, ax, ("expectation", "perception"))


def zone(listing: Listing, ax: Axes) -> None:
    """Draw the zone from what is adequate to what is desired, and what is perceived, for each row, from above."""
    between(listing, ax, ("adequate", "desired", "perception"))


def between(listing: Listing, ax: Axes, names: tuple[str, ...]) -> None:
    """Draw the values of some columns beside one another, and a line between the first two."""
    at = np.arange(len(listing), dtype=np.float64)
    columns = {name: listing.columns[name].astype(np.float64) for name in names}
    one, other, *_ = columns.values()
    ax.hlines(at, one, other, color="lightgray", linewidth=4)
    for (name, values), marker in zip(columns.items(), "|oD" if len(names) == 2 else "||o", strict=False):
        ax.plot(values, at, linestyle="", marker=marker, markersize=8, label=name)
    ax.set_yticks(at, rows_called(listing), fontsize="small")
    ax.invert_yaxis()
    ax.legend(fontsize="small")


def kano(listing: Listing, ax: Axes) -> None:
    """Draw Kano's plane: how much a feature delights if it is there, against how much it hurts if it is not."""
    columns = listing.columns
    for segment, rows in segments_of(listing):
        across, up = -columns["worse"][rows].astype(np.float64), columns["better"][rows].astype(np.float64)
        ax.scatter(across, up, label=segment)
        label_points(ax, across, up, names_of(listing, rows))
    ax.axhline(0.5, linewidth=0.8, color="gray")
    ax.axvline(0.5, linewidth=0.8, color="gray")
    corners = {"attractive": (0, 1), "one-dimensional": (1, 1), "indifferent": (0, 0), "must-be": (1, 0)}
    ax.set(xlabel="-worse: the share that it hurts to miss it", ylabel="better: the share that it delights")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    write_in_corners(ax, corners)
    legend_of_segments(ax, listing)


def bottlenecks(listing: Listing, ax: Axes) -> None:
    """Draw what each level of the outcome needs of each step: the ceilings, a line a step, the required ones bold."""
    table = listing.parts["bottlenecks"]
    outcome, *steps = table.columns
    up = table.columns[outcome].astype(np.float64)
    for step in steps:
        bold = step in listing.facts["required"]
        across = table.columns[step].astype(np.float64)
        ax.plot(across, up, marker="." if bold else None, linewidth=2.5 if bold else 1, label=harmless(step))
    ax.set(xlabel="the least of the step", ylabel=harmless(outcome))
    ax.legend(fontsize="small", title="needed (bold: required)")


def validation(listing: Listing, ax: Axes) -> None:
    """Draw what a score said against what happened: bins of customers, and states by their names."""
    ax.plot([0, 1], [0, 1], linestyle=":", linewidth=0.8, color="gray")
    for part, form, color in (("calibration", "o-", "tab:blue"), ("by state", "D", "tab:red")):
        columns = listing.parts[part].columns
        said, rate, low, high = (columns[name].astype(np.float64) for name in ("score", "rate", "low", "high"))
        reach = np.nan_to_num(np.maximum([rate - low, high - rate], 0.0))
        ax.errorbar(said, rate, yerr=reach, fmt=form, capsize=3, color=color, label=part.removeprefix("by "))
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
    "gaps": gaps,
    "intervals": intervals,
    "kano": kano,
    "opportunity": opportunity,
    "quadrants": quadrants,
    "survival": survival,
    "validation": validation,
    "zone": zone,
}
