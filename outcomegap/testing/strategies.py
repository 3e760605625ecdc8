"""Hypothesis strategies for steps, gates, models and customers; Hypothesis is loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from outcomegap.errors import EngineError, ModelError, hint
from outcomegap.model import OutcomeModel, Step
from outcomegap.model.gate import Node
from outcomegap.model.step import Side
from outcomegap.testing.choose import Chooser, Drawn
from outcomegap.testing.make_gate import make_root
from outcomegap.testing.make_model import make_model
from outcomegap.testing.make_rows import make_row, table
from outcomegap.testing.make_step import Bench, make_step
from outcomegap.testing.recipe import recipe_of

if TYPE_CHECKING:
    from hypothesis import strategies as st

T = TypeVar("T")
SIDES = ("required", "experience")


def steps(side: Side, name: str | None = None, **traits: Any) -> st.SearchStrategy[Step]:
    """Return a strategy for one step.

    Parameters
    ----------
    side
        ``"required"`` (product functions and success gaps) or ``"experience"`` (expectations).
    name
        Its name; one of a few when left out.
    **traits
        As in `Recipe`.

    Raises
    ------
    ModelError
        If there is no such side or trait.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(steps("experience"))
    ... def test(step):
    ...     assert step.side == "experience"
    >>> test()
    """
    if side not in SIDES:
        message = f"a step is of the side {' or '.join(map(repr, SIDES))} (got {side!r:.60}){hint(str(side), SIDES)}"
        raise ModelError.of("side", "steps", message)
    recipe = recipe_of(**traits)

    def make(choose: Chooser) -> Step:
        label = f"step {choose.integer(1, 9)}" if name is None else name
        return make_step(choose, Bench(recipe), side, label)

    return _strategy("steps", make)


def gates(over: Sequence[Step], **traits: Any) -> st.SearchStrategy[Node]:
    """Return a strategy for a graph of gates in which every given step stands; over one step it may be the step.

    Parameters
    ----------
    over
        The steps, all different, one or more.
    **traits
        As in `Recipe`; ``sharing``, ``means`` and ``numeric`` matter here.

    Raises
    ------
    ModelError
        If there are no steps, one stands twice, something else is among them, or there is no such trait.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> from outcomegap.model import Measure, SuccessGap
    >>> from outcomegap.model.walk import steps_of
    >>> steps = [SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc"]
    >>> @given(gates(steps))
    ... def test(gate):
    ...     assert set(steps_of(gate)) == set(steps)
    >>> test()
    """
    listed = list(over)
    others = [each for each in listed if not isinstance(each, Step)]
    if not listed or others or len(set(listed)) < len(listed):
        got = "none" if not listed else f"{others[0]!r:.60}" if others else "one twice"
        raise ModelError.of("children", "gates", f"gates stand over steps, one or more, all different (got {got})")
    recipe = recipe_of(**traits)

    def make(choose: Chooser) -> Node:
        return make_root(choose, Bench(recipe), listed, [])

    return _strategy("gates", make)


def models(max_steps: int = 8, max_cells: int = 4, **traits: Any) -> st.SearchStrategy[OutcomeModel]:
    """Return a strategy for models that `outcomegap.check` has no error for.

    Parameters
    ----------
    max_steps, max_cells, **traits
        Limits and traits, as in `Recipe`: ``sharing``, ``after``, ``means``, ``columns`` and others. Gates on numbers
        and other joins than the product come with ``numeric=True`` and ``joins=True``.

    Raises
    ------
    ModelError
        If there is no such trait, or a limit leaves nothing to invent.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> import outcomegap as og
    >>> @given(models(max_steps=4))
    ... def test(model):
    ...     assert not [f for f in og.check(model) if f.severity == "error"]
    >>> test()
    """
    recipe = recipe_of(max_steps=max_steps, max_cells=max_cells, **traits)

    def make(choose: Chooser) -> OutcomeModel:
        return make_model(choose, recipe)

    return _strategy("models", make)


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

    Raises
    ------
    ModelError
        If `min_rows` is below 0 or above `max_rows`.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> from hypothesis import strategies as st
    >>> @given(st.data())
    ... def test(data):
    ...     model = data.draw(models(max_steps=4))
    ...     rows = data.draw(customers(model, max_rows=2))
    ...     assert {m.name for m in model.measures} <= set(rows)
    >>> test()
    """
    if not 0 <= min_rows <= max_rows:
        message = f"min_rows is 0 or more, and max_rows no less (got {min_rows!r:.30} and {max_rows!r:.30})"
        raise ModelError.of("rows", "customers", message)

    def make(choose: Chooser) -> dict[str, list[Any]]:
        count = choose.integer(min_rows, max_rows)
        return table(model, [make_row(choose, model, missing=missing) for _ in range(count)])

    return _strategy("customers", make)


def _strategy(name: str, make: Callable[[Chooser], T]) -> st.SearchStrategy[T]:
    """Return a strategy that makes something out of what Hypothesis chooses."""
    try:
        from hypothesis import strategies as st
    except ModuleNotFoundError as error:
        message = f"outcomegap.testing.{name} needs Hypothesis: install the extra outcomegap[dev], or hypothesis itself"
        raise EngineError(message) from error

    @st.composite
    def strategy(draw: Callable[[st.SearchStrategy[int]], int]) -> T:
        return make(Drawn(draw))

    return strategy()
