"""A progress bar for long work, where somebody is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: From how many customers on a bar is worth showing.
LONG = 1_000_000


@contextmanager
def bar(total: int, *, show: bool | None) -> Iterator[Callable[[int], object] | None]:
    """Yield a function that advances the bar, or None where there is none to show."""
    wanted = show if show is not None else total >= LONG and sys.stderr.isatty()
    if not wanted:
        yield None
        return
    try:
        from tqdm import tqdm
    except ImportError:
        yield None
        return
    with tqdm(total=total, unit=" customers", unit_scale=True, leave=False) as shown:
        yield shown.update
