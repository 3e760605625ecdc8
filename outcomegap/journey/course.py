"""A course: named steps in their order, which customers take one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar, overload

from outcomegap.errors import ModelError, hint

T = TypeVar("T")


class Course(Sequence[T]):
    """Named steps in their order; `step` is what one is called, `key` the attribute that names it."""

    __slots__ = ()
    step: ClassVar[str]
    key: ClassVar[str] = "name"
    items: tuple[T, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(getattr(item, self.key) for item in self.items)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, place: int | str) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...

    def __getitem__(self, place: int | str | slice) -> T | Sequence[T]:
        return self.items[self.place(place) if isinstance(place, str) else place]

    def __contains__(self, item: object) -> bool:
        return item in self.items or item in self.names

    def place(self, name: str | None) -> int:
        """Return the position of a step by name; -1 for None: none reached yet."""
        if name is None:
            return -1
        if name not in self.names:
            message = f"no {self.step} {name!r:.60}{hint(name, self.names)}"
            raise ModelError.of(f"unknown-{self.step}", f"{self.step}s", message)
        return self.names.index(name)

    def after(self, name: str | None) -> T | None:
        """Return the step after one; after None the first; None after the last."""
        place = self.place(name) + 1
        return self.items[place] if place < len(self) else None
