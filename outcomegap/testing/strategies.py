"""Models and customers from a seed, and Hypothesis strategies; Hypothesis is loaded when a strategy is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from outcomegap.errors import EngineError, ModelError, hint
from outcomegap.model import OutcomeModel, Step
from outcomegap.model.identity import Node
from outcomegap.model.step import Side
from outcomegap.testing.invent import Choices, Inventor, Recipe, Source, invent_rows

if TYPE_CHECKING:
    from hypothesis import strategies as st

T = TypeVar("T")


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
        If a limit leaves nothing to invent.

    Examples
    --------
    >>> model = random_model(3, max_steps=6, max_cells=2)
    >>> model == random_model(3, max_steps=6, max_cells=2), len(model.steps) <= 6, len(model.cells) <= 2
    (True, True, True)
    """
    recipe = Recipe(max_steps=max_steps, max_cells=max_cells, **traits)
    return Inventor(Choices.seeded(rng), recipe).model()


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
    return invent_rows(Choices.seeded(rng), model, n, missing=missing)


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
        If there is no such side.
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
    if side not in get_args(Side):
        raise ModelError.of("side", "steps", f"there is no side {side!r:.60}{hint(side, get_args(Side))}")
    recipe = Recipe(**traits)

    def make(choose: Choices) -> Step:
        label = f"step {choose.integer(1, 9)}" if name is None else name
        return Inventor(choose, recipe).step(side, label)

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
        If there are no steps, or one stands twice.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> from outcomegap.model import Measure, SuccessGap
    >>> from outcomegap.model.gate import steps_of
    >>> steps = [SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc"]
    >>> @given(gates(steps))
    ... def test(gate):
    ...     assert set(steps_of(gate)) == set(steps)
    >>> test()
    """
    listed, recipe = list(over), Recipe(**traits)
    if not listed or len(set(listed)) < len(listed):
        message = f"gates stand over one step or more, each once (got {[step.name for step in listed]!r:.100})"
        raise ModelError.of("children", "gates", message)
    return _strategy("gates", lambda choose: Inventor(choose, recipe).root(listed, []))


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
        If a limit leaves nothing to invent.
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
    recipe = Recipe(max_steps=max_steps, max_cells=max_cells, **traits)
    return _strategy("models", lambda choose: Inventor(choose, recipe).model())


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
    return _strategy(
        "customers", lambda choose: invent_rows(choose, model, choose.integer(min_rows, max_rows), missing=missing)
    )


def _strategy(name: str, make: Callable[[Choices], T]) -> st.SearchStrategy[T]:
    """Return a strategy that makes something out of what Hypothesis chooses."""
    try:
        from hypothesis import strategies as st
    except ModuleNotFoundError as error:
        message = f"outcomegap.testing.{name} needs Hypothesis: install the extra outcomegap[dev], or hypothesis itself"
        raise EngineError(message) from error

    @st.composite
    def strategy(draw: Callable[[st.SearchStrategy[int]], int]) -> T:
        return make(Choices(lambda low, high: low if low == high else draw(st.integers(low, high))))

    return strategy()
