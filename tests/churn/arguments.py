"""Every argument of every public callable: what a table of bad values must hold, and how it is tried."""

from __future__ import annotations

import contextlib
import inspect
import re
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from outcomegap.errors import DataError, ModelError, OutcomeGapError

#: Values that are right for hardly any argument; whatever is made of them, nothing but the library's own errors comes.
JUNK = (
    *(None, True, 3, -1, 2.5, float("nan"), float("inf"), 10**400, "", "nope", "\0", b"x"),
    *([], ["x"], [["x"]], (), (1, 2), {}, {"x": 1}, {"x": ["y"]}, {1, 2}, object(), np.array([1, 2])),
    *(np.datetime64("NaT"), pd.NaT, pd.NA, np.timedelta64(1, "D")),
)


class Bad(NamedTuple):
    """One argument of one callable, a value that is wrong for it, and what the message says."""

    name: str
    argument: str
    value: Any
    says: str
    error: type[OutcomeGapError] = DataError

    def __str__(self) -> str:
        # Without the place in memory: ids are the same in every process.
        return f"{self.name}-{self.argument}-{re.sub(r' at 0x[0-9a-f]+', '', repr(self.value)):.40}"


class Asked(NamedTuple):
    """A callable and arguments with which it works."""

    call: Any
    good: dict[str, Any]

    def __call__(self, **changed: Any) -> Any:
        return self.call(**(self.good | changed))


def arguments_of(room: ModuleType, made: dict[str, str]) -> set[tuple[str, str]]:
    """Return (callable, argument) of everything public in a room.

    ``made`` names the classes that only a function makes, with that function: nobody calls them.
    """
    found: set[tuple[str, str]] = set()
    for name in room.__all__:
        thing = getattr(room, name)
        if inspect.isclass(thing):
            if name not in made:
                found |= {(name, argument) for argument in _parameters(thing)}
            for base in thing.__mro__:
                if base.__module__.startswith("outcomegap"):
                    methods = [(key, each) for key, each in vars(base).items() if inspect.isfunction(each)]
                    public = [(key, each) for key, each in methods if not key.startswith("_") or key == "__getitem__"]
                    found |= {(f"{name}.{key}", argument) for key, each in public for argument in _parameters(each)}
        elif callable(thing):
            found |= {(name, argument) for argument in _parameters(thing)}
    return found


def _parameters(thing: Any) -> list[str]:
    return [name for name in inspect.signature(thing).parameters if name != "self"]


def check_bad(asked: Asked, bad: Bad) -> None:
    """The bad value is told as an error of the right kind, in words that name what is wrong; the good ones are not."""
    with pytest.raises(bad.error, match=bad.says) as caught:
        asked(**{bad.argument: bad.value})
    assert "Traceback" not in str(caught.value)
    told = caught.value.problems if isinstance(caught.value, DataError) else caught.value.findings  # type: ignore[attr-defined]
    assert isinstance(caught.value, (DataError, ModelError))
    assert isinstance(told, tuple)


def check_junk(asked: Asked, argument: str) -> None:
    """Whatever is handed over, the call works or says what is wrong; nothing raw comes through."""
    for value in JUNK:
        ends = (IndexError,) if argument == "place" else ()  # what a sequence raises where it ends
        with contextlib.suppress(OutcomeGapError, *ends):
            asked(**{argument: value})
