"""What an invented model may hold."""

from __future__ import annotations

from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError, hint


@attrs.frozen(kw_only=True)
class Recipe:
    """Limits and traits of invented models.

    Parameters
    ----------
    max_steps
        At most so many steps in the whole model, both sides together; 2 or more.
    max_cells
        At most so many cells (segments x stages x goals); 1 or more.
    sharing
        Gates, steps and measures that stand in several places, and gates that stand under one another twice.
    after
        Steps that build on others, some of which stand in no gate themselves.
    means
        Mean gates, under any gate; at most `max_draws` joint draws a side.
    columns
        Floors and targets that customers bring along.
    curves, jumps
        Other curves than linear; steps and knots with jumps among them.
    skips, numbers
        What a missing value may count as, beside a step's default: ``"skip"``, a number of its own.
    per_cell
        Floors, targets, weights, missing numbers and thresholds that differ between cells.
    goals
        Several desired outcomes in one cell.
    thresholds
        Other thresholds than the defaults.
    numeric
        Gates on numbers (`Weakest`, `PowerMean`), over steps that stand nowhere else; off unless asked for, since
        attributions through them are not exact. Nothing is shared between desired outcomes then.
    joins
        Other rules that join R and E than the product; off unless asked for.
    max_draws
        Limit that keeps a sum over every draw of the means short.

    Raises
    ------
    ModelError
        If a limit leaves nothing to invent.

    Examples
    --------
    >>> Recipe(max_steps=4).sharing
    True
    """

    max_steps: int = 8
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
    numeric: bool = False
    joins: bool = False
    max_draws: int = 48

    def __attrs_post_init__(self) -> None:
        if self.max_steps < 2 or self.max_cells < 1:
            message = "max_steps must be 2 or more (one a side) and max_cells 1 or more"
            raise ModelError.of("recipe", "outcomegap.testing", message)


def recipe_of(**traits: Any) -> Recipe:
    """Return a recipe of traits by their names.

    Raises
    ------
    ModelError
        With each name that is none, and the nearest one that is.

    Examples
    --------
    >>> try:
    ...     recipe_of(max_step=4)
    ... except ModelError as error:
    ...     print(error.findings[0].message)
    there is no trait 'max_step' (did you mean 'max_steps'?)
    """
    names = [field.name for field in attrs.fields(Recipe)]
    found = [
        Finding("trait", "recipe", f"there is no trait {name!r}{hint(name, names)}")
        for name in traits
        if name not in names
    ]
    if found:
        raise ModelError.all("recipe", found)
    return Recipe(**traits)
