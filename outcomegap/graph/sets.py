"""Minimal path sets and cut sets: the smallest sets of steps that reach an outcome, or keep it out of reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Literal

from outcomegap.errors import EngineError, ModelError
from outcomegap.graph.build import choose, name_nodes
from outcomegap.graph.families import EMPTY, UNIT, Families
from outcomegap.model.gate import AtLeast, Numeric, PowerMean, Weakest
from outcomegap.model.identity import Node, parts, postorder
from outcomegap.model.model import OutcomeModel
from outcomegap.model.step import Step

Part = Literal["desired", "required", "experience"]
Reached = Literal["fully", "at_all"]
Sets = tuple[frozenset[str], ...]
Join = Callable[[int, int], int]


def path_sets(
    model: OutcomeModel,
    *,
    segment: str | None = None,
    stage: str | None = None,
    goal: str | None = None,
    part: Part = "desired",
    reached: Reached = "fully",
    limit: int = 100_000,
) -> Sets:
    """Return the smallest sets of steps that are enough: these fully attained, all others at 0.

    A path set is a set of steps with which the outcome is reached when each of them is fully attained and every
    other step is at 0; it is minimal when no step of it can be spared.

    Parameters
    ----------
    model
        The model.
    segment, stage, goal
        The cell. What is left out fits all, as long as one desired outcome remains.
    part
        Which outcome: ``"desired"`` (both parts), ``"required"`` or ``"experience"``.
    reached
        ``"fully"``: attained in full (1), so a mean asks for all of its children; ``"at_all"``: attained in part
        (above 0), so a mean asks for any one of them. Without means both are the same.
    limit
        The most sets to return; more raise an error before any is listed.

    Returns
    -------
    tuple of frozenset of str
        Names of steps, smallest sets first, ties in the order of the model's steps.

    Raises
    ------
    ModelError
        If no cell fits, several desired outcomes fit, or an argument is none of its options.
    EngineError
        If there are more sets than `limit`, or finding them takes too much memory.

    Examples
    --------
    >>> from outcomegap.model import *
    >>> a, b, c = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc")
    >>> e = Expectation("e", Measure("e"), floor=0, target=1)
    >>> needs, expects = RequiredOutcome("R", needs=AllOf(a, AnyOf(b, c))), AppropriateExperience("E", expects=e)
    >>> model = OutcomeModel("m", desired_outcomes=[DesiredOutcome(needs, expects)])
    >>> [sorted(s) for s in path_sets(model)]
    [['a', 'b', 'e'], ['a', 'c', 'e']]
    """
    return _sets("path", _roots(model, (segment, stage, goal), part), reached, limit)


def cut_sets(
    model: OutcomeModel,
    *,
    segment: str | None = None,
    stage: str | None = None,
    goal: str | None = None,
    part: Part = "desired",
    reached: Reached = "fully",
    limit: int = 100_000,
) -> Sets:
    """Return the smallest sets of steps that keep the outcome out of reach: these at 0, all others attained.

    Path sets and cut sets with the same `part` and `reached` are each other's duals: every path set shares a step
    with every cut set. With ``reached="at_all"`` a cut set brings the outcome down to nothing; with ``"fully"``
    it is enough that something lacks, so each child of a mean is missed already by itself.

    Parameters
    ----------
    model, segment, stage, goal, part, reached, limit
        As in `path_sets`.

    Returns
    -------
    tuple of frozenset of str
        Names of steps, smallest sets first, ties in the order of the model's steps.

    Raises
    ------
    ModelError, EngineError
        As in `path_sets`.

    Examples
    --------
    >>> from outcomegap.model import *
    >>> a, b, c = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc")
    >>> e = Expectation("e", Measure("e"), floor=0, target=1)
    >>> needs, expects = RequiredOutcome("R", needs=AllOf(a, AnyOf(b, c))), AppropriateExperience("E", expects=e)
    >>> model = OutcomeModel("m", desired_outcomes=[DesiredOutcome(needs, expects)])
    >>> [sorted(s) for s in cut_sets(model, part="required")]
    [['a'], ['b', 'c']]
    """
    return _sets("cut", _roots(model, (segment, stage, goal), part), reached, limit)


def _sets(what: Literal["path", "cut"], roots: Sequence[Node], reached: str, limit: int) -> Sets:
    if reached not in ("fully", "at_all"):
        raise ModelError.of("reached", f"{what}_sets", f"reached is 'fully' or 'at_all' (got {reached!r})")
    order = tuple(postorder(roots))
    steps = [node for node in order if isinstance(node, Step)]
    variables = [node for node in postorder(roots, _shared_first(order)) if isinstance(node, Step)]
    store = Families()
    single = {step: store.single(number) for number, step in enumerate(variables)}
    series, parallel = (store.both, store.either) if what == "path" else (store.either, store.both)
    found: dict[Node, int] = {}
    for node in order:
        below = [found[p] for p in parts(node)]
        if isinstance(node, Step):
            found[node] = _joined(store, series, [single[node], *below])
        elif isinstance(node, AtLeast):
            found[node] = _at_least(store, node.k if what == "path" else len(below) - node.k + 1, below)
        elif node.kind == "all_of" or _asks_for_all(node, reached):
            found[node] = _joined(store, series, below)
        else:
            found[node] = _joined(store, parallel, below)
    top = _joined(store, series, [found[root] for root in roots])
    count = store.count(top)
    if count > limit:
        message = f"{count:,} minimal {what} sets, more than limit={limit:,}; raise the limit or ask for one part"
        raise EngineError(message)
    keys, place = name_nodes(steps)[0], {step: number for number, step in enumerate(steps)}
    places = [place[step] for step in variables]
    found_sets = (tuple(sorted(places[i] for i in chosen)) for chosen in store.sets(top))
    smallest_first = sorted(found_sets, key=lambda chosen: (len(chosen), chosen))
    return tuple(frozenset(keys[steps[i]] for i in chosen) for chosen in smallest_first)


def _asks_for_all(node: Node, reached: str) -> bool:
    """Tell whether a gate on numbers, or a mean, is reached only with all of its children."""
    if isinstance(node, Numeric):
        message = f"minimal sets are of steps that hold or do not; {node!r:.80} is a gate of your own, on numbers"
        raise EngineError(message)
    if isinstance(node, (Weakest, PowerMean)):
        # Below 0 the exponent lets one child at 0 bring all to 0.
        return reached == "fully" or isinstance(node, Weakest) or node.r < 0
    return bool(node.kind == "mean" and reached == "fully")


def _shared_first(order: Sequence[Node]) -> Callable[[Node], Iterable[Node]]:
    """Visit what stands in most places first: diagrams stay small when shared steps are near the top."""
    places = Counter(part for node in order for part in parts(node))
    return lambda node: sorted(parts(node), key=lambda part: -places[part])


def _joined(store: Families, join: Join, families: Iterable[int]) -> int:
    """Join families, always the two smallest."""
    heap = [(store.size(family), family) for family in families]
    heapify(heap)
    while len(heap) > 1:
        joined = join(heappop(heap)[1], heappop(heap)[1])
        heappush(heap, (store.size(joined), joined))
    return heap[0][1]


def _roots(model: OutcomeModel, names: tuple[str | None, str | None, str | None], part: str) -> tuple[Node, ...]:
    chosen = choose(model, *names)
    if len(chosen) > 1:
        cells = ", ".join(str(cells[0]) for cells in chosen.values())
        message = f"{len(chosen)} desired outcomes fit; name segment, stage or goal: {cells}"
        raise ModelError.of("cell", f"model {model.name!r}", message)
    (outcome,) = chosen
    if part not in ("desired", *outcome.roots):
        raise ModelError.of("part", "part", f"is 'desired', 'required' or 'experience' (got {part!r})")
    return tuple(root for side, root in outcome.roots.items() if part in ("desired", side))


def _at_least(store: Families, k: int, below: Sequence[int]) -> int:
    """Return the minimal sets of "at least k of these": one child after another."""
    reached = [UNIT] + [EMPTY] * k  # reached[j]: at least j of the children seen so far
    # Those whose variables come first are taken last: they are put on top of what is there.
    for seen, family in enumerate(sorted(below, key=store.top, reverse=True), start=1):
        still_to_come = len(below) - seen
        for j in range(min(k, seen), max(0, k - still_to_come - 1), -1):
            reached[j] = store.either(reached[j], store.both(reached[j - 1], family))
    return reached[k]
