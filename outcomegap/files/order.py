"""Things in an order where each comes after what it builds on, and the circles that make that impossible."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

K = TypeVar("K", int, str)

#: So many circles are told; each costs one more walk.
MOST = 20
#: So many names of a circle are spelled out.
LONGEST = 12


def in_order(graph: dict[K, list[K]]) -> tuple[list[K], list[list[K]]]:
    """Sort things so that what each builds on comes before it.

    Parameters
    ----------
    graph
        What each thing builds on, in order.

    Returns
    -------
    order, circles
        All things in order, and the circles found; each circle once through, from the thing that stands first in
        `graph`. Circles are cut open for the order, which is empty where there are too many.

    Examples
    --------
    >>> in_order({"b": ["a"], "a": []})
    (['a', 'b'], [])
    >>> in_order({"a": ["b"], "b": ["a"]})
    (['b', 'a'], [['a', 'b']])
    """
    graph = {key: list(below) for key, below in graph.items()}
    position = {key: i for i, key in enumerate(graph)}
    circles: list[list[K]] = []
    while len(circles) < MOST:
        try:
            return list(TopologicalSorter(graph).static_order()), circles
        except CycleError as error:
            found: list[K] = error.args[1][:0:-1]  # each builds on the next, the last on the first
            graph[found[-1]] = [key for key in graph[found[-1]] if key != found[0]]
            first = found.index(min(found, key=position.__getitem__))
            circles.append(found[first:] + found[:first])
    return [], circles


def circle_text(names: list[str]) -> str:
    """Return a circle as text; of a long one the middle is left out.

    Examples
    --------
    >>> circle_text(["a", "b"])
    "'a' -> 'b' -> 'a'"
    """
    shown = [f"{name!r:.100}" for name in [*names, names[0]]]
    if len(shown) > LONGEST:
        shown[LONGEST // 2 : -LONGEST // 2] = [f"... {len(shown) - LONGEST} more ..."]
    return " -> ".join(shown)
