"""A mapping that never changes: equal by value, hashable, in the order it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

V_co = TypeVar("V_co", covariant=True)


class FrozenMap(Mapping[str, V_co], Generic[V_co]):
    """Names and what they stand for.

    Parameters
    ----------
    items
        A mapping, or pairs.

    Examples
    --------
    >>> table = FrozenMap({"Yes": 2.0, "No": 0.0})
    >>> table["Yes"], list(table), table == {"No": 0.0, "Yes": 2.0}, hash(table) == hash(FrozenMap(table))
    (2.0, ['Yes', 'No'], True, True)
    """

    __slots__ = ("_items",)
    _items: dict[str, V_co]

    def __init__(self, items: Mapping[str, V_co] | Iterable[tuple[str, V_co]] = ()) -> None:
        object.__setattr__(self, "_items", dict(items))

    def __getitem__(self, key: str) -> V_co:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __setattr__(self, name: str, value: object) -> None:
        msg = "a FrozenMap never changes"
        raise AttributeError(msg)

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[type[FrozenMap[V_co]], tuple[dict[str, V_co]]]:
        return (type(self), (self._items,))
