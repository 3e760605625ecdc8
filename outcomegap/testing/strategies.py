"""Hypothesis strategies for leaves, gates, models and customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from outcomegap.model import Leaf, OutcomeModel
from outcomegap.model.gate import Node
from outcomegap.model.leaf import Side
from outcomegap.testing.choose import Drawn
from outcomegap.testing.make_gate import make_root
from outcomegap.testing.make_leaf import Bench, make_leaf
from outcomegap.testing.make_model import make_model
from outcomegap.testing.make_rows import make_row, table
from outcomegap.testing.recipe import Recipe

Draw = Callable[[st.SearchStrategy[int]], int]


def leaves(side: Side, name: str | None = None, **traits: Any) -> st.SearchStrategy[Leaf]:
    """Return a strategy for one leaf.

    Parameters
    ----------
    side
        ``"required"`` (product functions and success gaps) or ``"experience"`` (expectations).
    name
        Its name; one of a few when left out.
    **traits
        As in `Recipe`.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(leaves("experience"))
    ... def test(leaf):
    ...     assert leaf.side == "experience"
    >>> test()
    """
    recipe = Recipe(**traits)

    @st.composite
    def strategy(draw: Draw) -> Leaf:
        choose = Drawn(draw)
        label = f"leaf {choose.integer(1, 9)}" if name is None else name
        return make_leaf(choose, Bench(recipe), side, label)

    return strategy()


def gates(over: Sequence[Leaf], **traits: Any) -> st.SearchStrategy[Node]:
    """Return a strategy for a graph of gates in which every given leaf stands; over one leaf it may be the leaf.

    Parameters
    ----------
    over
        The leaves, all different, one or more.
    **traits
        As in `Recipe`; ``sharing`` and ``means`` matter here.

    Examples
    --------
    >>> from hypothesis import given
    >>> from outcomegap.model import Measure, SuccessGap
    >>> from outcomegap.model.walk import leaves_of
    >>> steps = [SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc"]
    >>> @given(gates(steps))
    ... def test(gate):
    ...     assert set(leaves_of(gate)) == set(steps)
    >>> test()
    """
    recipe = Recipe(**traits)

    @st.composite
    def strategy(draw: Draw) -> Node:
        return make_root(Drawn(draw), Bench(recipe), over, [])

    return strategy()


def models(max_leaves: int = 8, max_cells: int = 4, **traits: Any) -> st.SearchStrategy[OutcomeModel]:
    """Return a strategy for models that `outcomegap.check` has no error for.

    Parameters
    ----------
    max_leaves, max_cells, **traits
        Limits and traits, as in `Recipe`: ``sharing``, ``after``, ``means``, ``columns`` and others.

    Examples
    --------
    >>> from hypothesis import given
    >>> import outcomegap as og
    >>> @given(models(max_leaves=4))
    ... def test(model):
    ...     assert not [f for f in og.check(model) if f.severity == "error"]
    >>> test()
    """
    recipe = Recipe(max_leaves=max_leaves, max_cells=max_cells, **traits)

    @st.composite
    def strategy(draw: Draw) -> OutcomeModel:
        return make_model(Drawn(draw), recipe)

    return strategy()


def customers(
    model: OutcomeModel, max_rows: int = 5, *, min_rows: int = 1, missing: bool = True
) -> st.SearchStrategy[dict[str, list[Any]]]:
    """Return a strategy for customers of a model, as a dict of lists.

    Parameters
    ----------
    model
        The model they are scored with.
    max_rows, min_rows
        How many customers.
    missing
        Whether values may be missing (None, now and then NaN).

    Examples
    --------
    >>> from hypothesis import given
    >>> from hypothesis import strategies as st
    >>> @given(st.data())
    ... def test(data):
    ...     model = data.draw(models(max_leaves=4))
    ...     rows = data.draw(customers(model, max_rows=2))
    ...     assert {m.name for m in model.measures} <= set(rows)
    >>> test()
    """

    @st.composite
    def strategy(draw: Draw) -> dict[str, list[Any]]:
        choose = Drawn(draw)
        count = choose.integer(min_rows, max_rows)
        return table(model, [make_row(choose, model, missing=missing) for _ in range(count)])

    return strategy()
