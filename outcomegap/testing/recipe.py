"""What an invented model may hold."""

from __future__ import annotations

import attrs

from outcomegap.errors import ModelError


@attrs.frozen(kw_only=True)
class Recipe:
    """Limits and traits of invented models.

    Parameters
    ----------
    max_leaves
        At most so many leaves in the whole model, both sides together; 2 or more.
    max_cells
        At most so many cells (segments x stages x goals); 1 or more.
    sharing
        Gates, leaves and measures that stand in several places, and gates that stand under one another twice.
    after
        Leaves that build on others, some of which stand in no gate themselves.
    means
        Mean gates, under any gate; at most `max_draws` joint draws a side.
    columns
        Floors and targets that customers bring along.
    curves, jumps
        Other curves than linear; steps and knots with jumps among them.
    skips, numbers
        What a missing value may count as, beside a leaf's default: ``"skip"``, a number of its own.
    per_cell
        Floors, targets, weights, missing numbers and thresholds that differ between cells.
    goals
        Several desired outcomes in one cell.
    thresholds
        Other thresholds than the defaults.
    max_draws
        Limit that keeps a sum over every draw of the means short.

    Examples
    --------
    >>> Recipe(max_leaves=4).sharing
    True
    """

    max_leaves: int = 8
    max_cells: int = 4
    sharing: bool = True
    after: bool = True
    means: bool = True
    columns: bool = False
    curves: bool = True
    jumps: bool = True
    skips: bool = True
    numbers: bool = True
    per_cell: bool = True
    goals: bool = True
    thresholds: bool = True
    max_draws: int = 48

    def __attrs_post_init__(self) -> None:
        if self.max_leaves < 2 or self.max_cells < 1:
            message = "max_leaves must be 2 or more (one a side) and max_cells 1 or more"
            raise ModelError.of("recipe", "outcomegap.testing", message)
