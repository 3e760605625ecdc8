"""Fast seeded models and customers, for sweeps over many thousands."""

from __future__ import annotations

from typing import Any

from outcomegap.model import OutcomeModel
from outcomegap.testing.choose import Seeded, Source
from outcomegap.testing.make_model import make_model
from outcomegap.testing.make_rows import make_row, table
from outcomegap.testing.recipe import recipe_of


def random_model(rng: Source, max_steps: int = 8, max_cells: int = 4, **traits: Any) -> OutcomeModel:
    """Invent a model.

    Parameters
    ----------
    rng
        A NumPy generator, a `random.Random`, or a seed. The same state gives the same model.
    max_steps, max_cells, **traits
        Limits and traits, as in `Recipe`.

    Returns
    -------
    OutcomeModel
        One that `outcomegap.check` has no error for.

    Raises
    ------
    ModelError
        If there is no such trait, or a limit leaves nothing to invent.

    Examples
    --------
    >>> model = random_model(3, max_steps=6, max_cells=2)
    >>> model == random_model(3, max_steps=6, max_cells=2), len(model.steps) <= 6, len(model.cells) <= 2
    (True, True, True)
    """
    return make_model(Seeded(rng), recipe_of(max_steps=max_steps, max_cells=max_cells, **traits))


def random_rows(rng: Source, model: OutcomeModel, n: int, *, missing: bool = True) -> dict[str, list[Any]]:
    """Invent customers of a model.

    Parameters
    ----------
    rng
        A NumPy generator, a `random.Random`, or a seed.
    model
        The model they are scored with.
    n
        How many.
    missing
        Whether values may be missing (None, now and then NaN).

    Returns
    -------
    dict of lists
        ``segment``, ``stage`` and ``goal`` as far as the model declares them, every measure, and every column that
        floors and targets are taken from. All values are valid: within hard limits, floor never the target.

    Examples
    --------
    >>> model = random_model(3)
    >>> customers = random_rows(4, model, 5)
    >>> {len(values) for values in customers.values()}
    {5}
    """
    choose = Seeded(rng)
    return table(model, [make_row(choose, model, missing=missing) for _ in range(n)])
